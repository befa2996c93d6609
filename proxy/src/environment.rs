use std::ffi::OsString;

use clap::{Args, Command};

use crate::config::Config;

/// The settings in the environment that there are not: a misspelt one protects nobody.
pub fn unknown_settings(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<String> {
    let settings = Config::augment_args(Command::new("settings"));
    let mut unknown = Vec::new();
    for (name, value) in variables {
        let known = settings
            .get_arguments()
            .any(|it| it.get_env() == Some(&*name));
        let name = name.to_string_lossy();
        if !known && name.starts_with("KONPRO_") && !value.is_empty() {
            unknown.push(name.into_owned());
        }
    }
    unknown
}
