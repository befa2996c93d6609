//! Which compiler builds for the browser.
//!
//! The standard library for `wasm32-unknown-unknown` is built along, from its sources: a prebuilt one makes the page a
//! tenth heavier. rustup brings the sources where it may download. Where nothing but Debian's packages can be had,
//! `rustc-web` with `rust-web-src` does the same job.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::process::{output, run};

/// The target triple of a browser build.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// A compiler that can build for the browser.
#[derive(Clone, Copy)]
pub(crate) enum Toolchain {
    /// The one that builds everything else, with the standard library's sources installed.
    Own,
    /// Debian's `rustc-web`, beside the other.
    Debian,
}

impl Toolchain {
    /// The one that is there, else the first that can be installed.
    pub(crate) fn ensure(places: &Places) -> Result<Self> {
        if let Some(present) = Self::present(places) {
            return Ok(present);
        }
        println!("  the sources of Rust's library are missing: asking rustup for them");
        let rustup = run(places
            .tool("rustup")
            .args(["component", "add", "rust-src"])
            .env("RUSTUP_MAX_RETRIES", "0")
            .env("RUST_BACKTRACE", "0"));
        let Err(reason) = rustup else {
            return Ok(Self::Own);
        };
        println!(
            "  {reason:#}\n  so Debian's compiler for web packages is tried: {}",
            DEBIAN_PACKAGES.join(" ")
        );
        let debian = install_packages(places, &DEBIAN_PACKAGES);
        match Self::present(places) {
            Some(present) => Ok(present),
            None => bail!(
                "Nothing here can compile for the browser. Either run `rustup component add rust-src` where rustup may \
                 download, or, on Debian bookworm, `apt-get install {}` as root.{}",
                DEBIAN_PACKAGES.join(" "),
                debian
                    .err()
                    .map(|error| format!("\nThe latter said: {error:#}"))
                    .unwrap_or_default(),
            ),
        }
    }

    /// What to call it in a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Own => "rustup's",
            Self::Debian => "Debian's rustc-web",
        }
    }

    /// A program in the repository whose cargo, if it starts one, builds for the browser.
    pub(crate) fn tool(self, places: &Places, program: &str) -> Command {
        let mut command = places.tool(program);
        command
            .env("CARGO_TARGET_DIR", places.wasm_target())
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            // A panic's message helps nobody on a page, and is a tenth of what it loads.
            .env("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true")
            .env("CARGO_PROFILE_WASM_PANIC", "immediate-abort");
        if matches!(self, Self::Debian) {
            command
                .env("PATH", places.path(Some("/usr/bin".into())))
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTDOC", "/usr/bin/rustdoc")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                // Cargo sets these for xtask itself; they lead to the other toolchain.
                .env_remove("CARGO")
                .env_remove("LD_LIBRARY_PATH");
        }
        command
    }

    fn present(places: &Places) -> Option<Self> {
        let debian = Path::new("/usr");
        let sysroot = output(places.tool("rustc").args(["--print", "sysroot"]));
        let own = sysroot.map(PathBuf::from).ok();
        if own.is_some_and(|own| own != debian && has_sources(&own)) {
            return Some(Self::Own);
        }
        let sources = has_sources(debian);
        let compiler = Path::new("/usr/bin/cargo").exists() && Path::new("/usr/bin/rustc").exists();
        let linker = output(places.tool(DEBIAN_LINKER).arg("--version")).is_ok();
        (sources && compiler && linker).then_some(Self::Debian)
    }
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std").is_dir()
}

/// Installs packages with apt-get, as root or through a sudo that asks for no password.
pub(crate) fn install_packages(places: &Places, packages: &[&str]) -> Result<()> {
    let root = output(places.tool("id").arg("-u"))? == "0";
    if !root && output(places.tool("sudo").args(["-n", "true"])).is_err() {
        bail!("installing packages takes root, or a sudo that asks for no password");
    }
    let apt = |arguments: &[&str]| {
        let mut command = places.tool(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        run(command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"])
            .args(arguments))
    };
    apt(&["update"])?;
    apt(&[
        ["install", "-y", "--no-install-recommends"].as_slice(),
        packages,
    ]
    .concat())
}
