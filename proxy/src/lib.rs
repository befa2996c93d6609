//! KonPro's video API without the key: what a web page may talk to.
//!
//! **What it is:** KonPro's paths and bodies, with KonPro's key added on the way; each job driven by
//! [`konpro_job::Machine`] and never sent twice, lists kept, videos at addresses that do not
//! expire, ids that are sealed, pages that are named.
//!
//! **What it is not:** a general proxy. What [`router`] does not list cannot be reached.
//!
//! Time, randomness, the network and the store are given in [`Surroundings`]: tests own them.

mod approval;
mod archive;
mod askers;
mod budget;
mod clock;
mod config;
pub mod demo;
pub mod doctor;
mod doubts;
mod environment;
mod estimates;
mod failure;
mod links;
mod lists;
mod metrics;
pub mod network;
mod origins;
mod page;
mod permits;
mod push;
mod queue;
mod quotas;
mod randomness;
mod record;
mod requests;
mod routes;
mod scope;
mod secrets;
mod serve;
mod sessions;
pub mod storage;
mod store;
mod tickets;
mod tracker;
mod upstream;
mod validation;
mod visitors;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::warn;

pub use archive::ArchiveSetting;
pub use clock::Clock;
pub use config::{Config, CreditRule, LogFormat, StoreKind, VisitorLimit};
pub use doubts::Doubts;
pub use environment::unknown_settings;
pub use network::{Network, NetworkError};
pub use randomness::Randomness;
pub use scope::Allowed;
pub use secrets::{ApiKey, Secret};
pub use serve::{Connections, serve};
pub use visitors::TrustedProxies;

use approval::Approval;
use archive::Archive;
use askers::Askers;
use budget::Allowance;
use lists::Lists;
use metrics::Metrics;
use permits::Budget;
use routes::{App, Parts, Rendered, Told};
use sessions::Sessions;
use storage::Storage;
use store::Store;
use tickets::Seal;
use tracker::{Means, Tracker};
use upstream::Upstream;

/// The store is asked again so often while it cannot be reached.
const STORE_RETRY: Duration = Duration::from_millis(500);

/// All that the proxy's logic takes from outside.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The way to KonPro, where the key goes.
    pub network: Network,
    /// The way to finished videos, where it does not.
    pub downloads: Network,
    /// The way to the operator's own server, which approves of videos.
    pub approvals: Network,
    /// The time.
    pub clock: Clock,
    /// Ids and secrets.
    pub randomness: Randomness,
    /// Where jobs are kept. Handed to a second proxy it is what survives a restart.
    pub storage: Storage,
}

impl Surroundings {
    /// The world as it is.
    pub fn real(config: &Config) -> anyhow::Result<Self> {
        let api = links::Links::of(config.api_url.clone());
        let network = match api.api_is_private() {
            true => network::nearby()?,
            false => network::direct()?,
        };
        Ok(Self {
            network,
            downloads: network::downloads(&config.api_url)?,
            approvals: network::direct()?,
            clock: Clock::starting_at(SystemTime::now()),
            randomness: Randomness::from_system(),
            storage: config.store.open()?,
        })
    }
}

/// The proxy as a router, to be mounted by an axum server.
///
/// For quotas to tell visitors apart the server must say who connects
/// (`into_make_service_with_connect_info::<SocketAddr>`). Where it does not, all of them are one
/// visitor, whatever `X-Forwarded-For` says: `KONPRO_PROXY_TRUSTED_PROXIES` believes addresses, and
/// there is none. Dropping all of the router's clones stops all work on jobs, as a crash would:
/// nothing is lost. [`Proxy`] can be told to stop, and ends what is under way first.
///
/// ```no_run
/// use clap::{Args, Command, FromArgMatches};
/// use konpro_proxy::Config;
///
/// # async fn serve() -> anyhow::Result<()> {
/// // Every setting as `konpro-proxy` reads it, from the environment. Nested like this,
/// // KONPRO_PROXY_PUBLIC_URL ends with /konpro.
/// let settings = Config::augment_args(Command::new("site")).get_matches_from(["site"]);
/// let config = Config::from_arg_matches(&settings)?;
/// let site = axum::Router::new().nest("/konpro", konpro_proxy::router(&config).await?);
/// # let _ = site;
/// # Ok(())
/// # }
/// ```
pub async fn router(config: &Config) -> anyhow::Result<Router> {
    let proxy = Proxy::start(config, Surroundings::real(config)?).await?;
    Ok(proxy.router())
}

/// A running proxy.
pub struct Proxy {
    app: App,
    router: Router,
}

impl Proxy {
    /// Needs a tokio runtime. Dropping it and its routers stops all work on jobs, as a crash would.
    ///
    /// Fails on settings that cannot work, with a sentence that names the setting.
    pub async fn start(config: &Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        config.check()?;
        let Surroundings {
            network,
            downloads,
            approvals,
            clock,
            randomness,
            storage,
        } = surroundings;
        let metrics = Metrics::default();
        let clock = common_clock(&storage, clock).await;
        let store = Store::new(
            storage,
            clock,
            randomness.clone(),
            config.keep,
            metrics.clone(),
        );
        let store = Arc::new(store);
        let made = first_secret(&store).await;
        // What the store's own secret has sealed before one was set is still honoured.
        let own = Secret::new(vec![made.clone()]);
        let seal = match &config.secret {
            Some(secret) => Seal::new(&secret.or(&own)),
            None => Seal::new(&own),
        };
        let allowance = Allowance {
            per_minute: config.rate_per_minute,
            per_day: config.rate_per_day,
        };
        let (url, key) = (config.api_url.clone(), config.key()?);
        let upstream = Upstream::new(network, url, key, metrics.clone());
        let source = lists::source(&config.scope, &config.api_url);
        let archive = config.archive.as_ref().map(Archive::open).transpose()?;
        let tracker = Tracker::start(Means {
            store: Arc::clone(&store),
            upstream,
            budget: Arc::new(Budget::new(allowance, clock, Arc::clone(&store))),
            clock,
            randomness: randomness.clone(),
            downloads: downloads.clone(),
            archive: archive.clone(),
            seal: seal.clone(),
            webhooks: config.webhooks(),
            concurrent: config.concurrent_videos,
            scope: config.scope.clone(),
            source: source.clone(),
            lists: config.lists,
            metrics: metrics.clone(),
        });
        let app = App(Arc::new(Parts {
            rendered: Rendered::default(),
            told: Told::default(),
            lists: Lists::new(Arc::clone(&store), clock, config.scope.clone(), source),
            seal,
            max_text: config.max_text,
            at_once: u32::try_from(config.concurrent_videos).unwrap_or(u32::MAX),
            limits: config.limits(),
            credits: config.credits.credits(),
            askers: Askers {
                sessions: config.session_secret.as_ref().map(Sessions::new),
                trusted: config.trusted_proxies.clone(),
                salt: made,
            },
            approval: config
                .approve_url
                .clone()
                .map(|url| Approval::new(url, approvals)),
            archive,
            store,
            tracker,
            clock,
            randomness,
            downloads,
            stopping: watch::Sender::new(false),
            metrics,
        }));
        let page = config
            .page
            .as_deref()
            .map(|folder| page::serve(folder, &config.api_url));
        let router = routes::router(app.clone(), config.allowed_origins(), page);
        Ok(Self { app, router })
    }

    /// The visitors' calls.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The operator's own calls: `/metrics`. Not for visitors.
    pub fn admin_router(&self) -> Router {
        routes::admin_router(self.app.clone())
    }

    /// Ends event streams, which browsers open again elsewhere, begins no more requests to KonPro,
    /// waits for those under way, and leaves the rest to the next process.
    pub async fn stop(&self) {
        self.app.0.stopping.send_replace(true);
        self.app.0.tracker.stop().await;
    }
}

/// Processes on one storage that has a clock of its own go by that one: they share a budget.
async fn common_clock(storage: &Storage, own: Clock) -> Clock {
    loop {
        match storage.time().await {
            Ok(None) => return own,
            Ok(Some(millis)) => {
                return Clock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
            }
            Err(error) => warn!(%error, "the store does not tell the time; waiting for it"),
        }
        sleep(STORE_RETRY).await;
    }
}

/// The store's own secret; waits for a store that is away, which may have one.
async fn first_secret(store: &Store) -> String {
    loop {
        match store.secret().await {
            Ok(secret) => return secret,
            Err(error) => warn!(%error, "the store does not answer; waiting for it"),
        }
        sleep(STORE_RETRY).await;
    }
}
