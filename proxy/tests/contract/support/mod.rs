//! A proxy, a simulated KonPro behind it, and a visitor in front of it.

pub(crate) mod events;
pub(crate) mod leaks;
pub(crate) mod log;
pub(crate) mod program;
pub(crate) mod visitor;
pub(crate) mod wire;

use std::time::{Duration, SystemTime};

use axum::Router;
use clap::{Args, Command, FromArgMatches};
use futures_util::FutureExt;
use konpro_proxy::storage::{Memory, Storage};
use konpro_proxy::{Clock, Config, Proxy, Randomness, StoreKind, Surroundings};
use konpro_simulator::{Call, Dialect, Fault, FaultKind, Simulator};

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
    /// Carries what the proxy asks of the operator's own server.
    pub(crate) approvals: Wire,
    clock: Clock,
    randomness: Randomness,
    storage: Storage,
}

/// Settings as `konpro-proxy` has them when nothing but the key is set, except that jobs are kept
/// in memory, and that no limit is in the way of what a test is about.
pub(crate) fn settings() -> Config {
    let command = Config::augment_args(Command::new("contract"));
    let arguments = [
        "contract",
        "--api-key",
        KEY,
        "--api-url",
        "http://konpro.test",
    ];
    let config = Config::from_arg_matches(&command.get_matches_from(arguments)).unwrap();
    Config {
        store: StoreKind::Memory,
        rate_per_minute: 100_000,
        // A day in which looks are neither scarce nor plenty.
        rate_per_day: 110,
        videos_per_visitor: "none".parse().unwrap(),
        reuse: Duration::ZERO,
        ..config
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

    /// A stage on which several proxies live at once, as on one Redis.
    pub(crate) fn shared(config: Config, simulated: konpro_simulator::Config) -> Self {
        Self {
            storage: Storage::Memory(Memory::shared()),
            ..Self::of(config, simulated)
        }
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
            approvals: Wire::to(&simulator),
            simulator,
            clock: Clock::starting_at(epoch()),
            randomness: Randomness::from_seed(7),
            storage: Storage::memory(),
        }
    }

    /// A proxy as it starts: the first one, or one that takes over after a crash.
    pub(crate) fn proxy(&self) -> Router {
        self.started().router()
    }

    pub(crate) fn started(&self) -> Proxy {
        let surroundings = Surroundings {
            network: self.wire.network(),
            downloads: self.downloads.network(),
            approvals: self.approvals.network(),
            clock: self.clock,
            randomness: self.randomness.clone(),
            storage: self.storage.clone(),
        };
        // Memory makes nobody wait.
        let started = Proxy::start(&self.config, surroundings).now_or_never();
        started.unwrap().unwrap()
    }

    /// All that the store holds, as text.
    pub(crate) fn kept(&self) -> String {
        format!("{:?}", self.storage)
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
