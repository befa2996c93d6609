//! `konpro-bench`: what is measured of konpro-proxy, and beside what. `cargo xtask bench` runs it.

mod budget;
mod figures;

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
}

fn main() -> anyhow::Result<()> {
    // A second call finds the provider installed, which is what it wants.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().what {
        What::Budget => budget::run(),
    }
}
