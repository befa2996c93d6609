//! `cargo xtask demo`: the proxy and the page, started together and ended together.

use std::env;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::page;
use crate::places::{Places, setting};
use crate::process::{Companion, run};
use crate::setup::{Wanted, setup};
use crate::toolchain::Toolchain;

const PAGE_PORT: u16 = 8080;
const PROXY_PORT: u16 = 8787;

/// Sets up, builds, starts both, and returns when the user presses Ctrl-C, or with an error when either ends by itself.
pub(crate) fn demo(places: &Places) -> Result<()> {
    let toolchain = setup(places, Wanted::Page)?;
    println!("Building the proxy");
    run(places.cargo().args(["build", "--package", "konpro-proxy"]))?;

    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        // Nobody listens only when the demo is ending already.
        let _ = stop.send(());
    })?;

    let proxy_port = free_port(PROXY_PORT)?;
    let page_port = free_port(PAGE_PORT)?;
    let with_key = ["KONPRO_API_KEY", "KONPRO_API_KEY_FILE"]
        .into_iter()
        .any(|key| setting(key).is_some());
    println!("Starting the proxy on 127.0.0.1:{proxy_port}");
    let mut companions = vec![Companion::start(
        "the proxy",
        &mut proxy(places, proxy_port, page_port, with_key),
    )?];
    if !wait_until_answered(&stopped, &mut companions, proxy_port, "/health/live")? {
        return Ok(());
    }

    println!("Building and serving the page; its first build on a machine takes some minutes");
    let mut trunk = trunk(places, toolchain, page_port, proxy_port);
    companions.push(Companion::start("trunk", &mut trunk)?);
    if !wait_until_answered(&stopped, &mut companions, page_port, "/")? {
        return Ok(());
    }

    let upstream = match (with_key, env::var("KONPRO_API_URL")) {
        (false, _) => "the simulator inside the proxy: no key, no network, no cost".to_owned(),
        (true, Ok(address)) => format!("{address}, with your key: videos may cost credits"),
        (true, Err(_)) => "KonPro, with your key: videos cost credits".to_owned(),
    };
    println!(
        "\nThe videos come from {upstream}.\n\n    Open http://127.0.0.1:{page_port}/\n\nCtrl-C ends it."
    );
    while !was_stopped(&stopped)? {
        companions.iter_mut().try_for_each(Companion::check)?;
    }
    println!("\nStopping");
    Ok(())
}

fn proxy(places: &Places, port: u16, page_port: u16, with_key: bool) -> Command {
    let mut proxy = Command::new(places.native_target().join("debug/konpro-proxy"));
    let page = format!("http://127.0.0.1:{page_port},http://localhost:{page_port}");
    let origins = match env::var("KONPRO_PROXY_ORIGINS") {
        Ok(own) if !own.is_empty() => format!("{own},{page}"),
        _ => page,
    };
    proxy
        .current_dir(&places.repository)
        .env("KONPRO_PROXY_ADDR", format!("127.0.0.1:{port}"))
        .env("KONPRO_PROXY_ORIGINS", origins)
        // A line for each request would carry the address to open out of sight.
        .env("RUST_LOG", setting("RUST_LOG").unwrap_or("warn".into()));
    if !with_key {
        proxy.arg("--demo");
    }
    proxy
}

/// Serves the page, and the proxy's paths beside it, so that to the page the proxy is its own origin.
fn trunk(places: &Places, toolchain: Toolchain, port: u16, proxy_port: u16) -> Command {
    let mut trunk = page::trunk(places, toolchain, "serve");
    trunk
        .args(["--address", "127.0.0.1", "--no-autoreload"])
        .args(["--port", &port.to_string()])
        .args([
            "--proxy-backend",
            &format!("http://127.0.0.1:{proxy_port}/v1/"),
        ])
        .args(["--proxy-no-redirect", "--proxy-no-system-proxy"]);
    // Not the whole repository, where a test run would have the page built again and again.
    for source in [
        "index.html",
        "Trunk.toml",
        "Cargo.toml",
        "src",
        "crates",
        "page",
        "pkg",
    ] {
        trunk.args(["--watch", source]);
    }
    trunk
}

/// Whether it came to answer; false when the user stopped first.
fn wait_until_answered(
    stopped: &Receiver<()>,
    companions: &mut [Companion],
    port: u16,
    path: &str,
) -> Result<bool> {
    while !was_stopped(stopped)? {
        companions.iter_mut().try_for_each(Companion::check)?;
        if answers(port, path).unwrap_or(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the user has stopped the demo; waits for it for a blink.
fn was_stopped(stopped: &Receiver<()>) -> Result<bool> {
    match stopped.recv_timeout(Duration::from_millis(200)) {
        Ok(()) => Ok(true),
        Err(RecvTimeoutError::Timeout) => Ok(false),
        Err(RecvTimeoutError::Disconnected) => Err(RecvTimeoutError::Disconnected.into()),
    }
}

fn answers(port: u16, path: &str) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; 12];
    connection.read_exact(&mut start)?;
    Ok(start.ends_with(b" 200"))
}

/// The first free port from `first` on.
fn free_port(first: u16) -> Result<u16> {
    (first..first.saturating_add(100))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .with_context(|| {
            format!(
                "no free port between {first} and {}",
                first.saturating_add(99)
            )
        })
}
