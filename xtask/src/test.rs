//! `cargo xtask test`: every test there is.

use std::process::Command;

use anyhow::Result;

use crate::places::Places;
use crate::setup::{Wanted, chromedriver, setup};
use crate::tally::Tally;
use crate::toolchain::{TARGET, Toolchain};
use crate::{check, fuzz, page, weight};

/// Runs all of them, however many fail, and prints the counts as the last line. Whether all passed.
pub(crate) fn test(places: &Places) -> Result<bool> {
    let toolchain = setup(places, Wanted::Tests)?;
    let mut tally = Tally::default();

    println!("\nBuilding the page");
    tally.step("the page builds", page::build(places, toolchain));
    println!("\nTesting natively, and the built page in Chromium");
    tally.tests("native tests", &mut native(places));
    println!("\nAsking the proxy what nobody thought of");
    tally.step("the proxy answers as it describes", fuzz::fuzz(places));
    println!("\nTesting the widget's parts in Chromium");
    tally.tests("browser tests", &mut wasm(places, toolchain));
    println!("\nWeighing the widget");
    tally.step("the widget is light enough", weight::within_limit(places));
    println!("\nChecking");
    check::steps(places, &mut tally);

    Ok(tally.finish())
}

fn native(places: &Places) -> Command {
    let mut cargo = places.cargo();
    cargo
        .args(["test", "--workspace", "--no-fail-fast"])
        .env("KONPRO_TEST_PAGE", places.page())
        .env("KONPRO_TEST_AXE", places.axe());
    cargo
}

fn wasm(places: &Places, toolchain: Toolchain) -> Command {
    let mut cargo = toolchain.tool(places, "cargo");
    cargo
        .args([
            "test",
            "--package",
            "konpro-video",
            "--target",
            TARGET,
            "--tests",
            "--no-fail-fast",
        ])
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        // The runner would take whichever browser's driver it finds first, and give it 20 s.
        .env("CHROMEDRIVER", chromedriver())
        .env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    cargo
}
