//! The other sides that a client may meet.

use konpro_client::Method;
use serde_json::{Value, json};

use crate::world::{Reply, Sent, reply};

/// Takes the job `job-1`, which takes `seconds` to be rendered, as estimated.
pub(crate) fn rendering(seconds: u64) -> impl FnMut(&Sent) -> Reply + 'static {
    rendering_estimated(seconds, seconds)
}

/// Renders for `seconds` what it thinks takes `estimate`.
pub(crate) fn rendering_estimated(
    seconds: u64,
    estimate: u64,
) -> impl FnMut(&Sent) -> Reply + 'static {
    move |sent| match (sent.method, sent.at >= seconds * 1000) {
        (Method::Post, _) => reply(201, processing(estimate)),
        (Method::Get, false) => reply(200, processing(estimate)),
        (Method::Get, true) => reply(200, completed()),
        (Method::Delete, _) => reply(409, error("RESOURCE_NOT_FOUND", "It was sent.")),
    }
}

/// Answers the requests in turn, and then goes on like `then`.
pub(crate) fn first(
    replies: impl IntoIterator<Item = Reply>,
    mut then: impl FnMut(&Sent) -> Reply + 'static,
) -> impl FnMut(&Sent) -> Reply + 'static {
    let mut replies: Vec<Reply> = replies.into_iter().collect();
    replies.reverse();
    move |sent| replies.pop().unwrap_or_else(|| then(sent))
}

pub(crate) fn processing(estimate: u64) -> Value {
    json!({"job_id": "job-1", "status": "processing", "estimated_time": estimate})
}

pub(crate) fn pending() -> Value {
    json!({"job_id": "job-1", "status": "pending", "queue_position": 2})
}

pub(crate) fn completed() -> Value {
    json!({"job_id": "job-1", "status": "completed", "video_url": "https://cdn.example/v.mp4"})
}

pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}, "request_id": "req-1"})
}

pub(crate) const GATEWAY_PAGE: &str = include_str!("../../../api/tests/vectors/gateway.html");
