//! `konpro-proxy doctor`: finds what is wrong with a deployment, and says what to mend.

mod api;
mod judgement;
mod places;
mod settings;

use std::fmt;

use crate::config::Config;

pub use settings::{Unusable, read};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub found: String,
    /// What to do about it; absent where all is well.
    pub mend: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// All is well.
    Fine,
    /// It works, and could be better.
    Advice,
    /// It does not work, or will not for long.
    Wrong,
}

impl Finding {
    fn fine(found: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fine,
            found: found.into(),
            mend: None,
        }
    }

    fn advice(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            severity: Severity::Advice,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    fn wrong(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            severity: Severity::Wrong,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.severity {
            Severity::Fine => "ok    ",
            Severity::Advice => "advice",
            Severity::Wrong => "WRONG ",
        };
        write!(formatter, "{mark}  {}", self.found)?;
        match &self.mend {
            Some(mend) => write!(formatter, "\n        -> {mend}"),
            None => Ok(()),
        }
    }
}

/// Looks at everything that `config` names, but for what hangs on a setting that is `unusable`. Asks
/// KonPro once or, where it redirects, twice, which no budget counts.
///
/// `unknown` are the settings of the environment that there are not.
pub async fn examine(config: &Config, unknown: &[String], unusable: &[Unusable]) -> Vec<Finding> {
    let usable = |names: &[&str]| !unusable.iter().any(|it| names.contains(&&*it.name));
    let mut findings: Vec<Finding> = unusable.iter().map(Unusable::finding).collect();
    findings.extend(judgement::of_settings(config, unknown));
    if usable(&[
        "KONPRO_PROXY_ADDR",
        "KONPRO_PROXY_PUBLIC_URL",
        "KONPRO_PROXY_ORIGINS",
        "KONPRO_PROXY_TRUSTED_PROXIES",
        "KONPRO_PROXY_SESSION_SECRET",
    ]) {
        findings.extend(judgement::of_ways(config));
    }
    if usable(&["KONPRO_API_KEY", "KONPRO_API_KEY_FILE", "KONPRO_API_URL"]) {
        findings.extend(api::examine(config).await);
    }
    let mut stored = None;
    if usable(&["KONPRO_PROXY_STORE"]) {
        let (store, secret) = places::examine_store(config).await;
        findings.extend(store);
        stored = secret.filter(|_| usable(&["KONPRO_PROXY_SECRET"]));
    }
    findings.extend(places::examine_archive(config).await);
    findings.extend(places::examine_public_url(config, stored).await);
    findings
}
