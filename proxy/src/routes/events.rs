use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use konpro_api::{ErrorBody, Job};
use tokio::sync::watch;
use tokio::time::sleep;
use utoipa::ToSchema;

use super::jobs::{JobIdPath, job_id};
use super::{App, Claimed};
use crate::failure::Failure;
use crate::metrics::Open;
use crate::push::Changes;

/// The contract promises a comment line every 15 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A store that does not answer is asked again after so long.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// Tells nginx not to hold events back.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// One event of the stream. OpenAPI 3.1 describes a stream by its events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the stream writes")]
struct JobEvent {
    /// Always `job`.
    #[schema(example = "job")]
    event: &'static str,
    /// A `Job`, as JSON in one line.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// `GET /v1/video-avatars/{job_id}/events`
#[utoipa::path(
    get,
    path = "/v1/video-avatars/{job_id}/events",
    tag = "videos",
    params(
        ("job_id" = String, Path, description = "As it was answered: sealed, 43 characters"),
    ),
    responses(
        (status = 200, description = "Events of the name job, each with a Job in one line: the present state, then every change, until the job has ended", body = JobEvent, content_type = "text/event-stream"),
        (status = 404, description = "RESOURCE_NOT_FOUND", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn events(
    State(app): State<App>,
    path: JobIdPath,
) -> Result<impl IntoResponse, Failure> {
    let claimed = app.claimed(&job_id(path)?).await?;
    let claimed = app.refreshed(claimed).await?;
    let changes = app.0.store.subscribe(claimed.ticket.job);
    let queue = app.0.store.subscribe_to_queue();
    let stopping = app.0.stopping.subscribe();
    let open = Open::stream(&app.0.metrics);
    let watcher = Box::new(Watcher {
        app,
        claimed,
        changes,
        queue,
        stopping,
        told: None,
        _open: open,
    });
    let events = Sse::new(watcher.events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([NO_BUFFERING, (header::CACHE_CONTROL, "no-store")], events))
}

struct Watcher {
    app: App,
    claimed: Claimed,
    changes: Changes,
    queue: Changes,
    stopping: watch::Receiver<bool>,
    told: Option<Job>,
    _open: Open,
}

impl Watcher {
    /// The present state, then every change, until the job has ended or the process stops: the
    /// browser then comes back by itself, to whoever takes over.
    fn events(self: Box<Self>) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watcher| async move {
            let job = watcher.next().await?;
            let event = Event::default().event("job").json_data(&job).ok()?;
            watcher.told = Some(job);
            Some((Ok(event), watcher))
        })
    }

    async fn look(&mut self) -> Result<Job, Failure> {
        self.claimed = self.app.anew(self.claimed.clone()).await?;
        self.app.present(&self.claimed).await
    }

    async fn next(&mut self) -> Option<Job> {
        if self.told.as_ref().is_some_and(|job| job.status.is_end()) {
            return None;
        }
        loop {
            match self.look().await {
                Ok(job) if self.told.as_ref() != Some(&job) => return Some(job),
                Ok(_) => {
                    tokio::select! {
                        biased;
                        _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                        () = self.changes.changed() => {}
                        () = self.queue.changed() => {}
                    }
                }
                Err(failure) if failure.status.is_server_error() => {
                    tokio::select! {
                        _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                        () = sleep(STORE_RETRY) => {}
                    }
                }
                Err(_) => return None,
            }
        }
    }
}
