//! `konpro-bench`: what is measured of konpro-proxy, and beside what. `cargo xtask bench` runs it.

mod announced;
mod budget;
mod figures;
mod running;
mod segments;
mod speed;
mod watchers;
mod webhooks;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A hundred visitors and one key, for two days of simulated time
    Budget,
    /// Lists and status reads per second beside nginx and fal's proxy on Express, and what an uncached call costs
    Speed {
        /// The proxy's program
        #[arg(long)]
        proxy: PathBuf,
        /// The simulator's program
        #[arg(long)]
        simulator: PathBuf,
    },
    /// A long script in one piece and in segments, in simulated time
    Segments,
    /// From KonPro's call to the browser's event
    Webhooks {
        /// The proxy's program
        #[arg(long)]
        proxy: PathBuf,
    },
    /// Ten thousand event streams on one process
    Watchers {
        /// The proxy's program
        #[arg(long)]
        proxy: PathBuf,
        /// How many streams
        #[arg(long, default_value_t = 10_000)]
        streams: usize,
    },
}

fn main() -> anyhow::Result<()> {
    // A second call finds the provider installed, which is what it wants.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().what {
        What::Budget => budget::run(),
        What::Speed { proxy, simulator } => speed::run(&proxy, &simulator),
        What::Segments => segments::run(),
        What::Webhooks { proxy } => webhooks::run(&proxy),
        What::Watchers { proxy, streams } => watchers::run(&proxy, streams),
    }
}
