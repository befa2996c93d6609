//! What settings may be.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use konpro_api::Credits;
use url::Url;

use crate::quotas::Rate;
use crate::storage::Storage;

/// How the program's log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: an object a line.
    Json,
}

/// Where jobs are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreKind {
    /// In memory: gone with the process.
    Memory,
    /// In a file, for one process.
    Sqlite(PathBuf),
    /// In Redis or Valkey, for several processes.
    Redis(String),
}

/// Redis addresses have passwords in them.
impl fmt::Debug for StoreKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => formatter.write_str("memory:"),
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Redis(_) => formatter.write_str("redis:(hidden)"),
        }
    }
}

impl StoreKind {
    /// Opens it.
    pub(crate) fn open(&self) -> anyhow::Result<Storage> {
        match self {
            Self::Memory => Ok(Storage::memory()),
            Self::Sqlite(path) => Storage::sqlite(path),
            Self::Redis(url) => Storage::redis(url),
        }
    }
}

/// How many videos one visitor may make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorLimit(pub Option<Rate>);

impl FromStr for VisitorLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "none" => Ok(Self(None)),
            rate => rate.parse().map(|rate| Self(Some(rate))),
        }
    }
}

/// What a video costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CreditRule {
    /// A credit a minute, charged by half minutes.
    Minute,
    /// A credit a second.
    Second,
}

impl CreditRule {
    pub(crate) fn credits(self) -> Credits {
        match self {
            Self::Minute => Credits {
                per_minute: 1.0,
                increment: 30,
            },
            Self::Second => Credits {
                per_minute: 60.0,
                increment: 1,
            },
        }
    }
}

pub(super) fn parse_api_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "http" | "https" if url.has_host() && anonymous && url.query().is_none() => Ok(url),
        _ => Err("an https address is needed, such as https://api.konpro.ai".to_owned()),
    }
}

pub(super) fn parse_public_url(text: &str) -> Result<Url, String> {
    let url = parse_api_url(text)?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || loopback {
        Ok(url)
    } else {
        Err("it must begin with https://, except on this computer".to_owned())
    }
}

pub(super) fn parse_store(text: &str) -> Result<StoreKind, String> {
    match text {
        "memory:" => Ok(StoreKind::Memory),
        _ if text.starts_with("redis://") || text.starts_with("rediss://") => {
            Ok(StoreKind::Redis(text.to_owned()))
        }
        _ => match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(StoreKind::Sqlite(path.into())),
            _ => Err("it must be sqlite:FILE, memory: or redis://HOST".to_owned()),
        },
    }
}

pub(super) fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("a whole number from 1 is needed".to_owned()),
    }
}

/// `24h`, `30m`, `7d`; a bare `0` is none at all.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    if text.trim() == "0" {
        return Ok(Duration::ZERO);
    }
    let wrong = |_| "a duration is needed, such as 24h, 30m or 7d".to_owned();
    let span: Span = text.trim().parse().map_err(wrong)?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(wrong)?;
    Duration::try_from(duration).map_err(wrong)
}
