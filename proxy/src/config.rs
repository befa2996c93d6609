//! The settings: each an environment variable and a flag of the same meaning.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use jiff::{Span, SpanRelativeTo};
use konpro_api::Credits;
use url::Url;

use crate::approval::ApproveUrl;
use crate::archive::ArchiveSetting;
use crate::environment::unset_if_empty;
use crate::origins::{self, Origins};
use crate::quotas::Rate;
use crate::scope::Allowed;
use crate::secrets::{ApiKey, Secret, Unrepeated};
use crate::serve::Connections;
use crate::sessions::SessionSecret;
use crate::storage::Storage;
use crate::store::Limits;
use crate::visitors::TrustedProxies;

/// A video that is erased before it was seen was paid for nothing.
const MINIMUM_KEEP: Duration = Duration::from_secs(3600);

/// How the proxy is set up. `konpro-proxy --help` lists the same.
#[derive(Args, Clone, Debug)]
#[command(mut_args(unset_if_empty))]
pub struct Config {
    /// KonPro's key; required unless --demo
    #[arg(
        long,
        env = "KONPRO_API_KEY",
        hide_env_values = true,
        value_name = "KEY",
        value_parser = Unrepeated::<ApiKey>::new()
    )]
    pub api_key: Option<ApiKey>,
    /// A file that holds KonPro's key, in place of the key itself [default: none]
    #[arg(
        long,
        env = "KONPRO_API_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "api_key"
    )]
    pub api_key_file: Option<PathBuf>,
    /// Where KonPro is
    #[arg(long, env = "KONPRO_API_URL", hide_env_values = true, value_name = "URL", default_value = "https://api.konpro.ai", value_parser = Unrepeated::by(parse_api_url))]
    pub api_url: Url,
    /// Where the proxy listens
    #[arg(
        long,
        env = "KONPRO_PROXY_ADDR",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8787"
    )]
    pub addr: SocketAddr,
    /// Where /metrics listens: for the operator's eyes only [default: none]
    #[arg(long, env = "KONPRO_PROXY_ADMIN_ADDR", value_name = "ADDRESS")]
    pub admin_addr: Option<SocketAddr>,
    /// The proxy's public HTTPS address (plain HTTP for loopback only) [default: none]
    #[arg(long, env = "KONPRO_PROXY_PUBLIC_URL", hide_env_values = true, value_name = "URL", value_parser = Unrepeated::by(parse_public_url))]
    pub public_url: Option<Url>,
    /// Further pages that may use the proxy, comma-separated, each such as `https://www.example.com` [default: none]
    #[arg(long, env = "KONPRO_PROXY_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origins::parse)]
    pub origins: Vec<String>,
    /// Seals job ids and webhook tokens, 32 characters or more; `new,old` while rotating [default: made at first start, kept in the store]
    #[arg(
        long,
        env = "KONPRO_PROXY_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = Unrepeated::<Secret>::new()
    )]
    pub secret: Option<Secret>,
    /// When set, a JWT from the site's own server is needed, signed by this secret with HS256; 32 characters or more [default: none]
    #[arg(
        long,
        env = "KONPRO_PROXY_SESSION_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = Unrepeated::<SessionSecret>::new()
    )]
    pub session_secret: Option<SessionSecret>,
    /// Where jobs are kept: sqlite:FILE, memory: or redis://… (for several proxies)
    #[arg(long, env = "KONPRO_PROXY_STORE", hide_env_values = true, value_name = "STORE", default_value = "sqlite:konpro.db", value_parser = Unrepeated::by(parse_store))]
    pub store: StoreKind,
    /// Where finished videos are copied to: file:///… or s3://bucket/prefix, with the usual AWS_* [default: none]
    #[arg(long, env = "KONPRO_PROXY_ARCHIVE", hide_env_values = true, value_name = "PLACE", value_parser = Unrepeated::<ArchiveSetting>::new())]
    pub archive: Option<ArchiveSetting>,
    /// Requests to KonPro in any minute, as KonPro allows the key; never exceeded
    #[arg(long, env = "KONPRO_RATE_PER_MINUTE", value_name = "REQUESTS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_per_minute: u32,
    /// Requests to KonPro in any 24 hours, as KonPro allows the key; never exceeded
    #[arg(long, env = "KONPRO_RATE_PER_DAY", value_name = "REQUESTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_per_day: u32,
    /// Videos that KonPro renders at once; further jobs wait in the proxy, in order
    #[arg(long, env = "KONPRO_CONCURRENT_VIDEOS", value_name = "VIDEOS", default_value_t = 1, value_parser = parse_count)]
    pub concurrent_videos: usize,
    /// Videos that one visitor may make: 20/hour, 5/day, or none for no limit
    #[arg(
        long,
        env = "KONPRO_PROXY_VIDEOS_PER_VISITOR",
        value_name = "RATE",
        default_value = "20/hour"
    )]
    pub videos_per_visitor: VisitorLimit,
    /// Videos that all visitors together may make in 24 hours [default: none]
    #[arg(long, env = "KONPRO_PROXY_VIDEOS_PER_DAY", value_name = "VIDEOS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub videos_per_day: Option<u32>,
    /// What visitors may list and use: public, all, or ids, comma-separated
    #[arg(
        long,
        env = "KONPRO_PROXY_SCOPE",
        value_name = "SCOPE",
        default_value = "public"
    )]
    pub scope: Allowed,
    /// Asked before every video, with what is to be made; a refusal is the visitor's [default: none]
    #[arg(long, env = "KONPRO_PROXY_APPROVE_URL", hide_env_values = true, value_name = "URL", value_parser = Unrepeated::<ApproveUrl>::new())]
    pub approve_url: Option<ApproveUrl>,
    /// What a video costs, as visitors are told: minute (a credit a minute, by 30 s) or second (a credit a second)
    #[arg(
        long,
        env = "KONPRO_PROXY_CREDITS",
        value_name = "RULE",
        default_value = "minute",
        hide_possible_values = true
    )]
    pub credits: CreditRule,
    /// The longest script, in Unicode scalar values
    #[arg(
        long,
        env = "KONPRO_PROXY_MAX_TEXT",
        value_name = "CHARACTERS",
        default_value_t = 5000
    )]
    pub max_text: u32,
    /// For how long the same work is not paid again; 0: never
    #[arg(long, env = "KONPRO_PROXY_REUSE", value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    pub reuse: Duration,
    /// How long after its end a job is erased
    #[arg(long, env = "KONPRO_PROXY_KEEP", value_name = "DURATION", default_value = "30d", value_parser = parse_duration)]
    pub keep: Duration,
    /// How long the lists of avatars and voices are kept
    #[arg(long, env = "KONPRO_PROXY_LISTS", value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    pub lists: Duration,
    /// Networks whose X-Forwarded-For is believed, comma-separated CIDRs [default: none]
    #[arg(
        long,
        env = "KONPRO_PROXY_TRUSTED_PROXIES",
        value_name = "CIDRS",
        default_value = "",
        hide_default_value = true
    )]
    pub trusted_proxies: TrustedProxies,
    /// Connections at once, in all
    #[arg(
        long,
        env = "KONPRO_PROXY_CONNECTIONS",
        value_name = "CONNECTIONS",
        default_value_t = 20_000
    )]
    pub connections: usize,
    /// Connections at once from one address; trusted proxies and this computer are not counted
    #[arg(
        long,
        env = "KONPRO_PROXY_CONNECTIONS_PER_ADDRESS",
        value_name = "CONNECTIONS",
        default_value_t = 256
    )]
    pub connections_per_address: usize,
    /// A folder to serve at /, such as trunk's dist [default: none]
    #[arg(long, env = "KONPRO_PROXY_PAGE", value_name = "FOLDER")]
    pub page: Option<PathBuf>,
    /// How the program's log is written: text, or json (an object a line)
    #[arg(
        long,
        env = "KONPRO_PROXY_LOG",
        value_name = "FORM",
        default_value = "text",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}

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

impl Config {
    /// The key, from wherever it is.
    pub(crate) fn key(&self) -> anyhow::Result<ApiKey> {
        if let Some(key) = &self.api_key {
            return Ok(key.clone());
        }
        let Some(file) = &self.api_key_file else {
            bail!(
                "KonPro's key is missing: set KONPRO_API_KEY, or KONPRO_API_KEY_FILE to a file that \
                 holds it. To try the proxy without a key, start it with --demo."
            );
        };
        let wrong = || format!("KONPRO_API_KEY_FILE: {}", file.display());
        let text = fs::read_to_string(file).with_context(wrong)?;
        text.parse::<ApiKey>()
            .map_err(anyhow::Error::msg)
            .with_context(wrong)
    }

    pub(crate) fn allowed_origins(&self) -> Origins {
        let own = self
            .public_url
            .as_ref()
            .map(|url| url.origin().ascii_serialization());
        Origins {
            own,
            listed: self.origins.clone(),
        }
    }

    /// Where KonPro's webhooks go, without the token.
    pub(crate) fn webhooks(&self) -> Option<String> {
        let base = self.public_url.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}/webhooks/konpro"))
    }

    /// How many connections there may be.
    pub fn connection_limits(&self) -> Connections {
        Connections {
            most: self.connections,
            most_per_address: self.connections_per_address,
            trusted: self.trusted_proxies.clone(),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            per_visitor: self.videos_per_visitor.0,
            per_day: self.videos_per_day.map(Rate::per_day),
            reuse: self.reuse,
        }
    }

    /// What cannot be right, said before anything is served.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if let Some(page) = &self.page {
            let index = page.join("index.html");
            ensure!(
                index.is_file(),
                "KONPRO_PROXY_PAGE: there is no {}",
                index.display()
            );
        }
        ensure!(
            self.keep >= MINIMUM_KEEP,
            "KONPRO_PROXY_KEEP: visitors need at least an hour to watch their videos"
        );
        ensure!(
            self.max_text > 0,
            "KONPRO_PROXY_MAX_TEXT: no script fits into 0 characters"
        );
        Ok(())
    }
}

fn parse_api_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "http" | "https" if url.has_host() && anonymous && url.query().is_none() => Ok(url),
        _ => Err("an https address is needed, such as https://api.konpro.ai".to_owned()),
    }
}

fn parse_public_url(text: &str) -> Result<Url, String> {
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

fn parse_store(text: &str) -> Result<StoreKind, String> {
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

fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("a whole number from 1 is needed".to_owned()),
    }
}

/// `24h`, `30m`, `7d`; a bare `0` is none at all.
fn parse_duration(text: &str) -> Result<Duration, String> {
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
