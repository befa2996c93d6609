//! `cargo xtask bench`: what is measured, beside what; ratios of one run.

use std::path::PathBuf;

use anyhow::Result;

use crate::page;
use crate::places::Places;
use crate::process::run;
use crate::setup::nginx;

/// What people put before an API from JavaScript.
const EXPRESS: [&str; 2] = ["@fal-ai/server-proxy@1.2.1", "express@4.21.2"];

/// Builds for release, and measures: everything, or `only` this.
pub(crate) fn bench(places: &Places, only: Option<&str>) -> Result<()> {
    if only != Some("gallery") {
        proxy(places, only)?;
    }
    if only.is_none_or(|only| only == "gallery") {
        println!("\n== gallery");
        gallery(places)?;
    }
    Ok(())
}

/// What is measured of the widget, on the built page: a test that prints.
fn gallery(places: &Places) -> Result<()> {
    run(&mut page::browser_test(
        places,
        "gallery_bench::five_hundred_presenters",
    )?)
}

/// What is measured of the proxy.
fn proxy(places: &Places, only: Option<&str>) -> Result<()> {
    let packages = ["konpro-bench", "konpro-proxy", "konpro-simulator"];
    let mut build = places.cargo();
    build.args(["build", "--release"]);
    for package in packages {
        build.args(["--package", package]);
    }
    run(&mut build)?;
    let built = places.native_target().join("release");
    for what in ["budget", "segments", "speed", "webhooks", "watchers"] {
        if only.is_some_and(|only| only != what) {
            continue;
        }
        println!("\n== {what}");
        // Ten thousand streams are as many files.
        let mut bench = places.tool("sh");
        bench
            .args(["-c", "ulimit -n $(ulimit -Hn); exec \"$0\" \"$@\""])
            .arg(built.join("konpro-bench"))
            .arg(what);
        if what != "budget" && what != "segments" {
            bench.arg("--proxy").arg(built.join("konpro-proxy"));
        }
        if what == "speed" {
            bench.arg("--simulator").arg(built.join("konpro-simulator"));
            bench.env("NODE_PATH", others(places));
        }
        run(&mut bench)?;
    }
    Ok(())
}

/// Installs what the proxy is measured beside, and returns the folder of those from npm. What
/// cannot be installed is not measured.
fn others(places: &Places) -> PathBuf {
    if let Err(error) = nginx(places) {
        println!("  {error:#}");
    }
    let folder = places.npm_of_bench();
    let modules = folder.join("node_modules");
    if !modules.join("express").is_dir() {
        println!("fal's proxy and Express, to measure beside: installing from npm");
        let install = ["install", "--no-fund", "--no-audit", "--prefix"];
        let installed = std::fs::create_dir_all(&folder)
            .map_err(Into::into)
            .and_then(|()| run(places.tool("npm").args(install).arg(&folder).args(EXPRESS)));
        if let Err(error) = installed {
            println!("  {error:#}");
        }
    }
    modules
}
