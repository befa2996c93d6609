//! The page that trunk builds: what a visitor gets, with the smallest wasm.

use std::process::Command;

use anyhow::Result;

use crate::places::Places;
use crate::process::run;
use crate::setup::{Wanted, setup};
use crate::toolchain::Toolchain;

/// The profile that the page's wasm is built with.
pub(crate) const PROFILE: &str = "wasm";

/// Builds the page into [`Places::page`].
pub(crate) fn build(places: &Places, toolchain: Toolchain) -> Result<()> {
    run(&mut trunk(places, toolchain, "build"))
}

/// One of the tests of the built page alone, and what it prints.
pub(crate) fn browser_test(places: &Places, name: &str) -> Result<Command> {
    let toolchain = setup(places, Wanted::Tests)?;
    build(places, toolchain)?;
    let mut test = places.cargo();
    test.args(["test", "--quiet", "--package", "konpro-video"])
        .args(["--test", "browser", "--"])
        .args(["--include-ignored", "--nocapture", "--exact", name])
        .env("KONPRO_TEST_PAGE", places.page());
    Ok(test)
}

/// Takes the pictures anew that a test compares with.
pub(crate) fn take_pictures(places: &Places) -> Result<()> {
    let mut test = browser_test(places, "gallery::every_state_looks_as_it_did")?;
    run(test.env("KONPRO_TEST_RETAKE", ""))
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
