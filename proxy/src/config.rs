//! The settings: each an environment variable and a flag of the same meaning.

mod values;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
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
use crate::store::Limits;
use crate::visitors::TrustedProxies;

pub use values::{CreditRule, LogFormat, StoreKind, VisitorLimit};
use values::{parse_api_url, parse_count, parse_duration, parse_public_url, parse_store};

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
            !self.keep.is_zero(),
            "KONPRO_PROXY_KEEP: visitors need some time to watch their videos"
        );
        ensure!(
            self.max_text > 0,
            "KONPRO_PROXY_MAX_TEXT: no script fits into 0 characters"
        );
        Ok(())
    }
}
