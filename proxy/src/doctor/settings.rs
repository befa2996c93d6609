//! Settings that cannot be used, each told apart from the others.

use std::error::Error;

use clap::builder::Resettable;
use clap::{ArgMatches, Command, Id};

use super::Finding;

/// A setting of the environment that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The variable.
    pub name: String,
    /// Why; never its value, where that is secret.
    pub why: String,
}

/// Reads the program's arguments and settings. Where `doctor` is asked for, settings that cannot be
/// used do not end the program: they are left out, and told.
pub fn read(command: &Command) -> (ArgMatches, Vec<Unusable>) {
    let settings = command.get_arguments().filter_map(|setting| {
        let name = setting.get_env()?.to_string_lossy().into_owned();
        Some((setting.get_id().clone(), name))
    });
    let settings: Vec<(Id, String)> = settings.collect();
    let mut left_out: Vec<Id> = settings.iter().map(|(id, _)| id.clone()).collect();
    let mut unusable = Vec::new();
    let Some(mut read) = try_read(command, &left_out).ok().filter(asks_for_doctor) else {
        return (command.clone().get_matches(), unusable);
    };
    for (id, name) in settings {
        left_out.retain(|other| *other != id);
        match try_read(command, &left_out) {
            Ok(with_it) => read = with_it,
            Err(error) => {
                left_out.push(id);
                let why = why(&error, &name);
                unusable.push(Unusable { name, why });
            }
        }
    }
    (read, unusable)
}

fn asks_for_doctor(read: &ArgMatches) -> bool {
    read.subcommand_name() == Some("doctor")
}

fn try_read(command: &Command, left_out: &[Id]) -> Result<ArgMatches, clap::Error> {
    let command = command
        .clone()
        .mut_args(|setting| match left_out.contains(setting.get_id()) {
            true => setting.env(Resettable::Reset),
            false => setting,
        });
    command.try_get_matches()
}

/// Without the value, which clap repeats.
fn why(error: &clap::Error, name: &str) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    let said = error.render().to_string();
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    let said = said.split("\n\n").next().unwrap_or_default();
    let said = said.strip_prefix(&format!("{name}: ")).unwrap_or(said);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Unusable {
    pub(super) fn finding(&self) -> Finding {
        let Self { name, why } = self;
        Finding::wrong(
            format!("{name}: {why}"),
            format!("correct {name}, or unset it; `konpro-proxy --help` says what it may be"),
        )
    }
}
