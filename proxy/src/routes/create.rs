use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use konpro_api::{CreateVideo, ErrorBody, Job, Status, code};
use serde_json::Value;
use tokio::time::timeout;
use tracing::warn;

use super::App;
use crate::askers::{Asker, Caller};
use crate::clock::rfc3339;
use crate::failure::Failure;
use crate::store::{Claim, Key, Order, Spending};
use crate::tickets::TicketId;
use crate::validation;

/// A visitor may take so long to send a script.
const BODY_LIMIT: Duration = Duration::from_secs(30);
/// No body of a visitor's is larger.
const LARGEST_BODY: usize = 64 * 1024;
const LONGEST_KEY: usize = 255;

/// `POST /v1/video-avatars`
#[utoipa::path(
    post,
    path = "/v1/video-avatars",
    tag = "videos",
    params(
        ("idempotency-key" = Option<String>, Header, description = "1 to 255 visible ASCII characters: the same key with an equal body is the same job"),
        ("cache-control" = Option<String>, Header, description = "no-cache asks for a new take of work that is known"),
    ),
    request_body = CreateVideo,
    security((), ("session" = [])),
    responses(
        (status = 201, description = "The job: with KonPro's own word, or pending with its place in the queue", body = Job, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense"))),
        (status = 400, description = "VALIDATION_ERROR with details.field, INVALID_REQUEST, or KonPro's own refusal", body = ErrorBody),
        (status = 401, description = "SESSION_REQUIRED", body = ErrorBody),
        (status = 402, description = "KonPro's own refusal: it wants to be paid", body = ErrorBody),
        (status = 403, description = "ORIGIN_NOT_ALLOWED, INSUFFICIENT_PERMISSIONS, or KonPro's own refusal", body = ErrorBody),
        (status = 404, description = "KonPro's own refusal: it knows no such avatar or voice", body = ErrorBody),
        (status = 409, description = "IDEMPOTENCY_CONFLICT", body = ErrorBody),
        (status = 413, description = "PAYLOAD_TOO_LARGE: over 64 KiB", body = ErrorBody),
        (status = 415, description = "INVALID_REQUEST: not application/json", body = ErrorBody),
        (status = 429, description = "QUOTA_EXCEEDED", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until a video may be made again"))),
        (status = 502, description = "UPSTREAM_INVALID", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
        (status = 504, description = "UPSTREAM_TIMEOUT", body = ErrorBody),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<Response, Failure> {
    let now = app.0.clock.now();
    let asker = app.0.askers.identify(&caller, now)?;
    let key = idempotency_key(&caller.headers)?;
    let body = read(&caller.headers, body).await?;
    let key = key.map(|key| Key {
        key,
        body: app.0.askers.body(&body),
    });
    // A repeat is answered even when KonPro's lists cannot be had, or the settings have changed.
    let known = match &key {
        Some(key) => app.0.store.known(&asker, key).await?,
        None => None,
    };
    let claim = match known {
        Some(known) => known,
        None => {
            let anew = wants_anew(&caller.headers);
            app.claim(&asker, body, key, anew).await?
        }
    };
    let ticket = match claim {
        Claim::Made(ticket, job) | Claim::Shared(ticket, job) => {
            if let Err(refused) = app.0.tracker.word(job).await {
                let made = matches!(claim, Claim::Made(..));
                let limits = &app.0.limits;
                let given_back = app.0.store.give_back(&asker, now, limits, made).await;
                if let Err(error) = given_back {
                    warn!(%job, %error, "a refused video counts against a quota");
                }
                return Err(refused);
            }
            ticket
        }
        Claim::Known(ticket, job) => {
            app.0.tracker.word(job).await?;
            ticket
        }
        Claim::Conflict => {
            let message = "This Idempotency-Key came with another body before.";
            let status = StatusCode::CONFLICT;
            return Err(Failure::new(status, code::IDEMPOTENCY_CONFLICT, message));
        }
        Claim::Spent(whose, wait) => return Err(spent(whose, wait)),
    };
    let (mut job, retry_after) = app.presented(ticket).await?;
    if matches!(claim, Claim::Made(..) | Claim::Shared(..)) {
        job.created_at.get_or_insert_with(|| rfc3339(now));
    }
    let answer = (
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(job),
    );
    Ok(super::jobs::with_retry_after(
        answer.into_response(),
        retry_after,
    ))
}

impl App {
    /// A job that is certainly there, even where the store does not say how it stands.
    async fn presented(&self, ticket: TicketId) -> Result<(Job, Option<u64>), Failure> {
        let presented = async {
            let job_id = self.0.seal.seal(ticket);
            let claimed = self.claimed_by(ticket, job_id).await?;
            let claimed = self.refreshed(claimed).await?;
            let queue = self.queue(&claimed).await?;
            let wait = super::jobs::retry_after(self, &claimed, queue.as_deref());
            Ok::<_, Failure>((claimed.present(queue.as_deref()), wait))
        };
        match presented.await {
            Err(failure) if failure.status.is_server_error() => {
                let job = Job {
                    job_id: self.0.seal.seal(ticket),
                    status: Status::Pending,
                    ..Job::default()
                };
                Ok((job, failure.retry_after))
            }
            presented => presented,
        }
    }

    /// A job for what a visitor asks, where it may be asked.
    async fn claim(
        &self,
        asker: &Asker,
        body: Value,
        key: Option<Key>,
        anew: bool,
    ) -> Result<Claim, Failure> {
        let video: CreateVideo = serde_json::from_value(body)
            .map_err(|error| Failure::invalid_request(format!("The body is no video: {error}.")))?;
        validation::check(&video, self.0.max_text as usize)?;
        let (avatar, voice) = (&video.avatar_id, &video.voice_id);
        if !self.0.lists.allow(avatar, voice).await? {
            let message = "This avatar or voice cannot be used here.";
            let status = StatusCode::FORBIDDEN;
            return Err(Failure::new(
                status,
                code::INSUFFICIENT_PERMISSIONS,
                message,
            ));
        }
        if let Some(approval) = &self.0.approval {
            approval.ask(&video, asker.subject.as_deref()).await?;
        }
        let order = Order {
            ticket: TicketId::new(self.0.randomness.bytes()),
            work: self.0.askers.work(asker, &video),
            video,
            key,
            anew,
        };
        let claim = self.0.store.claim(asker, &order, &self.0.limits).await?;
        Ok(claim)
    }
}

fn spent(whose: Spending, wait: Duration) -> Failure {
    let message = match whose {
        Spending::Visitor => "You have made as many videos as are allowed for now.",
        Spending::Everybody => "As many videos as are allowed in a day have been made.",
    };
    let status = StatusCode::TOO_MANY_REQUESTS;
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    Failure::new(status, code::QUOTA_EXCEEDED, message).after(seconds.max(1))
}

/// `Cache-Control: no-cache`: a new take, though there is one already.
fn wants_anew(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let visible = |key: &&str| {
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match (key.to_str().ok().filter(visible), keys.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => {
            let reason = "must be one, of 1 to 255 visible ASCII characters";
            Err(Failure::validation("Idempotency-Key", reason))
        }
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Value, Failure> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !essence.trim().eq_ignore_ascii_case("application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let message = "The body must be sent as application/json.";
        return Err(Failure::new(status, code::INVALID_REQUEST, message));
    }
    let body = timeout(BODY_LIMIT, Limited::new(body, LARGEST_BODY).collect()).await;
    let body = body
        .map_err(|_| Failure::invalid_request("The body did not arrive in time."))?
        .map_err(|error| match error.is::<LengthLimitError>() {
            true => too_large(),
            false => Failure::invalid_request("The body broke off."),
        })?;
    let value: Value = serde_json::from_slice(&body.to_bytes())
        .map_err(|error| Failure::invalid_request(format!("The body is no JSON: {error}.")))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Failure::invalid_request("The body is no JSON object.")),
    }
}

fn too_large() -> Failure {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    let message = "The body is larger than 64 KiB.";
    Failure::new(status, code::PAYLOAD_TOO_LARGE, message)
}
