use std::ffi::OsString;

use clap::{Args, Command};
use tracing::warn;

use crate::config::Config;

/// Looks for settings in the environment that there are not: a misspelt one protects nobody.
pub fn check_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) {
    let settings = Config::augment_args(Command::new("settings"));
    for (name, value) in variables {
        let known = settings
            .get_arguments()
            .any(|it| it.get_env() == Some(&*name));
        let name = name.to_string_lossy();
        if !known && name.starts_with("KONPRO_") && !value.is_empty() {
            warn!(setting = %name, "the proxy does not know this setting");
        }
    }
}
