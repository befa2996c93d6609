//! The API, asked by a property-based fuzzer: what the proxy describes in `/openapi.json` is how it answers.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process::{Companion, output, run};

const SCHEMATHESIS: &str = "4.32.5";
/// That a wrong method is a wrong address, and an unknown field is dropped, is the proxy's contract.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// Installs the fuzzer, where it is missing.
pub(crate) fn install(places: &Places) -> Result<()> {
    let program = places.python().join("bin/schemathesis");
    let version = || output(places.tool(&program.display().to_string()).arg("--version")).ok();
    if version().is_some_and(|said| said.contains(SCHEMATHESIS)) {
        println!("  schemathesis {SCHEMATHESIS}");
        return Ok(());
    }
    println!(
        "  schemathesis {SCHEMATHESIS} (asks the proxy what nobody thought of): installing into {}",
        places.python().display()
    );
    let made = run(places
        .tool("python3")
        .args(["-m", "venv"])
        .arg(places.python()));
    if made.is_err() {
        crate::toolchain::install_packages(places, &["python3", "python3-venv"])
            .context("Python 3 with venv is needed for the tests of the API")?;
        run(places
            .tool("python3")
            .args(["-m", "venv"])
            .arg(places.python()))?;
    }
    let pip = places.python().join("bin/pip").display().to_string();
    run(places.tool(&pip).args([
        "install",
        "--quiet",
        &format!("schemathesis=={SCHEMATHESIS}"),
    ]))
}

/// Asks a proxy with a simulated KonPro; always the same questions.
pub(crate) fn fuzz(places: &Places) -> Result<()> {
    // As the tests are built: with other packages beside it, its dependencies would be others, too.
    let build = ["build", "--workspace", "--bin", "konpro-proxy"];
    run(places.cargo().args(build))?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let program = places.native_target().join("debug/konpro-proxy");
    let mut proxy = places.tool(&program.display().to_string());
    proxy
        .args(["--demo", "--addr", &address.to_string()])
        .args(["--videos-per-visitor", "none"])
        .args(["--rate-per-minute", "1000000", "--rate-per-day", "1000000"])
        .env("RUST_LOG", "error");
    let _proxy = Companion::start("the proxy", &mut proxy)?;
    let mut patience = 500;
    while TcpStream::connect(address).is_err() {
        patience -= 1;
        if patience == 0 {
            bail!("the proxy does not listen");
        }
        sleep(Duration::from_millis(20));
    }
    let program = places.python().join("bin/schemathesis");
    run(places
        .tool(&program.display().to_string())
        .arg("run")
        .arg(format!("http://{address}/openapi.json"))
        .args(["--checks", CHECKS, "--max-examples", "40", "--seed", "1"])
        .args(["--request-timeout", "10", "--no-color"])
        // The proxy's own folder for what it remembers would be the repository.
        .current_dir(places.python()))
}
