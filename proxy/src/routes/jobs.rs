use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konpro_api::{ErrorBody, Job};

use super::{App, Claimed};
use crate::failure::Failure;
use crate::store::Queue;

/// The `job_id` in a path. One that is no text is one that nobody was given.
pub(super) type JobIdPath = Result<Path<String>, PathRejection>;

pub(super) fn job_id(path: JobIdPath) -> Result<String, Failure> {
    path.map(|Path(job_id)| job_id)
        .map_err(|_| Failure::no_such_job())
}

/// `GET /v1/video-avatars/{job_id}`
#[utoipa::path(
    get,
    path = "/v1/video-avatars/{job_id}",
    tag = "videos",
    params(
        ("job_id" = String, Path, description = "As it was answered: sealed, 43 characters"),
    ),
    responses(
        (status = 200, description = "How the job stands", body = Job, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense; absent when it has ended"))),
        (status = 404, description = "RESOURCE_NOT_FOUND", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn status(State(app): State<App>, path: JobIdPath) -> Result<Response, Failure> {
    let claimed = app.claimed(&job_id(path)?).await?;
    let claimed = app.refreshed(claimed).await?;
    let queue = app.queue(&claimed).await?;
    let wait = retry_after(&app, &claimed, queue.as_deref());
    let body = app.0.told.body(&claimed, queue)?;
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "application/json"),
    ];
    Ok(with_retry_after((headers, body).into_response(), wait))
}

/// `DELETE /v1/video-avatars/{job_id}`
#[utoipa::path(
    delete,
    path = "/v1/video-avatars/{job_id}",
    tag = "videos",
    params(
        ("job_id" = String, Path, description = "As it was answered: sealed, 43 characters"),
    ),
    responses(
        (status = 200, description = "It was not sent yet, and will not be: failed with CANCELLED", body = Job),
        (status = 403, description = "ORIGIN_NOT_ALLOWED", body = ErrorBody),
        (status = 404, description = "RESOURCE_NOT_FOUND", body = ErrorBody),
        (status = 409, description = "INVALID_REQUEST: it was sent already", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    path: JobIdPath,
) -> Result<Json<Job>, Failure> {
    let claimed = app.claimed(&job_id(path)?).await?;
    if !app.0.tracker.withdraw(claimed.id).await? {
        let message = "The job can no longer be withdrawn: it was sent, or has ended.";
        return Err(Failure::new(
            StatusCode::CONFLICT,
            konpro_api::code::INVALID_REQUEST,
            message,
        ));
    }
    app.present(&app.anew(claimed).await?).await.map(Json)
}

/// Asking again before the proxy itself looks again cannot bring news.
const SHORTEST_WAIT: u64 = 1;
/// A waiting job may move at any time: others may be withdrawn.
const QUEUED_WAIT: u64 = 5;
const LONGEST_WAIT: u64 = 60;

/// Whole seconds until asking again makes sense; `None` when the job has ended.
pub(super) fn retry_after(app: &App, claimed: &Claimed, queue: Option<&Queue>) -> Option<u64> {
    if claimed.has_ended() {
        return None;
    }
    let now = app.0.clock.now();
    let machine = &claimed.record.machine;
    let place = queue.and_then(|queue| queue.place(claimed.ticket.job));
    // Whoever waits until tomorrow need not ask every few seconds.
    let queued = place.map_or(0, |(_, ends)| ends.since(now).as_secs() / 50);
    let wait = machine
        .poll_timeout()
        .map_or(queued.max(QUEUED_WAIT), |wake| {
            // Half a second for KonPro's answer to the look itself; what is overdue waits for leave to
            // ask, and the longer, the longer it will.
            let wait = wake.since(now) + now.since(wake) / 4 + Duration::from_millis(500);
            wait.as_millis().div_ceil(1000) as u64
        });
    Some(wait.clamp(SHORTEST_WAIT, LONGEST_WAIT))
}

pub(super) fn with_retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
