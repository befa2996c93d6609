//! A proxy, a simulated KonPro behind it, and a visitor in front of it.

pub(crate) mod events;
pub(crate) mod leaks;
pub(crate) mod log;
pub(crate) mod program;
pub(crate) mod visitor;
pub(crate) mod wire;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use konpro_proxy::{Allowed, Clock, Config, MemoryStore, Randomness, StoreKind, Surroundings};
use konpro_simulator::{Call, Dialect, Fault, FaultKind, Simulator};
use url::Url;

use wire::Wire;

/// Unlike any other text, so that a search for it finds nothing else.
pub(crate) const KEY: &str = "kp-live/9f+27c41";

/// All that a proxy stands in. Every proxy of one stage has the same store and the same KonPro.
pub(crate) struct Stage {
    pub(crate) config: Config,
    pub(crate) simulator: Simulator,
    /// Carries what the proxy asks of KonPro.
    pub(crate) wire: Wire,
    /// Carries what the proxy asks of the videos' hosts.
    pub(crate) downloads: Wire,
    clock: Clock,
    randomness: Randomness,
    store: Arc<MemoryStore>,
}

/// Settings as `konpro-proxy` has them when nothing but the key is set.
pub(crate) fn settings() -> Config {
    Config {
        api_key: Some(KEY.parse().unwrap()),
        api_key_file: None,
        api_url: Url::parse("http://konpro.test").unwrap(),
        addr: ([127, 0, 0, 1], 8787).into(),
        public_url: None,
        origins: Vec::new(),
        secret: None,
        store: StoreKind::Memory,
        concurrent_videos: 1,
        scope: Allowed::Public,
        max_text: 5000,
        lists: Duration::from_secs(24 * 3600),
        page: None,
    }
}

/// KonPro as the proxy's settings expect it.
pub(crate) fn simulated() -> konpro_simulator::Config {
    konpro_simulator::Config {
        api_key: KEY.to_owned(),
        public_url: "http://konpro.test".to_owned(),
        epoch: epoch(),
        ..konpro_simulator::Config::default()
    }
}

/// 23 November 2026, 12:00 UTC.
fn epoch() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200)
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::of(settings(), simulated())
    }

    pub(crate) fn set(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = settings();
        change(&mut config);
        Self::of(config, simulated())
    }

    pub(crate) fn in_dialect(dialect: Dialect) -> Self {
        let konpro = konpro_simulator::Config {
            dialect,
            ..simulated()
        };
        Self::of(settings(), konpro)
    }

    pub(crate) fn of(config: Config, simulated: konpro_simulator::Config) -> Self {
        let simulator = Simulator::new(simulated);
        Self {
            config,
            wire: Wire::to(&simulator),
            downloads: Wire::to(&simulator),
            simulator,
            clock: Clock::starting_at(epoch()),
            randomness: Randomness::from_seed(7),
            store: Arc::default(),
        }
    }

    /// A proxy as it starts: the first one, or one that takes over after a crash.
    pub(crate) fn proxy(&self) -> Router {
        let surroundings = Surroundings {
            network: self.wire.network(),
            downloads: self.downloads.network(),
            clock: self.clock,
            randomness: self.randomness.clone(),
            store: Arc::clone(&self.store),
        };
        konpro_proxy::router(&self.config, surroundings).unwrap()
    }

    /// All that the store holds, as text.
    pub(crate) fn kept(&self) -> String {
        format!("{:?}", self.store)
    }

    /// The next `times` calls go wrong at KonPro.
    pub(crate) fn inject(&self, on: Call, kind: FaultKind, times: u32) {
        self.simulator.inject(Fault { on, kind, times });
    }

    /// How often KonPro was asked.
    pub(crate) fn asked(&self, call: Call) -> u64 {
        self.simulator.counts().requests(call)
    }

    /// How many videos KonPro was paid for.
    pub(crate) fn paid(&self) -> usize {
        self.simulator.counts().created.len()
    }
}
