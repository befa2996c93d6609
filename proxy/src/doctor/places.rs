//! Whether the store and the archive can be used, and the proxy be reached.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Method;
use bytes::Bytes;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Finding;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::{Config, StoreKind};
use crate::metrics::Metrics;
use crate::network::{self, Network};
use crate::randomness::Randomness;
use crate::secrets::Secret;
use crate::storage::Storage;
use crate::store::{JobId, Store};
use crate::tickets::Seal;

const LIMIT: Duration = Duration::from_secs(10);
/// Clocks of proxies on one Redis may be apart by no more.
const TOLERANCE: u64 = 500;

/// Also gives the secret that is kept in the store, where it is the running proxy's too.
pub(super) async fn examine_store(config: &Config) -> (Vec<Finding>, Option<Secret>) {
    let mut findings = Vec::new();
    let storage = match config.store.open() {
        Ok(storage) => storage,
        Err(error) => {
            let said = format!("{error:#}");
            let StoreKind::Sqlite(path) = &config.store else {
                let mend = "correct KONPRO_PROXY_STORE";
                return (vec![Finding::wrong(said, mend)], None);
            };
            match Storage::sqlite_beside(path) {
                Ok(storage) if said.contains("another konpro-proxy") => {
                    findings.push(Finding::fine("a running proxy has the store"));
                    storage
                }
                _ => {
                    let mend = "name a file in a folder where this user may write, such as sqlite:/var/lib/konpro/konpro.db";
                    return (vec![Finding::wrong(said, mend)], None);
                }
            }
        }
    };
    let clock = Clock::starting_at(SystemTime::now());
    let store = Store::new(
        storage.clone(),
        clock,
        Randomness::from_system(),
        config.keep,
        Metrics::default(),
    );
    let secret = match store.secret().await {
        Ok(secret) => secret,
        Err(error) => {
            findings.push(Finding::wrong(
                format!("the store does not answer: {error}"),
                "start it, or correct KONPRO_PROXY_STORE (host, port, password)",
            ));
            return (findings, None);
        }
    };
    findings.push(Finding::fine("the store can be read and written"));
    if let Ok(Some(theirs)) = storage.time().await {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let ours = since.map_or(0, |it| it.as_millis() as u64);
        if ours.abs_diff(theirs) > TOLERANCE {
            findings.push(Finding::wrong(
                format!(
                    "this computer's clock is {} ms off the store's",
                    ours.abs_diff(theirs)
                ),
                "let both follow NTP: proxies that share a budget go by one time",
            ));
        }
    }
    let shared = config.store != StoreKind::Memory;
    (findings, shared.then(|| Secret::new(vec![secret])))
}

pub(super) async fn examine_archive(config: &Config) -> Option<Finding> {
    let archive = Archive::open(config.archive.as_ref()?);
    let checked = match archive {
        Ok(archive) => timeout(LIMIT, archive.check())
            .await
            .unwrap_or_else(|_| Err(anyhow::anyhow!("KONPRO_PROXY_ARCHIVE: it does not answer"))),
        Err(error) => Err(error),
    };
    Some(match checked {
        Ok(()) => Finding::fine("the archive can be written and read"),
        Err(error) => Finding::wrong(
            format!("{error:#}"),
            "look at the folder's owner, or at the bucket's name, AWS_ENDPOINT_URL, AWS_REGION and the access key's rights",
        ),
    })
}

/// Whether KonPro's call would reach this very proxy.
pub(super) async fn examine_public_url(config: &Config, stored: Option<Secret>) -> Option<Finding> {
    let public = config.public_url.as_ref()?;
    let base = public.as_str().trim_end_matches('/');
    let network = network::nearby().ok()?;
    match status(&network, Method::GET, &format!("{base}/health/live")).await {
        Some(200) => {}
        Some(status) => {
            return Some(Finding::wrong(
                format!("{public} is answered by something else: {status} at /health/live"),
                "let the server in front pass this address, with its path, to KONPRO_PROXY_ADDR",
            ));
        }
        None => {
            return Some(Finding::wrong(
                format!("nothing answers at {public}"),
                "start the proxy and the server in front of it, and look at DNS, certificate and firewall; then run this again",
            ));
        }
    }
    let Some(secret) = config.secret.clone().or(stored) else {
        return Some(Finding::advice(
            format!("something answers at {public}; whether it is this proxy cannot be told"),
            "give this and the proxy the same KONPRO_PROXY_SECRET, or a store that both can read, and run this again",
        ));
    };
    // Only a proxy with the same secret knows such a token.
    let token = Seal::new(&secret).webhook_token(JobId::from_bytes([0; 8]));
    let webhook = format!("{base}/webhooks/konpro/{token}");
    Some(match status(&network, Method::OPTIONS, &webhook).await {
        Some(200) => Finding::fine(format!(
            "{public} is this proxy: KonPro's webhooks reach it"
        )),
        _ => Finding::wrong(
            format!(
                "something answers at {public}, but no proxy of this deployment, or not to OPTIONS"
            ),
            "let the server in front pass /webhooks/konpro/ with every method, and give all proxies the same KONPRO_PROXY_STORE or KONPRO_PROXY_SECRET",
        ),
    })
}

async fn status(network: &Network, method: Method, url: &str) -> Option<u16> {
    let request = http::Request::builder().method(method).uri(url);
    let request = request.body(Bytes::new()).ok()?;
    let answer = timeout(LIMIT, network.clone().oneshot(request)).await;
    Some(answer.ok()?.ok()?.status().as_u16())
}
