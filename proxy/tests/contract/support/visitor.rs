use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::ServiceExt;

pub(crate) const VIDEOS: &str = "/v1/video-avatars";

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks that this is a refusal in the contract's form, and says its code.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        let body = self.json();
        let id = body["request_id"].as_str().expect("a request id");
        assert_eq!(self.header("x-request-id"), Some(id));
        assert!(!body["error"]["message"].as_str().unwrap().is_empty());
        body["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Checks that one field is to blame, and says which.
    pub(crate) fn blames(&self) -> String {
        assert_eq!(self.refused(400), "VALIDATION_ERROR");
        let body = self.json();
        body["error"]["details"]["field"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

pub(crate) async fn send(proxy: &Router, request: Request<Body>) -> Answer {
    let response = proxy.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub(crate) fn request(method: &str, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8787")
}

pub(crate) fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn get(proxy: &Router, path: &str) -> Answer {
    send(proxy, empty(request("GET", path))).await
}

pub(crate) async fn delete(proxy: &Router, path: &str) -> Answer {
    send(proxy, empty(request("DELETE", path))).await
}

pub(crate) fn order(text: &str) -> Value {
    json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text})
}

pub(crate) fn posting(body: &Value) -> Request<Body> {
    let request = request("POST", VIDEOS).header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

pub(crate) fn posting_with_key(key: &str, body: &Value) -> Request<Body> {
    let mut request = posting(body);
    let headers = request.headers_mut();
    headers.insert("idempotency-key", key.parse().unwrap());
    request
}

pub(crate) async fn post(proxy: &Router, body: &Value) -> Answer {
    send(proxy, posting(body)).await
}

pub(crate) async fn post_with_key(proxy: &Router, key: &str, body: &Value) -> Answer {
    send(proxy, posting_with_key(key, body)).await
}

/// Asks for a video, and says where its job is.
pub(crate) async fn create(proxy: &Router, text: &str) -> String {
    let answer = post(proxy, &order(text)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    path(&answer.json())
}

/// Where a job is found.
pub(crate) fn path(job: &Value) -> String {
    format!("{VIDEOS}/{}", job["job_id"].as_str().unwrap())
}

pub(crate) async fn job(proxy: &Router, path: &str) -> Value {
    let answer = get(proxy, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// Asks as often as `Retry-After` says, until the job has ended.
pub(crate) async fn ended(proxy: &Router, path: &str) -> Value {
    for _ in 0..10_000 {
        let answer = get(proxy, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let Some(wait) = answer.header("retry-after") else {
            return answer.json();
        };
        sleep(Duration::from_secs(wait.parse().unwrap())).await;
    }
    panic!("{path} does not end");
}
