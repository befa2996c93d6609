use std::ffi::OsString;

use anyhow::ensure;
use clap::{Args, Command};
use tracing::warn;

use crate::config::Config;

/// Settings that protect, and that this version cannot enforce.
const PROTECTING: [&str; 2] = ["KONPRO_PROXY_SESSION_SECRET", "KONPRO_PROXY_APPROVE_URL"];

/// Looks for settings in the environment that this version does not have.
///
/// A misspelt one is warned of in the log. One that is to keep visitors out fails: who sets it
/// believes to be protected.
pub fn check_environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> anyhow::Result<()> {
    let settings = Config::augment_args(Command::new("settings"));
    for (name, value) in variables {
        let known = settings
            .get_arguments()
            .any(|it| it.get_env() == Some(&*name));
        let name = name.to_string_lossy();
        if known || !name.starts_with("KONPRO_") || value.is_empty() {
            continue;
        }
        ensure!(
            !PROTECTING.contains(&&*name),
            "{name}: this version of the proxy cannot enforce it, and would serve everybody. \
             Unset it to start without."
        );
        warn!(setting = %name, "this version of the proxy does not know this setting");
    }
    Ok(())
}
