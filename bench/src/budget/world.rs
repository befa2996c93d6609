use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use clap::{Args, Command, FromArgMatches};
use http::Request;
use konpro_proxy::storage::Storage;
use konpro_proxy::{Clock, Config, Network, NetworkError, Proxy, Randomness, Surroundings};
use konpro_simulator::{Simulator, WebhookSender};
use tower::{BoxError, ServiceExt, service_fn};

use super::Way;

pub(crate) const KEY: &str = "simulated-key";
const PUBLIC: &str = "https://video.example.com";

/// What KonPro allows the key.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) per_minute: u32,
    pub(crate) per_day: u32,
    pub(crate) concurrent: usize,
}

impl Limits {
    pub(crate) const TRIAL: Self = Self {
        per_minute: 10,
        per_day: 100,
        concurrent: 1,
    };
    pub(crate) const PRO: Self = Self {
        per_minute: 60,
        per_day: 1_000,
        concurrent: 3,
    };
}

/// KonPro, and a proxy where there is one.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) way: Way,
    pub(crate) proxy: Option<Router>,
}

impl World {
    pub(crate) async fn new(limits: Limits, way: Way) -> anyhow::Result<Self> {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let receiver: Arc<OnceLock<Router>> = Arc::default();
        let webhooks = way == Way::Proxy { webhooks: true };
        let simulator = Simulator::new(konpro_simulator::Config {
            api_key: KEY.to_owned(),
            per_minute: Some(limits.per_minute),
            per_day: Some(limits.per_day),
            concurrent: Some(limits.concurrent),
            epoch,
            webhooks: webhooks.then(|| carrier(Arc::clone(&receiver))),
            ..konpro_simulator::Config::default()
        });
        let proxy = match way {
            Way::Proxy { .. } => {
                let network = wire(&simulator);
                let surroundings = Surroundings {
                    downloads: network.clone(),
                    approvals: network.clone(),
                    network,
                    clock: Clock::starting_at(epoch),
                    randomness: Randomness::from_seed(1),
                    storage: Storage::memory(),
                };
                let config = settings(limits, webhooks)?;
                let router = Proxy::start(&config, surroundings).await?.router();
                // Nobody else has set it.
                let _ = receiver.set(router.clone());
                Some(router)
            }
            Way::Poller { .. } => None,
        };
        Ok(Self {
            simulator,
            way,
            proxy,
        })
    }
}

fn settings(limits: Limits, webhooks: bool) -> anyhow::Result<Config> {
    let mut arguments: Vec<String> = ["bench", "--api-key", KEY, "--store", "memory:"]
        .map(str::to_owned)
        .to_vec();
    for (flag, value) in [
        ("--api-url", "http://127.0.0.1:9000".to_owned()),
        ("--scope", "all".to_owned()),
        ("--videos-per-visitor", "none".to_owned()),
        ("--rate-per-minute", limits.per_minute.to_string()),
        ("--rate-per-day", limits.per_day.to_string()),
        ("--concurrent-videos", limits.concurrent.to_string()),
    ] {
        arguments.extend([flag.to_owned(), value]);
    }
    if webhooks {
        arguments.extend(["--public-url".to_owned(), PUBLIC.to_owned()]);
    }
    let command = Config::augment_args(Command::new("bench"));
    Ok(Config::from_arg_matches(
        &command.get_matches_from(arguments),
    )?)
}

/// The line to KonPro: a tenth of a second for each call.
fn wire(simulator: &Simulator) -> Network {
    let simulator = simulator.clone();
    Network::new(service_fn(move |request: Request<Bytes>| {
        let simulator = simulator.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let answer = simulator.service().oneshot(request.map(Body::from)).await;
            answer.map_err(|_| NetworkError::Lost)
        }
    }))
}

/// Carries KonPro's calls to the proxy.
fn carrier(receiver: Arc<OnceLock<Router>>) -> WebhookSender {
    WebhookSender::new(service_fn(move |request: Request<Bytes>| {
        let receiver = receiver.get().cloned();
        async move {
            let proxy = receiver.ok_or("no proxy yet")?;
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.to_string();
            parts.uri = path.strip_prefix(PUBLIC).ok_or("another's call")?.parse()?;
            let answer = proxy
                .oneshot(Request::from_parts(parts, Body::from(body)))
                .await?;
            Ok::<_, BoxError>(answer.status())
        }
    }))
}
