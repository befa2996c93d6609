//! The proxy as a program. `konpro-proxy --help` lists its settings.

use std::env;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser};
use konpro_proxy::{Config, Surroundings, demo, router, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

/// KonPro's video API without the key: what a web page may talk to.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Needs no key and no network: starts a simulated KonPro inside and talks to that
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("konpro-proxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { demo, mut config }: Cli) -> anyhow::Result<()> {
    warn_of_unknown_settings();
    if demo {
        demo::start(&mut config).await?;
    }
    let router = router(&config, Surroundings::real(&config)?)?;
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("KONPRO_PROXY_ADDR: cannot listen on {}", config.addr))?;
    let address = listener.local_addr()?;
    let upstream = if demo {
        "a simulated KonPro"
    } else {
        config.api_url.as_str()
    };
    info!(%address, upstream, "listening");
    serve(listener, router, told_to_stop()).await;
    Ok(())
}

/// A setting that is misspelt, or that this version does not have, must not be silently ignored.
fn warn_of_unknown_settings() {
    let command = Cli::command();
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let known = command
            .get_arguments()
            .any(|it| it.get_env().is_some_and(|env| *env == *name));
        if name.starts_with("KONPRO_") && !known {
            warn!(setting = %name, "this version of the proxy does not know this setting");
        }
    }
}

async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
