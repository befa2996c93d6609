use axum::Router;
use axum::body::BodyDataStream;
use futures_util::StreamExt;
use http::StatusCode;
use serde_json::Value;
use tower::ServiceExt;

use super::visitor::{empty, request};

/// A stream of a job's events, as it is read.
pub(crate) struct Events {
    body: BodyDataStream,
    heard: String,
}

/// One part of the stream.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Job(Value),
    Comment,
    End,
}

impl Events {
    pub(crate) async fn of(proxy: &Router, job: &str) -> Self {
        let request = empty(request("GET", &format!("{job}/events")));
        let response = proxy.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self {
            body: response.into_body().into_data_stream(),
            heard: String::new(),
        }
    }

    pub(crate) async fn part(&mut self) -> Part {
        loop {
            if let Some((part, rest)) = self.heard.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.heard = rest;
                return read(&part);
            }
            match self.body.next().await {
                Some(bytes) => self.heard += std::str::from_utf8(&bytes.unwrap()).unwrap(),
                None => return Part::End,
            }
        }
    }

    /// The next job, whatever comments come before it; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.part().await {
                Part::Job(job) => return Some(job),
                Part::Comment => {}
                Part::End => return None,
            }
        }
    }

    /// Every job to the end of the stream.
    pub(crate) async fn all(mut self) -> Vec<Value> {
        let mut jobs = Vec::new();
        while let Some(job) = self.next().await {
            jobs.push(job);
        }
        jobs
    }
}

fn read(part: &str) -> Part {
    if part.starts_with(':') {
        return Part::Comment;
    }
    let mut lines = part.lines();
    assert_eq!(lines.next(), Some("event: job"));
    let data = lines.next().and_then(|line| line.strip_prefix("data: "));
    assert_eq!(lines.next(), None, "a job is on one line");
    Part::Job(serde_json::from_str(data.unwrap()).unwrap())
}
