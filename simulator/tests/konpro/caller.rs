//! Speaks to a simulator as its users do.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use konpro_simulator::{Config, ConnectionDropped, Simulator};
use serde_json::{Value, json};
use tower::ServiceExt;

/// 23 November 2026, 12:00 UTC.
pub(crate) const EPOCH: u64 = 1_795_435_200;

pub(crate) fn config() -> Config {
    Config {
        epoch: SystemTime::UNIX_EPOCH + Duration::from_secs(EPOCH),
        public_url: "https://konpro.test".to_owned(),
        ..Config::default()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(
    simulator: &Simulator,
    request: Request<Body>,
) -> Result<Answer, ConnectionDropped> {
    let response = simulator.service().oneshot(request).await?;
    let (parts, body) = response.into_parts();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    })
}

pub(crate) async fn get(simulator: &Simulator, path: &str) -> Answer {
    send(simulator, request("GET", path, Body::empty()))
        .await
        .unwrap()
}

pub(crate) async fn post(simulator: &Simulator, path: &str, body: &Value) -> Answer {
    send(
        simulator,
        request("POST", path, Body::from(body.to_string())),
    )
    .await
    .unwrap()
}

pub(crate) fn request(method: &str, path: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("x-api-key", "simulated-key")
        .header("content-type", "application/json")
        .header("host", "konpro.test")
        .body(body)
        .unwrap()
}

pub(crate) fn order(text: &str) -> Value {
    json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text})
}

pub(crate) fn create_request(text: &str) -> Request<Body> {
    request(
        "POST",
        "/v1/video-avatars",
        Body::from(order(text).to_string()),
    )
}

/// Asks for a video and hands back its id.
pub(crate) async fn create(simulator: &Simulator, text: &str) -> String {
    create_with(simulator, &order(text)).await
}

pub(crate) async fn create_with(simulator: &Simulator, order: &Value) -> String {
    let answer = post(simulator, "/v1/video-avatars", order).await;
    assert!(answer.status.is_success(), "{}", answer.json());
    answer.json()["job_id"].as_str().unwrap().to_owned()
}

/// The flat status.
pub(crate) async fn status(simulator: &Simulator, id: &str) -> Value {
    let answer = get(simulator, &format!("/v1/video-avatars/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    answer.json()
}

/// Waits, on the paused clock, until the job has ended; hands back its last flat status.
pub(crate) async fn ended(simulator: &Simulator, id: &str) -> Value {
    for _ in 0..10_000 {
        let status = status(simulator, id).await;
        if status["status"] == "completed" || status["status"] == "failed" {
            return status;
        }
        tokio::time::advance(Duration::from_millis(250)).await;
    }
    panic!("{id} does not end");
}
