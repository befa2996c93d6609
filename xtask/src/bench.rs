//! `cargo xtask bench`: what is measured, beside what; ratios of one run.

use anyhow::Result;

use crate::places::Places;
use crate::process::run;

/// Builds for release, and measures: everything, or `only` this.
pub(crate) fn bench(places: &Places, only: Option<&str>) -> Result<()> {
    let packages = ["konpro-bench", "konpro-proxy", "konpro-simulator"];
    let mut build = places.cargo();
    build.args(["build", "--release"]);
    for package in packages {
        build.args(["--package", package]);
    }
    run(&mut build)?;
    let built = places.native_target().join("release");
    for what in ["budget", "speed", "watchers"] {
        if only.is_some_and(|only| only != what) {
            continue;
        }
        println!("\n== {what}");
        // Ten thousand streams are as many files.
        let mut bench = places.tool("sh");
        bench
            .args(["-c", "ulimit -n 65536; exec \"$0\" \"$@\""])
            .arg(built.join("konpro-bench"))
            .arg(what);
        if what != "budget" {
            bench.arg("--proxy").arg(built.join("konpro-proxy"));
        }
        if what == "speed" {
            bench.arg("--simulator").arg(built.join("konpro-simulator"));
        }
        run(&mut bench)?;
    }
    Ok(())
}
