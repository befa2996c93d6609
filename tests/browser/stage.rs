//! Everything that a scenario needs, started afresh for each: KonPro, the proxy, a browser, and wires between them.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use konpro_simulator::Simulator;
use memchr::memmem;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bare::Nginx;
use crate::driver::Browser;
use crate::gate::Gate;
use crate::proxy::{Served, config};
use crate::relay::Relay;
use crate::{leaks, logs};

/// One visitor before one page.
pub struct Stage {
    pub browser: Browser,
    pub simulator: Simulator,
    /// Between the browser and the proxy.
    pub wire: Relay,
    /// Before the proxy's own door.
    pub gate: Gate,
    media: Relay,
    key: String,
    network_may_fail: AtomicBool,
    _servers: JoinSet<()>,
    proxy: Proxy,
}

enum Proxy {
    Ours(Box<Served>),
    Bare(#[allow(dead_code, reason = "runs until it is dropped")] Nginx),
}

/// Plays a scenario, and then checks what must hold in each: no error on the page, no violated policy, and KonPro's
/// key nowhere in what the browser received or the proxy logged. `speed` is how much faster than KonPro videos are made.
pub async fn play(speed: f64, scenario: impl AsyncFnOnce(&Stage)) {
    play_with(&[], speed, scenario).await;
}

/// The same, where the proxy has these settings, flags and values in turn, beside or in place of the usual ones.
pub async fn play_with(settings: &[&str], speed: f64, scenario: impl AsyncFnOnce(&Stage)) {
    play_on(Stage::set(Some(settings), speed).await, scenario).await;
}

/// The same before a reverse proxy that does nothing but add the key.
pub async fn play_bare(speed: f64, scenario: impl AsyncFnOnce(&Stage)) {
    play_on(Stage::set(None, speed).await, scenario).await;
}

async fn play_on(stage: Stage, scenario: impl AsyncFnOnce(&Stage)) {
    let outcome = AssertUnwindSafe(scenario(&stage)).catch_unwind().await;
    let mut findings = stage.complaints().await;
    findings.extend(stage.leaks());
    stage.browser.client.clone().close().await.unwrap();
    if let Err(panic) = outcome {
        eprintln!("{findings:#?}");
        resume_unwind(panic);
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

impl Stage {
    /// Opens the page, or opens it again.
    pub async fn open_page(&self) {
        let client = &self.browser.client;
        client.goto(&self.wire.url()).await.unwrap();
        let listen = "window.heard = []; for (const name of arguments) document.addEventListener(
            `konpro-${name}`, (event) => heard.push({ name: event.type, job: event.detail }))";
        let names = ["created", "progress", "completed", "failed"];
        client
            .execute(listen, names.map(Value::from).to_vec())
            .await
            .unwrap();
    }

    /// The jobs that the widgets' events of this name have told the page since it was opened.
    pub async fn heard(&self, name: &str) -> Vec<Value> {
        let told =
            "return heard.filter((event) => event.name === arguments[0]).map((event) => event.job)";
        let jobs = self
            .browser
            .client
            .execute(told, vec![name.into()])
            .await
            .unwrap();
        jobs.as_array().unwrap().clone()
    }

    /// How many videos were paid for.
    pub fn paid(&self) -> usize {
        self.simulator.counts().created.len()
    }

    /// Whether a media file with this content type reached the browser.
    pub fn media_of_type(&self, content_type: &str) -> bool {
        let header = format!("content-type: {content_type}");
        self.media
            .heard()
            .iter()
            .any(|heard| memmem::find(heard, header.as_bytes()).is_some())
    }

    /// From now on requests may fail without being a finding: the scenario breaks them.
    pub fn expect_network_failures(&self) {
        self.network_may_fail.store(true, Ordering::Relaxed);
    }

    /// Ends the proxy, and starts it again.
    pub async fn restart_proxy(&self) {
        match &self.proxy {
            Proxy::Ours(proxy) => proxy.restart().await,
            Proxy::Bare(_) => panic!("the bare proxy is not started again"),
        }
    }

    /// `settings` are our proxy's; without any it is a bare one.
    async fn set(settings: Option<&[&str]>, speed: f64) -> Self {
        logs::keep();
        let mut servers = JoinSet::new();

        let (konpro, konpro_address) = listener().await;
        let media = Relay::in_front_of(konpro_address).await;
        // Its characters look different in every encoding; the address makes it this stage's own.
        let key = format!("konpro/{konpro_address}+secret=?");
        let (proxy, proxy_address) = listener().await;
        let simulator = Simulator::new(konpro_simulator::Config {
            api_key: key.clone(),
            speed,
            public_url: media.url(),
            ..Default::default()
        });
        let serving = simulator.clone();
        servers.spawn(async move { match serving.serve(konpro).await {} });

        let wire = Relay::in_front_of(proxy_address).await;
        let gate = Gate::default();
        let proxy = if let Some(settings) = settings {
            let config = config(&key, &media.url(), settings);
            Proxy::Ours(Box::new(Served::start(proxy, config, gate.clone()).await))
        } else {
            drop(proxy);
            Proxy::Bare(Nginx::start(proxy_address, konpro_address, &key).await)
        };

        Self {
            browser: Browser::open().await,
            simulator,
            wire,
            gate,
            media,
            key,
            network_may_fail: AtomicBool::new(false),
            _servers: servers,
            proxy,
        }
    }

    async fn complaints(&self) -> Vec<String> {
        let tolerant = self.network_may_fail.load(Ordering::Relaxed);
        let complaints = self.browser.complaints().await.into_iter();
        complaints
            .filter(|complaint| !(tolerant && complaint.of_the_network))
            .map(|complaint| complaint.message)
            .collect()
    }

    fn leaks(&self) -> Vec<String> {
        let page = self.wire.heard();
        let logged = logs::written();
        // Searching nothing finds nothing.
        if let Proxy::Ours(_) = self.proxy {
            let policy = b"require-trusted-types-for 'script'";
            let has_policy = |heard: &Vec<u8>| memmem::find(heard, policy).is_some();
            assert!(
                page.iter().any(has_policy),
                "the page came without its policy"
            );
            let kept = memmem::find(&logged, b"konpro_proxy").is_some();
            assert!(kept, "the log was not kept");
        }

        let mut findings = Vec::new();
        for heard in page.iter().chain(&self.media.heard()) {
            findings.extend(
                leaks::shapes_in(heard, &self.key)
                    .iter()
                    .map(|shape| format!("the browser got the key, {shape}")),
            );
            if memmem::find(&heard.to_ascii_lowercase(), b"\r\ncontent-encoding:").is_some() {
                findings
                    .push("an answer was compressed, so that the key could hide in it".to_owned());
            }
        }
        findings.extend(
            leaks::shapes_in(&logged, &self.key)
                .iter()
                .map(|shape| format!("the key is in the log, {shape}")),
        );
        findings
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
