//! The proxy as a program. `konpro-proxy --help` lists its settings.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser};
use konpro_proxy::{Config, Proxy, StoreKind, Surroundings, check_environment, demo, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
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
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let arguments = Cli::command().get_matches();
    let stored = arguments.value_source("store") != Some(ValueSource::DefaultValue);
    let read = Cli::from_arg_matches(&arguments).map_err(|error| error.exit());
    let Ok(mut cli) = read;
    if cli.demo && !stored {
        // What was made up has no place in the file of what was paid for.
        cli.config.store = StoreKind::Memory;
    }
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("konpro-proxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { demo, mut config }: Cli) -> anyhow::Result<()> {
    check_environment(env::vars_os());
    if demo {
        demo::start(&mut config).await?;
    }
    let proxy = Proxy::start(&config, Surroundings::real(&config)?).await?;
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
    let connections = config.connection_limits();
    serve(listener, proxy.router(), connections, async {
        told_to_stop().await;
        proxy.stop().await;
    })
    .await;
    Ok(())
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
