//! KonPro's video API without the key: what a web page may talk to.
//!
//! **What it is:** KonPro's paths and bodies, with KonPro's key added on the way; each job driven by
//! [`konpro_job::Machine`] and never sent twice, lists kept, videos at addresses that do not
//! expire, ids that are sealed, pages that are named.
//!
//! **What it is not:** a general proxy. What [`router`] does not list cannot be reached.
//!
//! Time, randomness, the network and the store are given in [`Surroundings`]: tests own them.

#[allow(dead_code, unused_imports)] // wired up in the next commits
mod archive;
mod clock;
mod config;
pub mod demo;
mod environment;
mod failure;
mod links;
mod lists;
pub mod network;
mod origins;
mod page;
mod push;
mod randomness;
mod record;
mod requests;
mod routes;
mod scope;
mod secrets;
mod serve;
#[allow(dead_code)] // wired up in the next commits
pub mod storage;
mod store;
mod tickets;
mod tracker;
mod upstream;
mod validation;

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use clock::Clock;
pub use config::{Config, StoreKind};
pub use environment::check_environment;
pub use network::{Network, NetworkError};
pub use randomness::Randomness;
pub use scope::Allowed;
pub use secrets::{ApiKey, Secret};
pub use serve::serve;
pub use store::MemoryStore;

use lists::Lists;
use routes::{App, Parts};
use tickets::Seal;
use tracker::Tracker;
use upstream::Upstream;

/// All that the proxy's logic takes from outside.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The way to KonPro, where the key goes.
    pub network: Network,
    /// The way to finished videos, where it does not.
    pub downloads: Network,
    /// The time.
    pub clock: Clock,
    /// Ids and secrets.
    pub randomness: Randomness,
    /// Jobs. Handed to a second router it is what survives a restart.
    pub store: Arc<MemoryStore>,
}

impl Surroundings {
    /// The world as it is.
    pub fn real(config: &Config) -> anyhow::Result<Self> {
        let api = links::Links::of(config.api_url.clone());
        let (network, downloads) = if api.api_is_private() {
            let nearby = network::nearby()?;
            (nearby.clone(), nearby)
        } else {
            (network::direct()?, network::public_only()?)
        };
        Ok(Self {
            network,
            downloads,
            clock: Clock::starting_at(SystemTime::now()),
            randomness: Randomness::from_system(),
            store: Arc::default(),
        })
    }
}

/// The proxy as a router. Needs a tokio runtime; dropping it stops all work on jobs.
///
/// Fails on settings that cannot work, with a sentence that names the setting.
pub fn router(config: &Config, surroundings: Surroundings) -> anyhow::Result<Router> {
    config.check()?;
    let Surroundings {
        network,
        downloads,
        clock,
        randomness,
        store,
    } = surroundings;
    let upstream = Upstream::new(network, config.api_url.clone(), config.key()?);
    let made = || URL_SAFE_NO_PAD.encode(randomness.bytes::<32>());
    let secret = config
        .secret
        .clone()
        .unwrap_or_else(|| Secret::new(vec![store.secret(made)]));
    let tracker = Tracker::new(
        Arc::clone(&store),
        upstream.clone(),
        clock,
        config.concurrent_videos,
    );
    tracker.resume();
    let app = App(Arc::new(Parts {
        lists: Lists::new(upstream, clock, config.scope.clone(), config.lists),
        seal: Seal::new(&secret),
        max_text: config.max_text,
        store,
        tracker,
        clock,
        randomness,
        downloads,
    }));
    let page = config
        .page
        .as_deref()
        .map(|folder| page::serve(folder, &config.api_url));
    Ok(routes::router(app, config.allowed_origins(), page))
}
