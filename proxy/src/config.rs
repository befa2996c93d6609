//! The settings: each an environment variable and a flag of the same meaning.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use jiff::{Span, SpanRelativeTo};
use url::Url;

use crate::origins::{self, Origins};
use crate::scope::Allowed;
use crate::secrets::{ApiKey, Secret, Unrepeated};

/// How the proxy is set up. `konpro-proxy --help` lists the same.
#[derive(Args, Clone, Debug)]
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
    #[arg(long, env = "KONPRO_API_URL", value_name = "URL", default_value = "https://api.konpro.ai", value_parser = parse_api_url)]
    pub api_url: Url,
    /// Where the proxy listens
    #[arg(
        long,
        env = "KONPRO_PROXY_ADDR",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8787"
    )]
    pub addr: SocketAddr,
    /// The proxy's public HTTPS address (plain HTTP for loopback only) [default: none]
    #[arg(long, env = "KONPRO_PROXY_PUBLIC_URL", value_name = "URL", value_parser = parse_public_url)]
    pub public_url: Option<Url>,
    /// Further pages that may use the proxy, comma-separated, each such as `https://www.example.com` [default: none]
    #[arg(long, env = "KONPRO_PROXY_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origins::parse)]
    pub origins: Vec<String>,
    /// Seals job ids, 32 characters or more; `new,old` while rotating [default: made at start]
    #[arg(
        long,
        env = "KONPRO_PROXY_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = Unrepeated::<Secret>::new()
    )]
    pub secret: Option<Secret>,
    /// Where jobs are kept
    #[arg(long, env = "KONPRO_PROXY_STORE", value_name = "STORE", default_value = "memory:", value_parser = parse_store)]
    pub store: StoreKind,
    /// Videos that KonPro renders at once; further jobs wait in the proxy, in order
    #[arg(long, env = "KONPRO_CONCURRENT_VIDEOS", value_name = "VIDEOS", default_value_t = 1, value_parser = parse_count)]
    pub concurrent_videos: usize,
    /// What visitors may list and use: public, all, or ids, comma-separated
    #[arg(
        long,
        env = "KONPRO_PROXY_SCOPE",
        value_name = "SCOPE",
        default_value = "public"
    )]
    pub scope: Allowed,
    /// The longest script, in Unicode scalar values
    #[arg(
        long,
        env = "KONPRO_PROXY_MAX_TEXT",
        value_name = "CHARACTERS",
        default_value_t = 5000
    )]
    pub max_text: u32,
    /// How long the lists of avatars and voices are kept
    #[arg(long, env = "KONPRO_PROXY_LISTS", value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    pub lists: Duration,
    /// A folder to serve at /, such as trunk's dist [default: none]
    #[arg(long, env = "KONPRO_PROXY_PAGE", value_name = "FOLDER")]
    pub page: Option<PathBuf>,
}

/// The kinds of store that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// In memory: gone with the process.
    Memory,
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
        _ => Err("this version keeps jobs in memory only: use memory:".to_owned()),
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
