//! The proxy's calls. What is not listed here does not exist.

mod create;
mod events;
mod health;
mod jobs;
mod lists;
mod video;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use konpro_api::Job;

use crate::clock::{self, Clock};
use crate::failure::Failure;
use crate::lists::Lists;
use crate::network::Network;
use crate::origins::{self, Origins};
use crate::randomness::Randomness;
use crate::record::JobRecord;
use crate::requests;
use crate::store::{JobId, MemoryStore};
use crate::tickets::{Seal, TicketId};
use crate::tracker::Tracker;

/// What every call may use.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) tracker: Tracker,
    pub(crate) lists: Lists,
    pub(crate) seal: Seal,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
    pub(crate) downloads: Network,
    pub(crate) max_text: u32,
}

/// The calls, over `page` for everything that is no call.
pub(crate) fn router(app: App, origins: Origins, page: Option<Router>) -> Router {
    let randomness = app.0.randomness.clone();
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
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .method_not_allowed_fallback(nothing_here)
        .with_state(app);
    let all = match page {
        Some(page) => calls.fallback_service(page),
        None => calls.fallback(nothing_here),
    };
    all.layer(from_fn_with_state(origins, origins::guard))
        .layer(from_fn_with_state(randomness, requests::identify))
}

pub(crate) async fn nothing_here() -> Failure {
    Failure::not_found()
}

/// A ticket that a visitor has shown.
pub(crate) struct Claimed {
    pub(crate) job: JobId,
    ticket: TicketId,
    created_at: String,
}

impl App {
    /// The job behind a `job_id`, for whoever holds it.
    pub(crate) fn claimed(&self, job_id: &str) -> Result<Claimed, Failure> {
        let ticket = self.0.seal.open(job_id).ok_or_else(Failure::no_such_job)?;
        self.claimed_by(ticket)
    }

    pub(crate) fn claimed_by(&self, ticket: TicketId) -> Result<Claimed, Failure> {
        let known = self
            .0
            .store
            .ticket(ticket)
            .ok_or_else(Failure::no_such_job)?;
        Ok(Claimed {
            job: known.job,
            ticket,
            created_at: clock::rfc3339(known.created),
        })
    }

    /// How the job stands, as its holder sees it.
    pub(crate) fn present(&self, claimed: &Claimed) -> Result<Job, Failure> {
        self.present_with(claimed, |_| ()).map(|(job, ())| job)
    }

    /// The same, with something else of the record at the same moment.
    pub(crate) fn present_with<T>(
        &self,
        claimed: &Claimed,
        read: impl FnOnce(&JobRecord) -> T,
    ) -> Result<(Job, T), Failure> {
        let place = self.0.store.place(claimed.job);
        let job_id = self.0.seal.seal(claimed.ticket);
        let created_at = claimed.created_at.clone();
        let present =
            |record: &mut JobRecord| (record.present(job_id, created_at, place), read(record));
        self.0
            .store
            .update(claimed.job, present)
            .ok_or_else(Failure::no_such_job)
    }
}
