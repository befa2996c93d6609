//! The proxy's calls. What is not listed here does not exist.

mod create;
mod events;
mod health;
mod jobs;
mod lists;
mod openapi;
mod told;
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
use crate::origins::Origins;
use crate::randomness::Randomness;
use crate::record::{Holding, JobRecord};
use crate::requests;
use crate::store::{self, Queue, Store, Ticket};
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
    pub(crate) told: Told,
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
    /// How many videos KonPro makes at the same time.
    pub(crate) at_once: u32,
    /// Turns true when the process is told to stop.
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) metrics: Metrics,
}

const VIDEOS: &str = "/v1/video-avatars";
const JOB: &str = "/v1/video-avatars/{job_id}";
const EVENTS: &str = "/v1/video-avatars/{job_id}/events";
const VIDEO: &str = "/v1/video-avatars/{job_id}/video";
const AVATARS: &str = "/v1/avatars";
const VOICES: &str = "/v1/voices";
const LIMITS: &str = "/v1/limits";
pub(crate) const WEBHOOK: &str = "/webhooks/konpro/{token}";
const OPENAPI: &str = "/openapi.json";
const LIVE: &str = "/health/live";
const READY: &str = "/health/ready";
const METRICS: &str = "/metrics";
/// The name of whatever is no route.
pub(crate) const NOWHERE: &str = "-";

/// The route's name in log and metrics, wherever a site has mounted the proxy.
pub(crate) fn known(path: &str) -> &'static str {
    let all = [
        JOB, EVENTS, VIDEO, VIDEOS, AVATARS, VOICES, LIMITS, WEBHOOK, OPENAPI, LIVE, READY, METRICS,
    ];
    let found = all.into_iter().find(|route| path.ends_with(route));
    found.unwrap_or(NOWHERE)
}

/// The calls, over `page` for everything that is no call.
pub(crate) fn router(app: App, origins: Origins, page: Option<Router>) -> Router {
    let identify = app.identify(Some(origins));
    let webhook = post(webhooks::receive).options(webhooks::validate);
    let calls = Router::new()
        .route(VIDEOS, post(create::create))
        .route(JOB, get(jobs::status).delete(jobs::withdraw))
        .route(EVENTS, get(events::events))
        .route(VIDEO, get(video::video))
        .route(AVATARS, get(lists::avatars))
        .route(VOICES, get(lists::voices))
        .route(LIMITS, get(lists::limits))
        .route(WEBHOOK, webhook)
        .route(OPENAPI, get(openapi::openapi))
        .route(LIVE, get(health::live))
        .route(READY, get(health::ready))
        .method_not_allowed_fallback(nothing_here)
        .with_state(app);
    let all = match page {
        Some(page) => calls.fallback_service(page),
        None => calls.fallback(nothing_here),
    };
    all.layer(from_fn_with_state(identify, requests::identify))
}

/// The operator's calls.
pub(crate) fn admin_router(app: App) -> Router {
    let identify = app.identify(None);
    Router::new()
        .route(METRICS, get(health::metrics))
        .method_not_allowed_fallback(nothing_here)
        .fallback(nothing_here)
        .with_state(app)
        .layer(from_fn_with_state(identify, requests::identify))
}

pub(crate) use lists::Rendered;
pub(crate) use told::Told;

pub(crate) async fn nothing_here() -> Failure {
    Failure::not_found()
}

/// A ticket that a visitor has shown, and the job that it is to, as they stood a moment ago.
#[derive(Clone)]
pub(crate) struct Claimed {
    id: TicketId,
    job_id: String,
    ticket: Ticket,
    record: Arc<JobRecord>,
}

impl Claimed {
    fn has_ended(&self) -> bool {
        self.ticket.withdrawn || self.record.machine.is_over()
    }

    fn present(&self, queue: Option<&Queue>) -> Job {
        let Self { ticket, record, .. } = self;
        let place = queue.and_then(|queue| queue.place(ticket.job));
        record.present(Holding {
            job_id: self.job_id.clone(),
            created: ticket.created,
            withdrawn: ticket.withdrawn,
            place: place.filter(|_| !record.is_sent()),
            no_looks_until: queue.and_then(|queue| queue.no_looks_until),
        })
    }
}

impl App {
    fn identify(&self, origins: Option<Origins>) -> requests::Identify {
        let origins = origins.map(Arc::new);
        requests::Identify {
            randomness: self.0.randomness.clone(),
            metrics: self.0.metrics.clone(),
            origins,
        }
    }

    /// The job behind a `job_id`, for whoever holds it.
    pub(crate) async fn claimed(&self, job_id: &str) -> Result<Claimed, Failure> {
        let ticket = self.0.seal.open(job_id).ok_or_else(Failure::no_such_job)?;
        // As it was shown, though secrets may be rotating: whoever watches knows it by this name.
        self.claimed_by(ticket, job_id.to_owned()).await
    }

    pub(crate) async fn claimed_by(
        &self,
        id: TicketId,
        job_id: String,
    ) -> Result<Claimed, Failure> {
        let claimed = self.looked_up(id, job_id).await?;
        // From a request in the log to what became of its job.
        Span::current().record("job", field::display(claimed.ticket.job));
        Ok(claimed)
    }

    /// The same as it stands now.
    pub(crate) async fn anew(&self, claimed: Claimed) -> Result<Claimed, Failure> {
        self.looked_up(claimed.id, claimed.job_id).await
    }

    async fn looked_up(&self, id: TicketId, job_id: String) -> Result<Claimed, Failure> {
        let ticket = self.0.store.ticket(id).await?;
        let ticket = ticket.ok_or_else(Failure::no_such_job)?;
        let record = self.0.store.job(ticket.job).await?;
        Ok(Claimed {
            id,
            job_id,
            ticket,
            record: record.ok_or_else(Failure::no_such_job)?,
        })
    }

    /// The job as its holder sees it.
    pub(crate) async fn present(&self, claimed: &Claimed) -> Result<Job, Failure> {
        let queue = self.queue(claimed).await?;
        Ok(claimed.present(queue.as_deref()))
    }

    /// What those that wait are told; of no interest to a job that is over.
    async fn queue(&self, claimed: &Claimed) -> Result<Option<Arc<Queue>>, Failure> {
        match claimed.record.machine.is_over() {
            true => Ok(None),
            false => Ok(Some(self.0.store.queue().await?)),
        }
    }

    /// The same with a link that is no older than it may be.
    pub(crate) async fn refreshed(&self, claimed: Claimed) -> Result<Claimed, Failure> {
        if !claimed.record.wants_refresh(self.0.clock.now(), None) {
            return Ok(claimed);
        }
        if self.0.store.queue().await?.no_looks_until.is_some() {
            // Nobody may ask KonPro today: the old one has to do.
            return Ok(claimed);
        }
        self.0.tracker.refresh(claimed.ticket.job).await?;
        self.anew(claimed).await
    }
}
