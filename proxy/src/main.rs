//! The proxy as a program. `konpro-proxy --help` lists its settings.

use std::env;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::process::ExitCode;

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use konpro_proxy::doctor::{self, Severity, Unusable};
use konpro_proxy::{
    Config, Connections, Doubts, LogFormat, Proxy, StoreKind, Surroundings, demo, serve,
    unknown_settings,
};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

/// A seventh more answers a second than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// KonPro's video API without the key: what a web page may talk to.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Needs no key and no network: starts a simulated KonPro inside and talks to that
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a deployment, and print what to mend. Asks KonPro once, or twice where it redirects, which no budget counts
    Doctor,
    /// The jobs of which nobody knows whether KonPro makes them
    Jobs {
        #[command(subcommand)]
        command: JobsCommand,
    },
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// List them
    List,
    /// Say what KonPro's dashboard shows of one
    Settle {
        /// As the list shows it
        job: String,
        /// KonPro's id of the video, where there is one
        #[arg(long, value_name = "VIDEO_ID", required_unless_present = "not_made")]
        made: Option<String>,
        /// KonPro made no video
        #[arg(long, conflicts_with = "made")]
        not_made: bool,
    },
    /// Take one that was given up off the list
    Forget {
        /// As the list shows it
        job: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let (arguments, unusable) = doctor::read(&Cli::command());
    let stored = arguments.value_source("store") != Some(ValueSource::DefaultValue);
    let read = Cli::from_arg_matches(&arguments).map_err(|error| error.exit());
    let Ok(mut cli) = read;
    if cli.demo && !stored {
        // What was made up has no place in the file of what was paid for.
        cli.config.store = StoreKind::Memory;
    }
    write_log(&cli);
    let done = match &cli.command {
        Some(Command::Doctor) if cli.demo => Err(anyhow::anyhow!(
            "--demo uses none of the settings that `doctor` looks at: start it without --demo"
        )),
        Some(Command::Doctor) => return examine(&cli.config, &unusable).await,
        Some(Command::Jobs { command }) => jobs(command, &cli.config).await,
        None => run(cli).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("konpro-proxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write_log(cli: &Cli) {
    // What a command prints is its answer; the log would only be in between.
    let usual = match cli.command {
        Some(_) => "off",
        None => "info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match cli.config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn run(
    Cli {
        demo, mut config, ..
    }: Cli,
) -> anyhow::Result<()> {
    for setting in unknown_settings(env::vars_os()) {
        warn!(setting, "the proxy does not know this setting");
    }
    if demo {
        demo::start(&mut config).await?;
    }
    let mut stop = pin!(told_to_stop());
    let proxy = tokio::select! {
        // First, so that from now on the signal is heard.
        biased;
        // The store may be waited for: nothing has begun yet.
        () = &mut stop => return Ok(()),
        proxy = Proxy::start(&config, Surroundings::real(&config)?) => proxy?,
    };
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
    if let Some(admin) = config.admin_addr {
        let listener = TcpListener::bind(admin)
            .await
            .with_context(|| format!("KONPRO_PROXY_ADMIN_ADDR: cannot listen on {admin}"))?;
        info!(admin = %listener.local_addr()?, "metrics");
        let router = proxy.admin_router();
        tokio::spawn(serve(
            listener,
            router,
            Connections::default(),
            std::future::pending(),
        ));
    }
    let connections = config.connection_limits();
    serve(listener, proxy.router(), connections, async {
        stop.await;
        proxy.stop().await;
    })
    .await;
    Ok(())
}

/// 0 when nothing is wrong.
async fn examine(config: &Config, unusable: &[Unusable]) -> ExitCode {
    let unknown = unknown_settings(env::vars_os());
    let findings = doctor::examine(config, &unknown, unusable).await;
    for finding in &findings {
        println!("{finding}");
    }
    let wrong = findings.iter().filter(|it| it.severity == Severity::Wrong);
    match wrong.count() {
        0 => {
            println!("\nNothing is wrong.");
            ExitCode::SUCCESS
        }
        wrong => {
            println!("\nTo mend: {wrong}");
            ExitCode::FAILURE
        }
    }
}

async fn jobs(command: &JobsCommand, config: &Config) -> anyhow::Result<()> {
    let doubts = Doubts::open(config)?;
    match command {
        JobsCommand::List => {
            let list = doubts.list().await?;
            match list.is_empty() {
                true => println!("No job is in doubt."),
                false => list.iter().for_each(|line| println!("{line}")),
            }
        }
        JobsCommand::Settle { job, made, .. } => {
            doubts.settle(job, made.clone()).await?;
            println!("The proxy heeds it within seconds, or when it is started.");
        }
        JobsCommand::Forget { job } => doubts.forget(job).await?,
    }
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
