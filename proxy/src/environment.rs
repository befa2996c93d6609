use std::ffi::OsString;

use clap::builder::Resettable;
use clap::{Arg, Args, Command};

use crate::config::Config;

/// Of xtask's own, which may well stand in the same environment.
const NOT_OURS: &str = "KONPRO_CACHE";

/// An empty variable is as good as none: Compose files and unit files can hardly leave one out.
pub(crate) fn unset_if_empty(setting: Arg) -> Arg {
    let value = setting.get_env().and_then(std::env::var_os);
    match value.is_some_and(|value| value.is_empty()) {
        true => setting.env(Resettable::Reset),
        false => setting,
    }
}

/// The settings in the environment that there are not: a misspelt one protects nobody.
pub fn unknown_settings(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<String> {
    let settings = Config::augment_args(Command::new("settings"));
    let mut unknown = Vec::new();
    for (name, value) in variables {
        let known = settings
            .get_arguments()
            .any(|it| it.get_env() == Some(&*name));
        let name = name.to_string_lossy();
        let ours = name.starts_with("KONPRO_") && name != NOT_OURS;
        if !known && ours && !value.is_empty() {
            unknown.push(name.into_owned());
        }
    }
    unknown
}
