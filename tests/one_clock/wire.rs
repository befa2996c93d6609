//! The way from a browser to the proxy: the client's transport, with trouble on it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use konpro_client::{Lost, Push, Reply, Request, Transport};
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::deployment::Deployment;

#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) deployment: Deployment,
    /// Without trouble, for looking at how things ended.
    pub(crate) perfect: bool,
}

/// A browser gives up by then.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

impl Wire {
    fn strikes(&self) -> bool {
        !self.perfect && self.deployment.chance.strikes()
    }

    async fn delay(&self) {
        if !self.perfect {
            sleep(self.deployment.chance.delay()).await;
        }
    }

    /// One request to the proxy; lost when the proxy is dead, or dies over it.
    async fn carry(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Lost> {
        self.delay().await;
        let router = self.deployment.router().ok_or(Lost)?;
        if self.strikes() {
            self.deployment.chance.note("a visitor's request is lost");
            return Err(Lost);
        }
        let crash = Box::pin(self.deployment.crash());
        let answer = match select(Box::pin(router.oneshot(request)), crash).await {
            Either::Left((answer, _)) => answer.map_err(|_| Lost)?,
            Either::Right(_) => return Err(Lost),
        };
        self.delay().await;
        if self.strikes() {
            self.deployment.chance.note("a visitor's answer is lost");
            return Err(Lost);
        }
        Ok(answer)
    }
}

fn rebuild(parts: &http::request::Parts, body: &[u8]) -> http::Request<Body> {
    let mut request = http::Request::builder()
        .method(&parts.method)
        .uri(&parts.uri);
    for (name, value) in &parts.headers {
        request = request.header(name, value);
    }
    request.body(Body::from(body.to_vec())).unwrap()
}

impl Transport for Wire {
    type Events = Events;

    fn read<T: DeserializeOwned>(&self, json: &str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    async fn send<B: Serialize>(&self, request: Request<'_, B>) -> Result<Reply, Lost> {
        let mut built = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.path);
        if let Some(key) = request.idempotency_key {
            built = built.header("idempotency-key", key);
        }
        if request.body.is_some() {
            built = built.header("content-type", "application/json");
        }
        let body = request
            .body
            .map(|body| serde_json::to_vec(body).unwrap())
            .unwrap_or_default();
        let (parts, ()) = built.body(()).unwrap().into_parts();
        let exchange = async {
            if self.strikes() {
                self.deployment
                    .chance
                    .note("a visitor's request is sent twice");
                let (first, second) = (rebuild(&parts, &body), rebuild(&parts, &body));
                let (first, second) =
                    futures_util::future::join(self.carry(first), self.carry(second)).await;
                return first.or(second);
            }
            self.carry(rebuild(&parts, &body)).await
        };
        let answer = tokio::time::timeout(REQUEST_LIMIT, exchange)
            .await
            .map_err(|_| Lost)??;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = answer
            .into_body()
            .collect()
            .await
            .map_err(|_| Lost)?
            .to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Reply {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            body,
        })
    }

    fn events(&self, path: &str) -> Events {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut listening = JoinSet::new();
        let (wire, path) = (self.clone(), path.to_owned());
        listening.spawn_local(async move {
            let crash = Box::pin(wire.deployment.crash());
            select(Box::pin(listen(&wire, &path, sender)), crash).await;
        });
        Events {
            receiver,
            _listening: listening,
        }
    }

    fn now(&self) -> Instant {
        self.deployment.clock.now()
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + Unpin {
        Box::pin(sleep(wait))
    }
}

/// A stream of events. Dropping it closes it.
pub(crate) struct Events {
    receiver: mpsc::UnboundedReceiver<Push>,
    _listening: JoinSet<()>,
}

impl Stream for Events {
    type Item = Push;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Push>> {
        self.receiver.poll_recv(context)
    }
}

async fn listen(wire: &Wire, path: &str, news: mpsc::UnboundedSender<Push>) -> Option<()> {
    let request = http::Request::get(path).body(Body::empty()).ok()?;
    let answer = wire.carry(request).await.ok()?;
    if answer.status() != 200 {
        return None;
    }
    news.send(Push::Opened).ok()?;
    let mut frames = answer.into_body().into_data_stream();
    let mut text = String::new();
    while let Some(Ok(frame)) = frames.next().await {
        text.push_str(std::str::from_utf8(&frame).ok()?);
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else {
                continue;
            };
            let job: konpro_api::Job = serde_json::from_str(data).expect("an event is a job");
            wire.delay().await;
            if wire.strikes() {
                wire.deployment.chance.note("an event comes twice");
                news.send(Push::Job(Box::new(job.clone()))).ok()?;
            }
            news.send(Push::Job(Box::new(job))).ok()?;
        }
        if wire.strikes() {
            wire.deployment.chance.note("a stream breaks");
            news.send(Push::Lost).ok()?;
            return None;
        }
    }
    None
}
