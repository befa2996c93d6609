//! `konpro-simulator`: KonPro in a box, for development.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow};
use clap::Parser;
use konpro_simulator::{Config, Dialect, Fault, Simulator, over_http};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

/// KonPro in a box: answers KonPro's video API without a key of KonPro's, a network or costs.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:9000")]
    addr: SocketAddr,

    /// What callers must send as x-api-key
    #[arg(long, default_value = "simulated-key")]
    api_key: String,

    /// How many times faster than KonPro videos are rendered
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    speed: f64,

    /// The form in which lists, statuses and validation errors are sent
    #[arg(long, value_enum, default_value_t)]
    dialect: Dialect,

    /// Requests allowed in any minute [default: no limit]
    #[arg(long)]
    per_minute: Option<u32>,

    /// Requests allowed in any day [default: no limit]
    #[arg(long)]
    per_day: Option<u32>,

    /// Videos rendered at once; further ones wait [default: no limit]
    #[arg(long)]
    concurrent: Option<usize>,

    /// Seconds for which a video's link works
    #[arg(long, default_value_t = 7 * 24 * 60 * 60)]
    link_lifetime: u64,

    /// Where callers reach this program, for links to media [default: http:// and the address it listens on]
    #[arg(long)]
    public_url: Option<String>,

    /// Decides ids and how far estimates are off
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Something to go wrong, CALL:KIND or CALL:KINDxTIMES; may be repeated. CALL: create, status, avatars, voices,
    /// videos, quota, endpoint, health, media. Without a count, every time. KIND: 429, 429+SECONDS (with Retry-After), 500, 503, timeout, drop (these
    /// four also with -after: the work is done first), malformed, html, slow, slow+SECONDS, delay+SECONDS, and for create
    /// stuck and fail. In a script, [KIND] and [status:KIND] do the same for that script
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("TLS was set up twice"))?;

    let flags = Flags::parse();
    let listener = TcpListener::bind(flags.addr)
        .await
        .with_context(|| format!("cannot listen on {}", flags.addr))?;
    let address = format!("http://{}", listener.local_addr()?);
    let simulator = Simulator::new(Config {
        api_key: flags.api_key,
        dialect: flags.dialect,
        speed: flags.speed,
        public_url: flags.public_url.unwrap_or_else(|| address.clone()),
        per_minute: flags.per_minute,
        per_day: flags.per_day,
        concurrent: flags.concurrent,
        link_lifetime: Duration::from_secs(flags.link_lifetime),
        seed: flags.seed,
        webhooks: Some(over_http(reqwest::Client::new())),
        ..Config::default()
    });
    flags
        .fault
        .into_iter()
        .for_each(|fault| simulator.inject(fault));

    println!("The simulator answers at {address}");
    tokio::select! {
        never = simulator.serve(listener) => match never {},
        stopped = signal::ctrl_c() => stopped.context("cannot wait for Ctrl-C"),
    }
}

fn positive(given: &str) -> Result<f64, String> {
    let number: f64 = given.parse().map_err(|_| "must be a number")?;
    match number.is_finite() && number > 0.0 {
        true => Ok(number),
        false => Err("must be more than 0".to_owned()),
    }
}
