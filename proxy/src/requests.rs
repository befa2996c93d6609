//! What is done to every request: it gets an id, its failure a body, and the log one line. It is
//! heard to its end.

mod unread;

use std::sync::Arc;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konpro_api::{ErrorBody, code};
use tracing::{Instrument, field, info, info_span, warn};

use crate::failure::Failure;
use crate::metrics::{self, Metrics};
use crate::origins::Origins;
use crate::randomness::Randomness;
use crate::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LARGEST_HEADERS: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;

/// What it takes.
#[derive(Clone)]
pub(crate) struct Identify {
    pub(crate) randomness: Randomness,
    pub(crate) metrics: Metrics,
    /// Absent where no page calls.
    pub(crate) origins: Option<Arc<Origins>>,
}

/// Names the request, and writes the body of a failure.
///
/// The log gets the route (`/v1/video-avatars/{job_id}`), never the path: sealed ids stand there.
pub(crate) async fn identify(
    State(Identify {
        randomness,
        metrics,
        origins,
    }): State<Identify>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = format!("req-{}", URL_SAFE_NO_PAD.encode(randomness.bytes::<12>()));
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map_or(routes::NOWHERE, |path| routes::known(path.as_str()));
    let method = known(request.method());
    let span = info_span!("request", request_id, method, route, job = field::Empty);
    let started = tokio::time::Instant::now();
    let (request, unread) = unread::lend(request);
    let answer = async {
        match &origins {
            _ if !headers_fit(request.headers()) => headers_too_large().into_response(),
            // KonPro may call as a browser does, and shows a token.
            Some(origins) if route != routes::WEBHOOK => {
                let is_there = route != routes::NOWHERE;
                origins.guard(request, next, is_there).await
            }
            _ => next.run(request).await,
        }
    };
    let mut response = answer.instrument(span.clone()).await;
    let entered = span.enter();
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        if let Some(log) = failure.log {
            warn!(
                status = failure.status.as_u16(),
                code = failure.error.code,
                "{log}"
            );
        }
        let body = ErrorBody {
            error: *failure.error,
            request_id: request_id.clone(),
        };
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts
            .headers
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        parts.headers.remove(header::CONTENT_TYPE);
        response = (parts, Json(body)).into_response();
    }
    metrics
        .requests
        .get_or_create(&metrics::Request {
            route,
            method,
            status: response.status().as_u16(),
        })
        .inc();
    metrics
        .request_seconds
        .get_or_create(&metrics::Route { route })
        .observe(started.elapsed().as_secs_f64());
    let millis = started.elapsed().as_millis() as u64;
    info!(
        status = response.status().as_u16(),
        duration_ms = millis,
        "answered"
    );
    drop(entered);
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.extend(
        HeaderValue::from_str(&request_id)
            .ok()
            .map(|value| (REQUEST_ID, value)),
    );
    unread.hear_out().await;
    response
}

fn headers_fit(headers: &HeaderMap) -> bool {
    let size = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    headers.len() <= MOST_HEADERS && headers.iter().map(size).sum::<usize>() <= LARGEST_HEADERS
}

fn headers_too_large() -> Failure {
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    let message = "The headers are more than 100, or larger than 32 KiB.";
    Failure::new(status, code::INVALID_REQUEST, message)
}

/// A stranger's own word would be a series of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
