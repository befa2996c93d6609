//! `cargo xtask setup`: what the other commands need, installed where it is missing.

use std::env;

use anyhow::{Context, Result, bail};

use crate::fuzz;
use crate::places::Places;
use crate::process::{output, run};
use crate::toolchain::{TARGET, Toolchain, install_packages};

/// Trunk after this one needs a newer Rust than we ask of people.
const TRUNK: &str = "0.21.14";
/// Older ones, Debian's 108 among them, refuse what today's compilers write.
const BINARYEN: &str = "132";
const AXE: &str = "4.14.1";
const FONT: &str = "DejaVu Sans";
/// Takes what a browser does not need out of the scripts.
const TERSER: &str = "5.51.2";

/// What the tools are wanted for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    /// Building the page.
    Page,
    /// Building the page, and a browser to test it in.
    Tests,
}

/// Installs what is missing, saying what and why, and returns the compiler for the browser.
pub(crate) fn setup(places: &Places, wanted: Wanted) -> Result<Toolchain> {
    println!("Setting up");
    let toolchain = Toolchain::ensure(places)?;
    println!("  compiler for the browser: {}", toolchain.name());
    // trunk is started offline, and cargo fetches what the standard library itself needs only with a build.
    run(toolchain
        .tool(places, "cargo")
        .args(["fetch", "--quiet", "--target", TARGET]))
    .context("the crates that the page is built from could not be downloaded")?;

    let bindgen = locked_version(places, "wasm-bindgen")?;
    // Without --locked: its lock file may name a version that package mirrors do not have yet.
    cargo_tool(
        places,
        "wasm-bindgen",
        "wasm-bindgen-cli",
        &bindgen,
        &[],
        "joins the wasm to the page, 4 minutes",
    )?;
    cargo_tool(
        places,
        "trunk",
        "trunk",
        TRUNK,
        &["--locked"],
        "builds and serves the page, 10 minutes",
    )?;
    npm_tools(places)?;
    if wanted == Wanted::Tests {
        browser(places)?;
        font(places)?;
        axe(places)?;
        redis(places)?;
        nginx(places)?;
        fuzz::install(places)?;
    }
    Ok(toolchain)
}

/// The program that drives the browser: the user's choice, or whichever is on the path.
pub(crate) fn chromedriver() -> String {
    env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned())
}

fn cargo_tool(
    places: &Places,
    program: &str,
    package: &str,
    version: &str,
    flags: &[&str],
    purpose: &str,
) -> Result<()> {
    if has(places, program, version) {
        println!("  {program} {version}");
        return Ok(());
    }
    println!(
        "  {program} {version} ({purpose}): installing into {}",
        places.tools().display()
    );
    run(places
        .tool("cargo")
        // Compiled once and run for seconds: what makes it faster takes longer than it ever saves.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .args(["install", "--root"])
        .arg(places.tools())
        .args(flags)
        .arg(format!("{package}@{version}")))
    .with_context(|| {
        format!("{package} {version} could not be installed; with a {program} {version} of your own on the PATH, it is not needed")
    })
}

fn npm_tools(places: &Places) -> Result<()> {
    if has(places, "wasm-opt", BINARYEN) && has(places, "terser", TERSER) {
        println!("  wasm-opt {BINARYEN}, terser {TERSER}");
        return Ok(());
    }
    println!(
        "  wasm-opt {BINARYEN} and terser {TERSER} (make the wasm and the scripts smaller): installing into {}",
        places.npm().display()
    );
    std::fs::create_dir_all(places.npm())?;
    run(places
        .tool("npm")
        .args(["install", "--no-fund", "--no-audit", "--prefix"])
        .arg(places.npm())
        .args([format!("binaryen@{BINARYEN}"), format!("terser@{TERSER}")]))
    .with_context(|| {
        format!("wasm-opt and terser come with npm: install Node.js 20 or later, or put wasm-opt {BINARYEN} and terser {TERSER} on the PATH")
    })
}

fn browser(places: &Places) -> Result<()> {
    if let Some(found) = browser_and_driver(places) {
        println!("  {found}");
        return Ok(());
    }
    println!("  a browser and its driver, which the tests run in: installing Debian's");
    let installed = install_packages(places, &["chromium", "chromium-driver"]);
    match browser_and_driver(places) {
        Some(_) => Ok(()),
        None => bail!(
            "No Chromium with a chromedriver of its version was found. Install both, or set CHROME and CHROMEDRIVER \
             to their paths.{}",
            installed
                .err()
                .map(|error| format!("\nThe attempt said: {error:#}"))
                .unwrap_or_default(),
        ),
    }
}

/// The pictures in `docs/gallery` are written in it, so that they look the same on every computer.
fn font(places: &Places) -> Result<()> {
    let found = || output(places.tool("fc-list").arg(FONT)).is_ok_and(|it| !it.trim().is_empty());
    if !found() {
        println!("  {FONT}, the font of the pictures that are compared: installing Debian's");
        install_packages(places, &["fontconfig", "fonts-dejavu-core"])
            .with_context(|| format!("{FONT} is needed for the tests: install the font"))?;
    }
    println!("  {FONT}");
    Ok(())
}

/// What the browser tests look for barriers with.
fn axe(places: &Places) -> Result<()> {
    let manifest = places.axe().with_file_name("package.json");
    let version = format!("\"version\": \"{AXE}\"");
    let installed = std::fs::read_to_string(manifest).is_ok_and(|it| it.contains(&version));
    if !installed {
        println!("  axe-core {AXE}, which finds barriers: installing");
        let package = format!("axe-core@{AXE}");
        run(places
            .tool("npm")
            .args(["install", "--no-fund", "--no-audit", "--prefix"])
            .args([places.npm().as_os_str(), package.as_ref()]))?;
    }
    println!("  axe-core {AXE}");
    Ok(())
}

/// The proxy's shared store is tested against a real one.
fn redis(places: &Places) -> Result<()> {
    let version = || output(places.tool("redis-server").arg("--version")).ok();
    if version().is_none() {
        println!("  redis-server, which the tests of the shared store start: installing Debian's");
        install_packages(places, &["redis-server"]).context(
            "Redis 7 or Valkey is needed for the tests: put redis-server and redis-cli on the PATH",
        )?;
    }
    let version = version().context("there is no redis-server on the PATH")?;
    let version = version
        .split_whitespace()
        .find(|word| word.starts_with("v="));
    println!("  redis-server {}", version.unwrap_or_default());
    Ok(())
}

/// The widget is tested before a bare one.
pub(crate) fn nginx(places: &Places) -> Result<()> {
    let version = || output(places.tool("nginx").arg("-v"));
    if version().is_err() {
        println!("  nginx, which tests and benchmarks start: installing Debian's");
        install_packages(places, &["nginx-light"])
            .context("nginx is needed for the tests: put it on the PATH")?;
    }
    version().map(|_| println!("  nginx"))
}

/// What they say of themselves.
fn browser_and_driver(places: &Places) -> Option<String> {
    let version = |program: &str| output(places.tool(program).arg("--version")).ok();
    let browser = match env::var("CHROME") {
        Ok(chosen) => version(&chosen),
        Err(_) => [
            "chromium",
            "google-chrome",
            "google-chrome-stable",
            "chrome",
            "chromium-browser",
        ]
        .into_iter()
        .find_map(version),
    };
    version(&chromedriver())?;
    browser
}

fn has(places: &Places, program: &str, version: &str) -> bool {
    output(places.tool(program).arg("--version"))
        .is_ok_and(|said| said.split_whitespace().any(|word| word == version))
}

/// The version that Cargo.lock holds: wasm-bindgen's program and library must be of one version.
fn locked_version(places: &Places, package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(places.repository.join("Cargo.lock"))?;
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock names no {package}"))
}
