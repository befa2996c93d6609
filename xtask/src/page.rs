//! The page that trunk builds: what a visitor gets, with the smallest wasm.

use std::process::Command;

use anyhow::Result;

use crate::places::Places;
use crate::process::run;
use crate::toolchain::Toolchain;

/// The profile that the page's wasm is built with.
pub(crate) const PROFILE: &str = "wasm";

/// Builds the page into [`Places::page`].
pub(crate) fn build(places: &Places, toolchain: Toolchain) -> Result<()> {
    run(&mut trunk(places, toolchain, "build"))
}

/// `trunk build` or `trunk serve`, of the page as visitors get it, downloading nothing.
pub(crate) fn trunk(places: &Places, toolchain: Toolchain, subcommand: &str) -> Command {
    let mut command = toolchain.tool(places, "trunk");
    command
        // Where a panic would have come from helps nobody on a page either, and names this machine's folders.
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-Zlocation-detail=none -Zfmt-debug=none",
        )
        .args([
            subcommand,
            "--release",
            "--cargo-profile",
            PROFILE,
            "--offline",
            "--dist",
        ])
        .arg(places.page());
    command
}
