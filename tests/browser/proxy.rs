//! The proxy of a scenario: with settings of its own, behind a [`Gate`], and started again when the scenario wants it.

use std::env;
use std::net::SocketAddr;

use clap::Parser;
use konpro_proxy::{Config, Connections, Proxy, Surroundings, serve};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use crate::gate::Gate;
use crate::waiting::until;

/// A proxy at work, until it is dropped.
pub struct Served {
    config: Config,
    address: SocketAddr,
    gate: Gate,
    serving: Mutex<Option<Serving>>,
}

struct Serving {
    proxy: Proxy,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start(listener: TcpListener, config: Config, gate: Gate) -> Self {
        let address = listener.local_addr().unwrap();
        let serving = Mutex::new(Some(begin(listener, &config, &gate).await));
        Self {
            config,
            address,
            gate,
            serving,
        }
    }

    /// Ends as a process does that is told to, and begins again with the same settings at the same address: what is left
    /// is what the store has kept.
    pub async fn restart(&self) {
        let mut serving = self.serving.lock().await;
        let Serving { proxy, stop, task } = serving.take().unwrap();
        stop.send(()).unwrap();
        proxy.stop().await;
        task.await.unwrap();
        // Only now is the store free.
        drop(proxy);
        let bind = async || TcpListener::bind(self.address).await.ok();
        let listener = until("the proxy's address to be free", bind).await;
        *serving = Some(begin(listener, &self.config, &self.gate).await);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.get_mut() {
            serving.task.abort();
        }
    }
}

async fn begin(listener: TcpListener, config: &Config, gate: &Gate) -> Serving {
    let surroundings = Surroundings::real(config).unwrap();
    let proxy = Proxy::start(config, surroundings).await.unwrap();
    let router = gate.before(proxy.router());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        serve(listener, router, Connections::default(), stopped).await;
    });
    Serving { proxy, stop, task }
}

/// The settings, read as an operator's are; `own` are flags and their values in turn, beside or in place of the usual.
pub fn config(key: &str, konpro: &str, own: &[&str]) -> Config {
    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        config: Config,
    }
    let page = env::var("KONPRO_TEST_PAGE").expect("no page to test: `cargo xtask test` builds it");
    let usual = [
        ["--api-key", key],
        ["--api-url", konpro],
        ["--page", &page],
        ["--store", "memory:"],
        // Most scenarios are about the widget, not about scarcity.
        ["--rate-per-minute", "10000"],
        ["--rate-per-day", "10000"],
    ];
    let usual = usual.iter().filter(|[flag, _]| !own.contains(flag));
    let arguments = usual.flatten().copied().chain(own.iter().copied());
    Settings::parse_from(["konpro-proxy"].into_iter().chain(arguments)).config
}
