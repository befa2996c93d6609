//! The proxy's calls. What is not listed here does not exist.

mod create;
mod events;
mod health;
mod jobs;
mod lists;
mod openapi;
mod video;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use konpro_api::{Credits, Job};
use tokio::sync::watch;
use tracing::{Span, field};

use crate::approval::Approval;
use crate::archive::Archive;
use crate::askers::Askers;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::lists::Lists;
use crate::metrics::Metrics;
use crate::network::Network;
use crate::origins::{self, Origins};
use crate::randomness::Randomness;
use crate::record::{Holding, JobRecord};
use crate::requests;
use crate::store::{self, Store, Ticket};
use crate::tickets::{Seal, TicketId};
use crate::tracker::Tracker;

/// What every call may use.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) tracker: Tracker,
    pub(crate) lists: Lists,
    pub(crate) rendered: Rendered,
    pub(crate) seal: Seal,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
    pub(crate) downloads: Network,
    pub(crate) archive: Option<Archive>,
    pub(crate) approval: Option<Approval>,
    pub(crate) askers: Askers,
    pub(crate) limits: store::Limits,
    pub(crate) credits: Credits,
    pub(crate) max_text: u32,
    /// Turns true when the process is told to stop.
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) metrics: Metrics,
}

/// The calls, over `page` for everything that is no call.
pub(crate) fn router(app: App, origins: Origins, page: Option<Router>) -> Router {
    let identify = app.identify();
    let calls = Router::new()
        .route("/v1/video-avatars", post(create::create))
        .route(
            "/v1/video-avatars/{job_id}",
            get(jobs::status).delete(jobs::withdraw),
        )
        .route("/v1/video-avatars/{job_id}/events", get(events::events))
        .route("/v1/video-avatars/{job_id}/video", get(video::video))
        .route("/v1/avatars", get(lists::avatars))
        .route("/v1/voices", get(lists::voices))
        .route("/v1/limits", get(lists::limits))
        .route(
            "/webhooks/konpro/{token}",
            post(webhooks::receive).options(webhooks::validate),
        )
        .route("/openapi.json", get(openapi::openapi))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .method_not_allowed_fallback(nothing_here)
        .with_state(app);
    let all = match page {
        Some(page) => calls.fallback_service(page),
        None => calls.fallback(nothing_here),
    };
    all.layer(from_fn_with_state(origins, origins::guard))
        .layer(from_fn_with_state(identify, requests::identify))
}

/// The operator's calls.
pub(crate) fn admin_router(app: App) -> Router {
    let identify = app.identify();
    Router::new()
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(nothing_here)
        .fallback(nothing_here)
        .with_state(app)
        .layer(from_fn_with_state(identify, requests::identify))
}

pub(crate) use lists::Rendered;

pub(crate) async fn nothing_here() -> Failure {
    Failure::not_found()
}

/// A ticket that a visitor has shown.
#[derive(Clone, Copy)]
pub(crate) struct Claimed {
    id: TicketId,
    ticket: Ticket,
}

impl App {
    fn identify(&self) -> requests::Identify {
        requests::Identify {
            randomness: self.0.randomness.clone(),
            metrics: self.0.metrics.clone(),
        }
    }

    /// The job behind a `job_id`, for whoever holds it.
    pub(crate) async fn claimed(&self, job_id: &str) -> Result<Claimed, Failure> {
        let ticket = self.0.seal.open(job_id).ok_or_else(Failure::no_such_job)?;
        self.claimed_by(ticket).await
    }

    pub(crate) async fn claimed_by(&self, id: TicketId) -> Result<Claimed, Failure> {
        let ticket = self.0.store.ticket(id).await?;
        let ticket = ticket.ok_or_else(Failure::no_such_job)?;
        let job = self.0.store.job(ticket.job).await?;
        job.ok_or_else(Failure::no_such_job)?;
        // From a request in the log to what became of its job.
        Span::current().record("job", field::display(ticket.job));
        Ok(Claimed { id, ticket })
    }

    /// How the job stands, as its holder sees it, and the record that says so.
    pub(crate) async fn present(&self, claimed: Claimed) -> Result<(Job, Arc<JobRecord>), Failure> {
        let Claimed { id, .. } = claimed;
        // It may have been withdrawn since.
        let ticket = self.0.store.ticket(id).await?.unwrap_or(claimed.ticket);
        let record = self.0.store.job(ticket.job).await?;
        let record = record.ok_or_else(Failure::no_such_job)?;
        let queue = match record.machine.is_over() {
            true => Arc::default(),
            false => self.0.store.queue().await?,
        };
        let place = queue.place(ticket.job).filter(|_| !record.is_sent());
        let holding = Holding {
            job_id: self.0.seal.seal(id),
            created: ticket.created,
            withdrawn: ticket.withdrawn,
            place,
            no_looks_until: queue.no_looks_until,
        };
        Ok((record.present(holding), record))
    }
}
