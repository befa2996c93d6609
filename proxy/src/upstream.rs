//! KonPro's API as the proxy uses it: three calls, two dialects, and every way to get no answer.

mod answer;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use konpro_api::{CreateVideo, Job};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;
use url::Url;

use answer::{Answer, DAY, report_refused_key};

use crate::failure::Failure;
use crate::links::Links;
use crate::metrics::{self, Metrics};
use crate::network::{Network, NetworkError};
use crate::permits::Permit;
use crate::secrets::ApiKey;

/// All but what an address holds as it is (RFC 3986, `unreserved`).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// One call to KonPro takes no longer, its body included.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// No answer of KonPro's is larger.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// KonPro, with the key.
#[derive(Clone)]
pub(crate) struct Upstream {
    network: Network,
    base: Url,
    key: ApiKey,
    links: Links,
    metrics: Metrics,
    /// Whether the envelope's status call was the one that knew the last job.
    envelope: Arc<AtomicBool>,
    /// The paths that KonPro's framework wants to end with a slash.
    slashed: Arc<Mutex<BTreeSet<String>>>,
}

/// What KonPro says to a create.
#[derive(Debug)]
pub(crate) enum Creation {
    Taken(Box<Job>, Option<Duration>),
    Refused(Failure),
    NotSent(Option<Duration>),
    Lost,
}

/// What KonPro says to a look.
#[derive(Debug)]
pub(crate) enum Look {
    Seen(Box<Job>, Option<Duration>),
    Missing,
    NotSent(Option<Duration>),
    Lost(Option<Duration>),
}

/// Whether an answer is about the job of this id.
type Belief = fn(&Answer, &str) -> bool;

#[derive(Clone, Copy, Debug)]
enum NoAnswer {
    NeverOpened,
    Lost,
    TimedOut,
}

/// Whether KonPro can be asked for it: URLs lose a part that is nothing but dots, however it is
/// encoded.
pub(crate) fn is_id(text: &str) -> bool {
    !text.chars().all(|c| c == '.')
}

impl Upstream {
    pub(crate) fn new(network: Network, base: Url, key: ApiKey, metrics: Metrics) -> Self {
        let links = Links::of(base.clone());
        Self {
            network,
            base,
            key,
            links,
            metrics,
            envelope: Arc::default(),
            slashed: Arc::default(),
        }
    }

    /// Asks for a video. Never repeats itself: that is the caller's to decide.
    pub(crate) async fn create(&self, video: &CreateVideo, permit: Permit) -> Creation {
        let Ok(body) = serde_json::to_vec(video) else {
            permit.unused();
            return Creation::NotSent(None);
        };
        let answer = match self
            .call(Method::POST, "/v1/video-avatars", body.into(), permit)
            .await
        {
            Ok(answer) => answer,
            Err(NoAnswer::NeverOpened) => return Creation::NotSent(None),
            Err(NoAnswer::Lost | NoAnswer::TimedOut) => return Creation::Lost,
        };
        match answer.status.as_u16() {
            200..=299 => match self.read(&answer) {
                Some(job) if is_id(&job.job_id) => {
                    Creation::Taken(Box::new(job), answer.retry_after())
                }
                _ => Creation::Lost,
            },
            429 => Creation::NotSent(answer.retry_after()),
            // 408: whoever waited for the request may have got enough of it.
            400..=407 | 409..=499 => Creation::Refused(answer.refusal()),
            _ => Creation::Lost,
        }
    }

    /// Asks how a job stands, in the form that knew the last one, and then in the other.
    pub(crate) async fn look(&self, id: &str, permit: Permit) -> Look {
        self.look_either_way(id, |_, _| true, permit).await
    }

    /// Asks whether there is a job of this id, which anybody may have made up: what is not clearly
    /// about it does not count.
    pub(crate) async fn find(&self, id: &str, permit: Permit) -> Look {
        self.look_either_way(id, Answer::is_about, permit).await
    }

    async fn look_either_way(&self, id: &str, believe: Belief, permit: Permit) -> Look {
        if !is_id(id) {
            permit.unused();
            return Look::Missing;
        }
        let envelope = self.envelope.load(Ordering::Relaxed);
        let next = permit.follower();
        let first = self.look_by(id, envelope, believe, permit).await;
        if !matches!(first, Look::Missing) {
            return first;
        }
        let Some(permit) = next.permit().await else {
            return Look::NotSent(None);
        };
        let second = self.look_by(id, !envelope, believe, permit).await;
        if matches!(second, Look::Seen(..)) {
            self.envelope.store(!envelope, Ordering::Relaxed);
        }
        second
    }

    async fn look_by(&self, id: &str, envelope: bool, believe: Belief, permit: Permit) -> Look {
        let encoded = utf8_percent_encode(id, RESERVED);
        let path = match envelope {
            true => format!("/v1/video_status?video_id={encoded}"),
            false => format!("/v1/video-avatars/{encoded}"),
        };
        let answer = match self.call(Method::GET, &path, Bytes::new(), permit).await {
            Ok(answer) => answer,
            Err(NoAnswer::NeverOpened) => return Look::NotSent(None),
            Err(NoAnswer::Lost | NoAnswer::TimedOut) => return Look::Lost(None),
        };
        let retry_after = answer.retry_after();
        match answer.status.as_u16() {
            200..=299 => match self.read(&answer) {
                Some(job) if believe(&answer, id) => Look::Seen(Box::new(job), retry_after),
                Some(_) => Look::Missing,
                None => Look::Lost(retry_after),
            },
            404 => Look::Missing,
            429 => Look::NotSent(retry_after),
            status => {
                report_refused_key(status);
                Look::Lost(retry_after)
            }
        }
    }

    /// A job without what cannot be true of it.
    fn read(&self, answer: &Answer) -> Option<Job> {
        let mut job = answer.json::<Job>()?;
        let believable = |seconds: &u32| u64::from(*seconds) <= DAY.as_secs();
        job.estimated_time = job.estimated_time.filter(believable);
        job.error = job.error.map(answer::tidy);
        // The proxy has its own.
        job.created_at = None;
        Some(self.links.clean(job))
    }

    /// One page of a list.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        permit: Permit,
    ) -> Result<T, Failure> {
        let answer = match self.call(Method::GET, path, Bytes::new(), permit).await {
            Ok(answer) => answer,
            Err(NoAnswer::NeverOpened) => {
                return Err(Failure::unavailable("KonPro is unreachable"));
            }
            Err(NoAnswer::Lost) => return Err(Failure::unavailable("KonPro broke the connection")),
            Err(NoAnswer::TimedOut) => return Err(Failure::timeout("KonPro did not answer")),
        };
        match answer.status.as_u16() {
            200..=299 => answer
                .json()
                .ok_or_else(|| Failure::invalid("KonPro sent no list")),
            401 | 403 => {
                report_refused_key(answer.status.as_u16());
                Err(Failure::unavailable("KonPro refused the key"))
            }
            429 => {
                let seconds = answer.retry_after().map_or(60, |wait| wait.as_secs());
                Err(Failure::unavailable("KonPro's rate limit is used up").after(seconds))
            }
            500.. => Err(Failure {
                retry_after: answer.retry_after().map(|wait| wait.as_secs()),
                ..Failure::unavailable("KonPro is out of order")
            }),
            _ => Err(Failure::invalid("KonPro refused to list")),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        permit: Permit,
    ) -> Result<Answer, NoAnswer> {
        let path = self.known_path(path);
        let next = permit.follower();
        let answer = self.send(&method, &path, body.clone(), permit).await?;
        match self.moved_by_a_slash(&method, &path, &answer) {
            Some(path) => {
                self.learn_path(&path);
                let permit = next.permit().await.ok_or(NoAnswer::NeverOpened)?;
                self.send(&method, &path, body, permit).await
            }
            None => Ok(answer),
        }
    }

    /// With the slash that KonPro wanted last time: a redirect costs a request.
    fn known_path(&self, path: &str) -> String {
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        let question = if query.is_empty() { "" } else { "?" };
        let slashed = self.slashed.lock().unwrap_or_else(PoisonError::into_inner);
        match slashed.contains(bare) {
            true => format!("{bare}/{question}{query}"),
            false => path.to_owned(),
        }
    }

    fn learn_path(&self, path: &str) {
        let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
        let mut slashed = self.slashed.lock().unwrap_or_else(PoisonError::into_inner);
        match bare.strip_suffix('/') {
            // Paths with an id in them are each asked for a few times only.
            Some(bare) if bare.matches('/').count() == 2 => drop(slashed.insert(bare.to_owned())),
            _ => drop(slashed.remove(bare)),
        }
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
        permit: Permit,
    ) -> Result<Answer, NoAnswer> {
        let base = self.base.as_str().trim_end_matches('/');
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{base}{path}"))
            .header("x-api-key", self.key.header())
            .header(header::ACCEPT, "application/json");
        if *method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let Ok(request) = request.body(body) else {
            permit.unused();
            return Err(NoAnswer::NeverOpened);
        };
        let exchange = async {
            let response = self.network.clone().oneshot(request).await?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await;
            let body = body.map_err(|_| NetworkError::Lost)?.to_bytes();
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body: self.key.erased_from(body),
            })
        };
        let asked = Instant::now();
        let exchanged = timeout(CALL_LIMIT, exchange).await;
        self.count(method, path, &exchanged, asked);
        match exchanged {
            Ok(Ok(answer)) => {
                match answer.status {
                    StatusCode::TOO_MANY_REQUESTS => permit.refused(answer.retry_after()).await,
                    _ => permit.answered(),
                }
                Ok(answer)
            }
            Ok(Err(NetworkError::NeverOpened | NetworkError::NotPublic)) => {
                permit.unused();
                Err(NoAnswer::NeverOpened)
            }
            Ok(Err(NetworkError::Lost)) => Err(NoAnswer::Lost),
            Err(_) => Err(NoAnswer::TimedOut),
        }
    }

    fn count(
        &self,
        method: &Method,
        path: &str,
        exchanged: &Result<Result<Answer, NetworkError>, Elapsed>,
        asked: Instant,
    ) {
        let call = match path {
            _ if *method == Method::POST => "create",
            list if list.starts_with("/v1/avatars") || list.starts_with("/v1/voices") => "list",
            _ => "look",
        };
        let outcome = match exchanged {
            Ok(Ok(answer)) => answer.status.as_str().to_owned(),
            Ok(Err(NetworkError::NeverOpened | NetworkError::NotPublic)) => {
                "never opened".to_owned()
            }
            Ok(Err(NetworkError::Lost)) => "lost".to_owned(),
            Err(_) => "timed out".to_owned(),
        };
        let counted = metrics::Upstream { call, outcome };
        self.metrics.upstream.get_or_create(&counted).inc();
        let took = asked.elapsed().as_secs_f64();
        self.metrics.upstream_seconds.observe(took);
    }

    /// KonPro's framework redirects between `/v1/avatars` and `/v1/avatars/`. Nothing else is
    /// followed, because the key would go along. Only the slash is taken from the redirect: behind
    /// a gateway the framework names `http` where it was called by `https`.
    fn moved_by_a_slash(&self, method: &Method, path: &str, answer: &Answer) -> Option<String> {
        let keeps_method = matches!(answer.status.as_u16(), 307 | 308);
        let may_repeat = keeps_method || (answer.status.is_redirection() && *method == Method::GET);
        if !may_repeat {
            return None;
        }
        let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
        let target = self.base.join(location).ok()?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let base = self.base.path().trim_end_matches('/');
        let there = target.path().strip_prefix(base)?;
        let by_a_slash =
            there.strip_suffix('/') == Some(path) || path.strip_suffix('/') == Some(there);
        if target.host() != self.base.host() || !by_a_slash {
            return None;
        }
        let question = if query.is_empty() { "" } else { "?" };
        Some(format!("{there}{question}{query}"))
    }
}
