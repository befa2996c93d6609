use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

use crate::{
    clock::Clock,
    config::Config,
    counts::{Counts, Open},
    faults::{Fault, Schedule},
    jobs::Jobs,
    limits::Limits,
    links::Links,
    seed::Seed,
    service::KonPro,
    webhooks::Endpoint,
};

/// One KonPro with one account. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Simulator(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    clock: Clock,
    links: Links,
    seed: Seed,
    state: Mutex<State>,
}

/// What changes while the simulator runs.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) jobs: Jobs,
    pub(crate) limits: Limits,
    pub(crate) faults: Schedule,
    pub(crate) counts: Counts,
    pub(crate) open: Open,
    pub(crate) endpoints: Vec<Endpoint>,
    /// How many errors were given an id so far.
    pub(crate) errors: u64,
}

impl Simulator {
    /// Starts with no videos made and nothing counted, on tokio's clock as it stands.
    pub fn new(config: Config) -> Self {
        let seed = Seed(config.seed);
        let state = State {
            jobs: Jobs::new(seed, config.speed, config.concurrent, Instant::now()),
            limits: Limits::new(config.per_minute, config.per_day),
            faults: Schedule::default(),
            counts: Counts::default(),
            open: Open::default(),
            endpoints: Vec::new(),
            errors: 0,
        };
        Self(Arc::new(Shared {
            clock: Clock::starting_at(config.epoch),
            links: Links::new(&config.public_url, seed, config.link_lifetime),
            seed,
            state: Mutex::new(state),
            config,
        }))
    }

    /// Makes something go wrong from now on, after all faults on the same call that still wait for their turn.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// What was asked so far.
    pub fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    /// When a job ends, or has ended, which nobody can ask of the real one. `None` for one that does
    /// not end, and for an unknown id.
    pub fn ends(&self, job_id: &str) -> Option<Instant> {
        self.state().jobs.find(job_id)?.ends()
    }

    /// The simulator as a tower service, without any socket.
    pub fn service(&self) -> KonPro {
        KonPro::new(self.clone())
    }

    /// Answers over HTTP/1.1 until the future is dropped, which closes all connections.
    pub async fn serve(&self, mut listener: TcpListener) -> Infallible {
        let service = self.service();
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = tokio::select! {
                // Axum's, which waits and tries again when the system has no more sockets.
                accepted = Listener::accept(&mut listener) => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(
                    TokioIo::new(stream),
                    TowerToHyperService::new(service.clone()),
                );
            connections.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    pub(crate) fn seed(&self) -> Seed {
        self.0.seed
    }

    /// Each change is complete before the lock is released, so a panic elsewhere leaves nothing half done.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
