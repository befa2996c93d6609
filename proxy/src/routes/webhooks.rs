use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use konpro_api::{ErrorBody, Webhook};
use tokio::time::timeout;

use super::App;
use crate::failure::Failure;
use crate::store::JobId;
use crate::upstream;

/// KonPro's own are a few hundred bytes.
const LARGEST_BODY: usize = 64 * 1024;
const BODY_LIMIT: Duration = Duration::from_secs(5);
const LONGEST_ID: usize = 200;

type Token = Result<Path<String>, PathRejection>;

/// `OPTIONS /webhooks/konpro/{token}`: KonPro asks whether there is anybody, and waits a second.
///
/// Answered from the token alone: no store, however busy, makes KonPro wait.
#[utoipa::path(
    options,
    path = "/webhooks/konpro/{token}",
    tag = "webhooks",
    params(
        ("token" = String, Path, description = "As KonPro was told it"),
    ),
    responses(
        (status = 200, description = "There is somebody"),
        (status = 404, description = "RESOURCE_NOT_FOUND", body = ErrorBody),
    )
)]
pub(super) async fn validate(State(app): State<App>, token: Token) -> Result<StatusCode, Failure> {
    app.job_of(token).map(|_| StatusCode::OK)
}

/// `POST /webhooks/konpro/{token}`
///
/// KonPro publishes no signature: a body is a hint, and any will do. It changes when the proxy looks
/// and, for a job whose create lost its answer, where.
#[utoipa::path(
    post,
    path = "/webhooks/konpro/{token}",
    tag = "webhooks",
    params(
        ("token" = String, Path, description = "As KonPro was told it"),
    ),
    responses(
        (status = 200, description = "Heard, whatever the body"),
        (status = 403, description = "ORIGIN_NOT_ALLOWED", body = ErrorBody),
        (status = 404, description = "RESOURCE_NOT_FOUND", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn receive(
    State(app): State<App>,
    token: Token,
    body: Body,
) -> Result<StatusCode, Failure> {
    let job = app.job_of(token)?;
    let body = timeout(BODY_LIMIT, to_bytes(body, LARGEST_BODY)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let webhook: Webhook = serde_json::from_slice(&body).unwrap_or_default();
    let fits = |id: &String| {
        upstream::is_id(id) && id.len() <= LONGEST_ID && !id.chars().any(char::is_control)
    };
    let video_id = webhook.video_id.filter(fits);
    match app.0.tracker.hear(job, video_id.as_deref()).await? {
        true => Ok(StatusCode::OK),
        false => Err(Failure::not_found()),
    }
}

impl App {
    fn job_of(&self, token: Token) -> Result<JobId, Failure> {
        let token = token.map_err(|_| Failure::not_found())?;
        self.0
            .seal
            .open_webhook(&token)
            .ok_or_else(Failure::not_found)
    }
}
