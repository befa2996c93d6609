//! `cargo xtask check`: formatting, lints, documentation, licences.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use spdx::{Expression, LicenseReq, ParseMode};

use crate::places::Places;
use crate::process::{output, run};
use crate::tally::Tally;

/// Licences under which a dependency may reach those who use this project under MIT or Apache-2.0.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Runs all of them, however many fail. Whether all passed.
pub(crate) fn check(places: &Places) -> Result<bool> {
    let mut tally = Tally::default();
    steps(places, &mut tally);
    Ok(tally.finish())
}

/// Each check counts as one test.
pub(crate) fn steps(places: &Places, tally: &mut Tally) {
    let cargo = |arguments: &[&str]| {
        run(places
            .cargo()
            .args(arguments)
            .env("RUSTDOCFLAGS", "-D warnings"))
    };
    tally.step("formatting", cargo(&["fmt", "--all", "--check"]));
    tally.step(
        "lints",
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    );
    tally.step("documentation", cargo(&["doc", "--workspace", "--no-deps"]));
    tally.step("licences", licences(places));
}

/// Of all that is built into what others use; what only tests need may be under any licence.
fn licences(places: &Places) -> Result<()> {
    let tree = output(
        places
            .cargo()
            .args(["tree", "--locked", "--workspace", "--target", "all"])
            .args([
                "--edges", "no-dev", "--prefix", "none", "--format", "{l}|{p}",
            ]),
    )?;
    let packages: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('|'))
        .collect();
    let refused: Vec<_> = packages
        .iter()
        .filter(|(licence, _)| !allowed(licence))
        .map(|(licence, package)| format!("{package}: {licence}"))
        .collect();
    if !refused.is_empty() {
        bail!("not under a licence that we allow: {}", refused.join(", "));
    }
    println!("The licences of {} packages are fine", packages.len());
    Ok(())
}

fn allowed(licence: &str) -> bool {
    // Lax: old crates write `MIT/Apache-2.0`.
    Expression::parse_mode(licence, ParseMode::LAX)
        .is_ok_and(|expression| expression.evaluate(on_the_list))
}

fn on_the_list(required: &LicenseReq) -> bool {
    required
        .license
        .id()
        .is_some_and(|id| LICENCES.contains(&id.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_needs_one_allowed_licence_and_a_sum_needs_all() {
        assert!(allowed("MIT OR GPL-3.0-only"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("MIT AND GPL-3.0-only"));
        assert!(!allowed("something of our own"));
    }
}
