//! `cargo xtask`: every command there is. People and CI run the same ones.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::places::Places;
use crate::setup::Wanted;

mod bench;
mod check;
mod crates;
mod demo;
mod fuzz;
mod page;
mod places;
mod process;
mod setup;
mod tally;
mod test;
mod toolchain;
mod weight;

/// Every command of konpro-video.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the other commands need, as far as it is missing
    Setup,
    /// Start the proxy and the page, and print the address to open
    Demo,
    /// Run every test there is; the last line counts them
    Test,
    /// Formatting, lints, documentation and the licences of dependencies
    Check,
    /// Measure the proxy beside nginx, fal's proxy on Express, and KonPro's own sample; and the widget's gallery
    Bench {
        /// Only this: budget, speed, webhooks, watchers or gallery
        only: Option<String>,
    },
    /// What a visitor downloads, by part and by crate
    Weight,
    /// Take the pictures of the widget's states in docs/gallery anew: look at each
    Pictures,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything passed; an error is what kept the command from finding out.
fn run(command: Command) -> Result<bool> {
    let places = Places::find()?;
    match command {
        Command::Setup => setup::setup(&places, Wanted::Tests).map(|_| true),
        Command::Demo => demo::demo(&places).map(|()| true),
        Command::Test => test::test(&places),
        Command::Check => check::check(&places),
        Command::Weight => weight::print(&places),
        Command::Pictures => page::take_pictures(&places).map(|()| true),
        Command::Bench { only } => bench::bench(&places, only.as_deref()).map(|()| true),
    }
}
