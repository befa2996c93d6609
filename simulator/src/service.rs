//! The outermost layer: counts each request, and lets go wrong what is to go wrong.

use std::{
    convert::Infallible,
    future::pending,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    response::{Html, IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{future::BoxFuture, stream};
use http::{Method, Request, StatusCode};
use tokio::time::sleep;
use tower::{BoxError, Service, ServiceExt};

use crate::{counts::Call, faults::FaultKind, refusal::Refusal, routes, simulator::Simulator};

/// The simulator as a [`tower::Service`]; clones are cheap and speak to the same simulator.
#[derive(Clone, Debug)]
pub struct KonPro {
    simulator: Simulator,
    router: Router,
}

/// The connection was closed and no answer came; over TCP the socket really closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection was dropped before an answer came")]
pub struct ConnectionDropped;

impl KonPro {
    pub(crate) fn new(simulator: Simulator) -> Self {
        Self {
            router: routes::router(simulator.clone()),
            simulator,
        }
    }
}

impl<B> Service<Request<B>> for KonPro
where
    B: http_body_util::BodyExt<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = ConnectionDropped;
    type Future = BoxFuture<'static, Result<Response, ConnectionDropped>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionDropped>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let konpro = self.clone();
        Box::pin(konpro.answer(request.map(Body::new)))
    }
}

const LARGEST_BODY: usize = 1024 * 1024;

impl KonPro {
    async fn answer(self, request: Request<Body>) -> Result<Response, ConnectionDropped> {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
            return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        };
        let call = call(&parts.method, parts.uri.path());
        let job_id = (call == Call::Status).then(|| job_id(&parts.uri)).flatten();
        let _open = job_id
            .clone()
            .map(|id| OpenStatus::enter(&self.simulator, id));
        let fault = self.begin(call, job_id.as_deref(), &body);

        let request = Request::from_parts(parts, Body::from(body));
        let response = self.with_fault(fault, request).await?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let counts = &mut self.simulator.state().counts;
            counts.calls.entry(call).or_default().too_many_requests += 1;
        }
        Ok(response)
    }

    /// Counts the request and says what is to happen to it.
    fn begin(&self, call: Call, job_id: Option<&str>, body: &[u8]) -> Option<FaultKind> {
        let mut state = self.simulator.state();
        state.counts.calls.entry(call).or_default().requests += 1;
        let script = match job_id {
            Some(id) => state.jobs.find(id).map(|job| job.order.text.clone()),
            None => script(body).filter(|_| call == Call::Create),
        };
        state.faults.take(call, script.as_deref())
    }

    async fn with_fault(
        &self,
        fault: Option<FaultKind>,
        request: Request<Body>,
    ) -> Result<Response, ConnectionDropped> {
        let Some(fault) = fault else {
            return Ok(self.ask(request).await);
        };
        let processed = match fault {
            FaultKind::Error { processed, .. }
            | FaultKind::TimeOut { processed }
            | FaultKind::Dropped { processed } => processed,
            FaultKind::TooManyRequests { .. } | FaultKind::Html => false,
            _ => true,
        };
        let answer = match processed {
            true => self.ask(request).await,
            false => Response::default(),
        };
        Ok(match fault {
            FaultKind::TooManyRequests { retry_after } => {
                self.refuse(Refusal::TooManyRequests { retry_after })
            }
            FaultKind::Error { status, .. } => self.refuse(Refusal::Broken(status)),
            FaultKind::TimeOut { .. } => pending().await,
            FaultKind::Dropped { .. } => return Err(ConnectionDropped),
            FaultKind::Malformed => {
                cut_in_pieces(answer, |bytes| Body::from(bytes.slice(..bytes.len() / 2))).await
            }
            FaultKind::Html => (StatusCode::BAD_GATEWAY, Html(GATEWAY_PAGE)).into_response(),
            FaultKind::SlowBody(over) => cut_in_pieces(answer, |bytes| trickle(bytes, over)).await,
            FaultKind::Delayed(by) => {
                sleep(by).await;
                answer
            }
            FaultKind::Stuck | FaultKind::FailingRender => answer,
        })
    }

    async fn ask(&self, request: Request<Body>) -> Response {
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        routes::refuse(&self.simulator, &refusal)
    }
}

const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

fn call(method: &Method, path: &str) -> Call {
    let path = path.strip_suffix('/').unwrap_or(path);
    match (method, path) {
        (&Method::POST, "/v1/video-avatars") => Call::Create,
        (&Method::GET, "/v1/video_status") => Call::Status,
        (&Method::GET, "/v1/avatars") => Call::Avatars,
        (&Method::GET, "/v1/voices") => Call::Voices,
        (&Method::GET, "/v1/videos") => Call::Videos,
        (&Method::GET, "/v1/user/remaining_quota") => Call::Quota,
        (&Method::POST, "/v1/webhook/endpoint.add") => Call::AddEndpoint,
        (&Method::GET, "/health") => Call::Health,
        (&Method::GET, path) if path.starts_with("/v1/video-avatars/") => Call::Status,
        (_, path) if path.starts_with("/media/") => Call::Media,
        _ => Call::Other,
    }
}

/// Which job a status call is about.
fn job_id(uri: &http::Uri) -> Option<String> {
    let in_path = uri.path().strip_prefix("/v1/video-avatars/");
    let in_query = || {
        let mut parameters = uri.query()?.split('&');
        parameters.find_map(|parameter| parameter.strip_prefix("video_id="))
    };
    in_path.or_else(in_query).map(str::to_owned)
}

fn script(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body.get("text")?.as_str().map(str::to_owned)
}

async fn cut_in_pieces(answer: Response, cut: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Response::from_parts(parts, cut(bytes))
}

/// Sends a body in ten pieces, a tenth of the time before each.
fn trickle(bytes: Bytes, over: Duration) -> Body {
    let piece = bytes.len().div_ceil(10).max(1);
    let pieces = stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        sleep(over / 10).await;
        let next = left.split_to(piece.min(left.len()));
        Some((Ok::<_, Infallible>(next), left))
    });
    Body::from_stream(pieces)
}

/// A status request, counted as open for as long as this lives.
struct OpenStatus {
    simulator: Simulator,
    job_id: String,
}

impl OpenStatus {
    fn enter(simulator: &Simulator, job_id: String) -> Self {
        let state = &mut *simulator.state();
        state.open.enter(&job_id, &mut state.counts);
        Self {
            simulator: simulator.clone(),
            job_id,
        }
    }
}

impl Drop for OpenStatus {
    fn drop(&mut self) {
        self.simulator.state().open.leave(&self.job_id);
    }
}
