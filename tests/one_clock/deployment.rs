//! The proxy and the simulator, with trouble between them, and a proxy that dies.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use clap::{Args, Command, FromArgMatches};
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use konpro_proxy::storage::{Memory, Storage};
use konpro_proxy::{Clock, Config, Network, NetworkError, Proxy, Randomness, Surroundings};
use konpro_simulator::{Dialect, Simulator};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::broadcast;
use tokio::time::sleep;
use tower::{ServiceExt, service_fn};

use crate::chance::Chance;

/// Everything behind the visitors' browsers.
#[derive(Clone)]
pub(crate) struct Deployment {
    pub(crate) simulator: Simulator,
    pub(crate) chance: Chance,
    pub(crate) clock: Clock,
    pub(crate) dialect: Dialect,
    config: Config,
    surroundings: Surroundings,
    /// The proxies on one store; of those that are dead nothing is left.
    routers: Rc<RefCell<Vec<Option<Router>>>>,
    /// Told at each crash: what was under way is gone.
    crashes: Rc<broadcast::Sender<()>>,
}

impl Deployment {
    pub(crate) fn start(seed: u64, chance: &Chance) -> Self {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let dialect = match chance.between(0, 1) {
            0 => Dialect::Documentation,
            _ => Dialect::Sdk,
        };
        let limits = Limits::drawn(chance);
        let simulator = Simulator::new(konpro_simulator::Config {
            dialect,
            concurrent: Some(limits.concurrent),
            per_minute: Some(limits.per_minute),
            per_day: Some(limits.per_day),
            seed,
            epoch,
            ..konpro_simulator::Config::default()
        });
        let network = troubled(&simulator, chance);
        let clock = Clock::starting_at(epoch);
        let surroundings = Surroundings {
            downloads: network.clone(),
            approvals: network.clone(),
            network,
            clock,
            randomness: Randomness::from_seed(seed),
            storage: Storage::Memory(Memory::shared()),
        };
        let proxies = chance.between(1, 2) as usize;
        let deployment = Self {
            simulator,
            chance: chance.clone(),
            clock,
            dialect,
            config: config(chance, limits),
            surroundings,
            routers: Rc::new(RefCell::new(vec![None; proxies])),
            crashes: Rc::new(broadcast::Sender::new(1)),
        };
        (0..proxies).for_each(|nth| deployment.boot(nth));
        deployment
    }

    /// One of the proxies, if that one runs.
    pub(crate) fn router(&self) -> Option<Router> {
        let routers = self.routers.borrow();
        let nth = self.chance.between(1, routers.len() as u64) as usize - 1;
        routers[nth].clone()
    }

    /// Ends when a proxy dies.
    pub(crate) fn crash(&self) -> impl Future<Output = ()> + use<> {
        let mut crashes = self.crashes.subscribe();
        async move {
            // Woken in the order in which they began to wait, which a `watch` does not do.
            let _ = crashes.recv().await;
        }
    }

    /// Kills a proxy now and then, as long as there is trouble. Returns how often.
    pub(crate) async fn restart_at_random(self) -> usize {
        let mut restarts = 0;
        loop {
            sleep(Duration::from_secs(self.chance.between(5, 600))).await;
            if self.chance.is_calm() {
                return restarts;
            }
            if self.chance.strikes() {
                let proxies = self.routers.borrow().len() as u64;
                let nth = self.chance.between(1, proxies) as usize - 1;
                self.chance.note(&format!("proxy {nth} dies"));
                restarts += 1;
                self.routers.borrow_mut()[nth].take();
                let _ = self.crashes.send(());
                sleep(Duration::from_secs(self.chance.between(1, 120))).await;
                self.boot(nth);
                self.chance.note(&format!("proxy {nth} is back"));
            }
        }
    }

    /// A proxy over the store that the last one left behind.
    fn boot(&self, nth: usize) {
        let started = Proxy::start(&self.config, self.surroundings.clone()).now_or_never();
        let proxy = started.unwrap().unwrap();
        self.routers.borrow_mut()[nth] = Some(proxy.router());
    }
}

/// What KonPro allows, and the proxies know.
#[derive(Clone, Copy)]
struct Limits {
    per_minute: u32,
    per_day: u32,
    concurrent: usize,
}

impl Limits {
    /// Where nothing goes wrong, those of the free trial: how often is looked depends on them.
    fn drawn(chance: &Chance) -> Self {
        if chance.is_calm() {
            return Self {
                per_minute: 10,
                per_day: 100,
                concurrent: 1,
            };
        }
        Self {
            per_minute: chance.between(3, 20) as u32,
            per_day: chance.between(80, 300) as u32,
            concurrent: chance.between(1, 2) as usize,
        }
    }
}

fn config(chance: &Chance, limits: Limits) -> Config {
    let scope = if chance.between(0, 7) == 0 {
        "public"
    } else {
        "all"
    };
    let [minute, day, concurrent] = [
        limits.per_minute.to_string(),
        limits.per_day.to_string(),
        limits.concurrent.to_string(),
    ];
    let flags = [
        "one-clock",
        "--api-key",
        "simulated-key",
        "--api-url",
        "http://127.0.0.1:9000",
        "--scope",
        scope,
        "--rate-per-minute",
        &minute,
        "--rate-per-day",
        &day,
        "--concurrent-videos",
        &concurrent,
        "--store",
        "memory:",
    ];
    let command = Config::augment_args(Command::new("one-clock"));
    Config::from_arg_matches(&command.get_matches_from(flags)).unwrap()
}

/// KonPro behind a network that loses, delays, repeats and garbles.
fn troubled(simulator: &Simulator, chance: &Chance) -> Network {
    let (simulator, chance) = (simulator.clone(), chance.clone());
    Network::new(service_fn(move |request: Request<Bytes>| {
        carry(simulator.clone(), chance.clone(), request)
    }))
}

async fn carry(
    simulator: Simulator,
    chance: Chance,
    request: Request<Bytes>,
) -> Result<Response<Body>, NetworkError> {
    let call = format!("{} {}", request.method(), request.uri().path());
    let say = |what: &str| chance.note(&format!("{call}: {what}"));
    sleep(chance.delay()).await;
    let trouble = if chance.strikes() {
        chance.between(1, 8)
    } else {
        0
    };
    match trouble {
        1 => {
            say("never opened");
            return Err(NetworkError::NeverOpened);
        }
        2 => {
            say("lost on the way");
            return Err(NetworkError::Lost);
        }
        3 => return Ok(refusal(&say, 429, "7")),
        4 => return Ok(refusal(&say, 429, "")),
        5 => return Ok(refusal(&say, 503, "")),
        _ => {}
    }
    let answer = simulator.service().oneshot(request.map(Body::from)).await;
    let answer = answer.map_err(|_| NetworkError::Lost)?;
    say(&format!("answered {}", answer.status()));
    sleep(chance.delay()).await;
    match trouble {
        6 => {
            say("answer lost");
            Err(NetworkError::Lost)
        }
        7 => Ok(refusal(&say, 500, "")),
        8 => {
            say("answer cut");
            let (parts, body) = answer.into_parts();
            let bytes = body
                .collect()
                .await
                .map_err(|_| NetworkError::Lost)?
                .to_bytes();
            Ok(Response::from_parts(
                parts,
                Body::from(bytes.slice(..bytes.len() / 2)),
            ))
        }
        _ => Ok(answer),
    }
}

fn refusal(say: &dyn Fn(&str), status: u16, retry_after: &str) -> Response<Body> {
    say(&format!("a gateway says {status}"));
    let mut response = Response::builder().status(status);
    if !retry_after.is_empty() {
        response = response.header("retry-after", retry_after);
    }
    response
        .body(Body::from("<html>Bad gateway</html>"))
        .unwrap()
}
