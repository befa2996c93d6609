//! What settings alone tell.

use std::time::Duration;

use clap::{Args, Command};
use url::Url;

use super::Finding;
use crate::config::{Config, StoreKind};
use crate::links::is_private_host;
use crate::visitors::TrustedProxies;

/// Fewer requests a day make no video at all: the lists, a create, a look.
const FEWEST_A_DAY: u32 = 5;

/// Visitors may be away for as long as this.
const SHORT_KEEP: Duration = Duration::from_secs(3600);

pub(super) fn of_settings(config: &Config, unknown: &[String]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = unknown.iter().map(|name| misspelt(name)).collect();
    findings.extend(
        config
            .check()
            .err()
            .map(|error| Finding::wrong(format!("{error:#}"), "correct this setting, or unset it")),
    );
    findings.extend(limits(config));
    findings.extend(key_file(config));
    if config.store == StoreKind::Memory {
        findings.push(Finding::advice(
            "jobs are kept in memory, and are gone when the process ends",
            "set KONPRO_PROXY_STORE=sqlite:/var/lib/konpro/konpro.db, or redis://… for several proxies",
        ));
    }
    if config.keep < SHORT_KEEP {
        findings.push(Finding::advice(
            "videos are erased within the hour: who looks away has paid for nothing",
            "set KONPRO_PROXY_KEEP to more, such as 30d",
        ));
    }
    findings
}

/// Who gets to the proxy, and how.
pub(super) fn of_ways(config: &Config) -> Vec<Finding> {
    let mut findings = pages(config);
    findings.extend(key_in_the_open(config));
    findings.extend(konpros_calls(config));
    findings.extend(visitors(config));
    findings
}

fn misspelt(name: &str) -> Finding {
    let settings = Config::augment_args(Command::new("settings"));
    let names = settings
        .get_arguments()
        .filter_map(|it| it.get_env()?.to_str());
    let nearest = names.min_by_key(|known| strsim::damerau_levenshtein(known, name));
    Finding::wrong(
        format!("{name} is set, and there is no such setting"),
        match nearest {
            Some(nearest) => format!("did you mean {nearest}? `konpro-proxy --help` lists all"),
            None => "`konpro-proxy --help` lists all".to_owned(),
        },
    )
}

/// Whether any page may use the proxy, and can.
fn pages(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let encrypted = |origin: &String| origin.starts_with("https://");
    match &config.public_url {
        None if config.origins.is_empty() && !config.addr.ip().is_loopback() => {
            findings.push(Finding::wrong(
                "no page may use this proxy from another computer",
                "set KONPRO_PROXY_PUBLIC_URL to the proxy's own HTTPS address, or KONPRO_PROXY_ORIGINS to your pages', such as https://www.example.com",
            ));
        }
        Some(public) if is_local(public) && config.origins.iter().any(encrypted) => {
            findings.push(Finding::wrong(
                format!("pages under https:// cannot call {public}: browsers refuse mixed content"),
                "set KONPRO_PROXY_PUBLIC_URL to an https:// address that your pages can reach",
            ));
        }
        None => findings.push(Finding::advice(
            "KonPro cannot tell this proxy when a video is finished, so the proxy has to look",
            "set KONPRO_PROXY_PUBLIC_URL to the proxy's own HTTPS address: a video then costs 2 requests instead of 5",
        )),
        Some(_) => findings.push(Finding::fine("pages may use the proxy")),
    }
    findings
}

fn is_local(url: &Url) -> bool {
    url.scheme() == "http"
}

fn limits(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.rate_per_day < FEWEST_A_DAY {
        findings.push(Finding::wrong(
            format!("{} requests a day make no video", config.rate_per_day),
            "set KONPRO_RATE_PER_DAY to what KonPro's plan allows: 100 on the free trial, 1000 on Pro",
        ));
    }
    if u64::from(config.rate_per_day) < u64::from(config.rate_per_minute) {
        findings.push(Finding::advice(
            "KONPRO_RATE_PER_MINUTE is more than KONPRO_RATE_PER_DAY",
            "look whether the two were mixed up",
        ));
    }
    if config.concurrent_videos > 6 {
        findings.push(Finding::advice(
            format!(
                "no plan of KonPro's renders {} videos at once",
                config.concurrent_videos
            ),
            "set KONPRO_CONCURRENT_VIDEOS to your plan's: Trial 1, Build 3, Launch and Scale 6",
        ));
    }
    if config.videos_per_visitor.0.is_none()
        && config.videos_per_day.is_none()
        && config.session_secret.is_none()
    {
        findings.push(Finding::advice(
            "anybody may make any number of videos at your cost",
            "set KONPRO_PROXY_VIDEOS_PER_VISITOR, KONPRO_PROXY_VIDEOS_PER_DAY or KONPRO_PROXY_SESSION_SECRET",
        ));
    }
    findings
}

/// Whether the key travels in the open.
fn key_in_the_open(config: &Config) -> Option<Finding> {
    let open = config.api_url.scheme() == "http" && !is_private_host(&config.api_url);
    open.then(|| {
        Finding::advice(
            format!("the key goes to {} unencrypted", config.api_url),
            "set KONPRO_API_URL to an https:// address, unless it is within your own network",
        )
    })
}

/// Whether KonPro, from where it is, can call at the public address.
fn konpros_calls(config: &Config) -> Option<Finding> {
    let public = config.public_url.as_ref()?;
    let out_of_reach = is_private_host(public) && !is_private_host(&config.api_url);
    out_of_reach.then(|| {
        Finding::wrong(
            format!("KonPro cannot reach {public}, which is no public address"),
            "set KONPRO_PROXY_PUBLIC_URL to an https:// address of the public internet, or unset it: then the proxy looks by itself",
        )
    })
}

/// Whether visitors can be told apart. The proxy itself speaks no TLS: where its public address is
/// https, another server is in front.
fn visitors(config: &Config) -> Option<Finding> {
    let behind = config.public_url.as_ref().is_some_and(|url| !is_local(url));
    let (trusted, mend) = match config.addr.ip().is_loopback() {
        true => (
            config.trusted_proxies.trust(config.addr.ip()),
            "set KONPRO_PROXY_TRUSTED_PROXIES=127.0.0.1,::1 and let that server set X-Forwarded-For",
        ),
        false => (
            config.trusted_proxies != TrustedProxies::default(),
            "set KONPRO_PROXY_TRUSTED_PROXIES to that server's address, such as 10.0.0.7, and let it set X-Forwarded-For",
        ),
    };
    (behind && !trusted && config.session_secret.is_none()).then(|| {
        Finding::wrong(
            "the server in front of the proxy is not trusted: all visitors count as one",
            mend,
        )
    })
}

#[cfg(unix)]
fn key_file(config: &Config) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let file = config.api_key_file.as_ref()?;
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (mode & 0o004 != 0).then(|| {
        Finding::advice(
            format!("every user of this computer can read {}", file.display()),
            format!("chmod 600 {}", file.display()),
        )
    })
}

#[cfg(not(unix))]
fn key_file(_: &Config) -> Option<Finding> {
    None
}
