use std::time::Duration;

use konpro_api::{Avatars, CreateVideo, ErrorAnswer, Job, Limits, Voices};
use serde::de::DeserializeOwned;

use crate::KonproError;
use crate::text::{encode, joined};
use crate::transport::{Answer, Lost, Method, Reply, Request, Transport};

/// Who answers: told apart once, by whether there is a `/v1/limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Our proxy: knows idempotency keys, pushes events, keeps videos reachable.
    Proxy,
    /// Any reverse proxy that adds KonPro's key and does nothing else.
    Bare,
}

/// Which part of a list is wanted. What is `None` is left to the proxy.
///
/// ```
/// let query = konpro_client::ListQuery { language: Some("de-DE"), ..Default::default() };
/// assert_eq!(query.path("/v1/voices"), "/v1/voices?page=1&limit=100&language=de-DE");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ListQuery<'a> {
    /// Which page, from 1.
    pub page: u32,
    /// Entries a page, 100 at most.
    pub limit: u32,
    /// `all`, `public` or `private`.
    pub scope: Option<&'a str>,
    /// Voices only: a language tag such as `en-US`.
    pub language: Option<&'a str>,
    /// Voices only: `male`, `female` or `neutral`.
    pub gender: Option<&'a str>,
}

impl Default for ListQuery<'_> {
    fn default() -> Self {
        Self {
            page: 1,
            limit: 100,
            scope: None,
            language: None,
            gender: None,
        }
    }
}

impl ListQuery<'_> {
    /// The query behind `list`, such as `/v1/avatars?page=1&limit=20`.
    pub fn path(&self, list: &str) -> String {
        let (page, limit) = (self.page.to_string(), self.limit.to_string());
        let parameters = [
            ("?page=", Some(page.as_str())),
            ("&limit=", Some(limit.as_str())),
            ("&scope=", self.scope),
            ("&language=", self.language),
            ("&gender=", self.gender),
        ];
        let mut path = list.to_owned();
        for (name, value) in parameters {
            if let Some(value) = value {
                path.push_str(name);
                path.push_str(&encode(value));
            }
        }
        path
    }
}

/// A job, and when asking again makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// How the job stands.
    pub job: Job,
    /// How long to wait before asking again, where the other side said so.
    pub retry_after: Option<Duration>,
}

/// The proxy's calls, typed.
#[derive(Clone, Debug)]
pub struct Client<T> {
    transport: T,
}

/// A call's answer before anybody has judged it.
pub(crate) type Raw<T> = Result<Answer<T>, Lost>;

impl<T: Transport> Client<T> {
    /// A client that speaks through `transport`.
    pub fn new(transport: T) -> Self {
        Self { transport }
    }

    /// What the client speaks through.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// A page of avatars.
    pub async fn avatars(&self, query: &ListQuery<'_>) -> Result<Avatars, KonproError> {
        let reply = self.fetch(Method::Get, &query.path("/v1/avatars")).await;
        judge(self.read(reply))
    }

    /// A page of voices.
    pub async fn voices(&self, query: &ListQuery<'_>) -> Result<Voices, KonproError> {
        let reply = self.fetch(Method::Get, &query.path("/v1/voices")).await;
        judge(self.read(reply))
    }

    /// What the proxy accepts; `None` says that the other side is a bare proxy.
    pub async fn limits(&self) -> Result<Option<Limits>, KonproError> {
        match self.fetch(Method::Get, "/v1/limits").await {
            Ok(reply) if reply.status == 404 => Ok(None),
            reply => judge(self.read(reply)).map(Some),
        }
    }

    /// How a job stands.
    pub async fn job(&self, peer: Peer, job_id: &str) -> Result<Told, KonproError> {
        let raw = self.look(peer, job_id).await;
        let retry_after = raw.as_ref().ok().and_then(|answer| answer.retry_after);
        judge(raw).map(|job| Told { job, retry_after })
    }

    /// Takes back a job that was not sent to KonPro yet; the error says that it was.
    pub async fn withdraw(&self, job_id: &str) -> Result<Job, KonproError> {
        let reply = self.fetch(Method::Delete, &job_path(job_id)).await;
        judge(self.read(reply))
    }

    pub(crate) async fn create(&self, video: &CreateVideo, key: Option<&str>) -> Raw<Job> {
        let request = Request {
            method: Method::Post,
            path: "/v1/video-avatars",
            idempotency_key: key,
            body: Some(video),
        };
        let reply = self.transport.send(request).await;
        self.read(reply)
    }

    /// Asks in KonPro's flat form, and where a bare proxy knows none, in the envelope's.
    pub(crate) async fn look(&self, peer: Peer, job_id: &str) -> Raw<Job> {
        let mut reply = self.fetch(Method::Get, &job_path(job_id)).await?;
        if peer == Peer::Bare && reply.status == 404 {
            let path = joined(&["/v1/video_status?video_id=", &encode(job_id)]);
            reply = self.fetch(Method::Get, &path).await?;
        }
        let mut answer: Answer<Job> = self.read(Ok(reply))?;
        // KonPro's flat form promises a status and no id: it is about the job that was asked for.
        if let Ok(job) = &mut answer.body
            && job.job_id.is_empty()
        {
            job_id.clone_into(&mut job.job_id);
        }
        Ok(answer)
    }

    /// A success's body, or what the body of anything else says.
    fn read<A: DeserializeOwned>(&self, reply: Result<Reply, Lost>) -> Raw<A> {
        let reply = reply?;
        Ok(Answer {
            status: reply.status,
            retry_after: reply.retry_after,
            body: if (200..300).contains(&reply.status) {
                self.transport
                    .read(&reply.body)
                    .ok_or_else(ErrorAnswer::default)
            } else {
                Err(self.transport.read(&reply.body).unwrap_or_default())
            },
        })
    }

    async fn fetch(&self, method: Method, path: &str) -> Result<Reply, Lost> {
        let body: Option<&CreateVideo> = None;
        self.transport
            .send(Request {
                method,
                path,
                idempotency_key: None,
                body,
            })
            .await
    }
}

/// Where a job is, such as `/v1/video-avatars/q83v`.
pub(crate) fn job_path(job_id: &str) -> String {
    joined(&["/v1/video-avatars/", &encode(job_id)])
}

/// Where a finished video is for ever, such as `/v1/video-avatars/q83v/video`. Our proxy only.
pub fn video_path(job_id: &str) -> String {
    joined(&[&job_path(job_id), "/video"])
}

fn judge<T>(raw: Raw<T>) -> Result<T, KonproError> {
    let Answer {
        status,
        retry_after,
        body,
    } = raw?;
    match body {
        Ok(body) if (200..300).contains(&status) => Ok(body),
        body => Err(KonproError::of(&Answer {
            status,
            retry_after,
            body,
        })),
    }
}
