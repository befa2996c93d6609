use std::future::Future;
use std::time::Duration;

use futures_util::Stream;
use konpro_api::{ErrorAnswer, Job};
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a platform lends to the client: its network, its clock, its randomness.
///
/// Everything a transport hands out stops when it is dropped: a request is aborted, a stream is
/// closed, a timer is cleared.
#[allow(
    async_fn_in_trait,
    reason = "the browser has one thread; nobody needs these futures Send"
)]
pub trait Transport {
    /// News of one job, pushed by the proxy; ends when the proxy will not push any more.
    type Events: Stream<Item = Push> + Unpin;

    /// Makes one request. Must end within a minute or so, with [`Lost`] when nothing came back.
    async fn send<B: Serialize>(&self, request: Request<'_, B>) -> Result<Reply, Lost>;

    /// Reads JSON; `None` when it is none, or does not say a `T`.
    fn read<T: DeserializeOwned>(&self, json: &str) -> Option<T>;

    /// Listens at `path` for server-sent events of the kind `job`.
    fn events(&self, path: &str) -> Self::Events;

    /// The present moment, in milliseconds since the Unix epoch.
    fn now(&self) -> Instant;

    /// Ends after `wait`.
    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + Unpin;
}

/// One request to the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a, B> {
    /// How.
    pub method: Method,
    /// Where: path and query, such as `/v1/avatars?page=2`.
    pub path: &'a str,
    /// Sent as `Idempotency-Key` where there is one.
    pub idempotency_key: Option<&'a str>,
    /// Sent as JSON where there is one.
    pub body: Option<&'a B>,
}

/// The methods that the proxy knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Ask for a video.
    Post,
    /// Withdraw a job.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// What came back, before anybody has read it: so there is one copy of what carries it, whatever it says.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, where it was sent in whole seconds.
    pub retry_after: Option<Duration>,
    /// The body, as text.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `Retry-After`, where it was sent in whole seconds.
    pub(crate) retry_after: Option<Duration>,
    /// The body of a success, or what the body of anything else says; an unreadable body is an
    /// [`ErrorAnswer`] that says nothing.
    pub(crate) body: Result<T, ErrorAnswer>,
}

/// Nothing came back: no network, no such host, refused by the browser, or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// What an event stream has to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Push {
    /// The stream is open: news will come by themselves.
    Opened,
    /// How the job stands.
    Job(Box<Job>),
    /// The connection is lost; the platform tries to open it again.
    Lost,
}
