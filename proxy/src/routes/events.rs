use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use konpro_api::Job;
use tokio::sync::watch;

use super::jobs::{JobIdPath, job_id};
use super::{App, Claimed};
use crate::failure::Failure;

/// The contract promises a comment line every 15 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Tells nginx not to hold events back.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// `GET /v1/video-avatars/{job_id}/events`
pub(super) async fn events(
    State(app): State<App>,
    path: JobIdPath,
) -> Result<impl IntoResponse, Failure> {
    let claimed = app.claimed(&job_id(path)?)?;
    app.0.tracker.refresh(claimed.job).await;
    let changes = app.0.tracker.subscribe(claimed.job);
    let watcher = Watcher {
        app,
        claimed,
        changes,
        told: None,
    };
    let events = Sse::new(watcher.events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([NO_BUFFERING, (header::CACHE_CONTROL, "no-store")], events))
}

struct Watcher {
    app: App,
    claimed: Claimed,
    changes: watch::Receiver<()>,
    told: Option<Job>,
}

impl Watcher {
    /// The present state, then every change, until the job has ended.
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watcher| async move {
            let job = watcher.next().await?;
            let event = Event::default().event("job").json_data(&job).ok()?;
            watcher.told = Some(job);
            Some((Ok(event), watcher))
        })
    }

    async fn next(&mut self) -> Option<Job> {
        if self.told.as_ref().is_some_and(|job| job.status.is_end()) {
            return None;
        }
        loop {
            let job = self.app.present(&self.claimed).ok()?;
            if self.told.as_ref() != Some(&job) {
                return Some(job);
            }
            self.changes.changed().await.ok()?;
        }
    }
}
