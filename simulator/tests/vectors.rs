//! The simulator can send every body that KonPro is known to send: the same fields in the same places.
//!
//! The vectors come from KonPro's documents, so a simulator that agrees with the code under test and not with them is
//! found out here.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use konpro_simulator::{Config, Dialect, Simulator, WebhookSender};
use serde_json::{Value, json};
use tower::{BoxError, ServiceExt, service_fn};

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../crates/api/tests/vectors/", $name))
    };
}

fn speaking(dialect: Dialect) -> Simulator {
    Simulator::new(Config {
        dialect,
        concurrent: Some(1),
        ..Config::default()
    })
}

async fn send(simulator: &Simulator, method: &str, path: &str, body: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-api-key", "simulated-key")
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let (parts, body) = simulator
        .service()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(simulator: &Simulator, path: &str) -> Value {
    let (_, body) = send(simulator, "GET", path, "").await;
    serde_json::from_str(&body).unwrap()
}

/// Asks for the sample's video, with `note` in its text, and hands back the answer.
async fn create(simulator: &Simulator, note: &str) -> Value {
    let mut order: Value = serde_json::from_str(vector!("create-request.json")).unwrap();
    order["text"] = json!(format!("{} {note}", order["text"].as_str().unwrap()));
    let (status, body) = send(simulator, "POST", "/v1/video-avatars", &order.to_string()).await;
    assert!(status.is_success(), "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Creates one video after the other so that, once the clock has moved, one is in each status.
async fn in_each_status(simulator: &Simulator) -> [(&'static str, String); 4] {
    let mut ids = Vec::new();
    for note in ["", "[fail]", "", ""] {
        let created = create(simulator, note).await;
        ids.push(created["job_id"].as_str().unwrap().to_owned());
    }
    // The first two have ended by then; the third is rendered while the fourth still waits.
    while get(simulator, &format!("/v1/video_status?video_id={}", ids[1])).await["data"]["status"]
        != "failed"
    {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let mut ids = ids.into_iter();
    ["completed", "failed", "processing", "pending"].map(|status| (status, ids.next().unwrap()))
}

/// The places of all fields, members of lists taken together.
fn fields(value: &Value) -> BTreeSet<String> {
    let within = |name: &str, member: &Value| {
        let deeper = fields(member)
            .into_iter()
            .map(move |path| format!("/{path}"));
        let ends = deeper.chain([String::new()]);
        ends.map(|end| format!("{name}{end}")).collect::<Vec<_>>()
    };
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| within(name, member))
            .collect(),
        Value::Array(members) => members.iter().flat_map(fields).collect(),
        _ => BTreeSet::new(),
    }
}

#[track_caller]
fn assert_same_fields(sent: &Value, vector: &str) {
    let vector: Value = serde_json::from_str(vector).unwrap();
    assert_eq!(fields(sent), fields(&vector));
}

/// For forms of which KonPro's documents name only some fields.
#[track_caller]
fn assert_at_least_the_fields(sent: &Value, vector: &str) {
    let vector: Value = serde_json::from_str(vector).unwrap();
    let (sent, known) = (fields(sent), fields(&vector));
    assert!(known.is_subset(&sent), "{known:?} are not all in {sent:?}");
}

#[tokio::test(start_paused = true)]
async fn the_sample_is_taken_and_answered_as_in_the_documentation() {
    for dialect in [Dialect::Documentation, Dialect::Sdk] {
        let simulator = speaking(dialect);
        assert_same_fields(&create(&simulator, "").await, vector!("created.json"));
        let order = vector!("create-request-with-webhook.json");
        let (status, body) = send(&simulator, "POST", "/v1/video-avatars", order).await;
        assert!(status.is_success(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_status_is_sent_flat_and_in_the_envelope() {
    let simulator = speaking(Dialect::Documentation);
    for (status, id) in in_each_status(&simulator).await {
        let (flat, envelope) = match status {
            "pending" => (
                vector!("status-flat-pending.json"),
                vector!("status-envelope-pending.json"),
            ),
            "processing" => (
                vector!("status-flat-processing.json"),
                vector!("status-envelope-processing.json"),
            ),
            "completed" => (
                vector!("status-flat-completed.json"),
                vector!("status-envelope-completed.json"),
            ),
            _ => (
                vector!("status-flat-failed.json"),
                vector!("status-envelope-failed.json"),
            ),
        };
        let sent = get(&simulator, &format!("/v1/video-avatars/{id}")).await;
        assert_eq!(sent["status"], status);
        assert_at_least_the_fields(&sent, flat);
        let sent = get(&simulator, &format!("/v1/video_status?video_id={id}")).await;
        assert_eq!(sent["data"]["status"], status);
        assert_same_fields(&sent, envelope);
    }
}

#[tokio::test(start_paused = true)]
async fn lists_are_sent_in_both_forms() {
    let documented = speaking(Dialect::Documentation);
    let avatars = get(&documented, "/v1/avatars").await;
    assert_same_fields(&avatars, vector!("avatars-documentation.json"));
    let voices = get(&documented, "/v1/voices").await;
    assert_same_fields(&voices, vector!("voices-documentation.json"));

    let sdk = speaking(Dialect::Sdk);
    let avatars = get(&sdk, "/v1/avatars/").await;
    assert_same_fields(&avatars, vector!("avatars-sdk.json"));
    let voices = get(&sdk, "/v1/voices/").await;
    assert_at_least_the_fields(&voices, vector!("voices-sdk.json"));

    create(&documented, "").await;
    let videos = get(&documented, "/v1/videos").await;
    assert_same_fields(&videos, vector!("videos.json"));
}

#[tokio::test(start_paused = true)]
async fn errors_are_sent_in_each_of_their_forms() {
    let wrong = json!({
        "avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Hello",
        "settings": {"resolution": "9000p"},
    });
    let refused = async |dialect| {
        let order = wrong.to_string();
        let (_, body) = send(&speaking(dialect), "POST", "/v1/video-avatars", &order).await;
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let envelope = refused(Dialect::Documentation).await;
    assert_same_fields(&envelope, vector!("error-envelope.json"));
    let detail = refused(Dialect::Sdk).await;
    assert_same_fields(&detail, vector!("error-detail-list.json"));
    assert_eq!(
        detail["detail"][0]["loc"],
        json!(["body", "settings", "resolution"])
    );

    let simulator = speaking(Dialect::Documentation);
    simulator.inject("avatars:429x1".parse().unwrap());
    let limited = get(&simulator, "/v1/avatars").await;
    assert_same_fields(&limited, vector!("error-envelope-without-details.json"));

    let lost = get(&speaking(Dialect::Sdk), "/v1/nothing").await;
    assert_same_fields(&lost, vector!("error-detail-text.json"));
    assert!(lost["detail"].is_string());

    simulator.inject("avatars:htmlx1".parse().unwrap());
    let (status, page) = send(&simulator, "GET", "/v1/avatars", "").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert_eq!(page, vector!("gateway.html"));
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_sent_for_both_ends() {
    let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
    let receiver = Arc::clone(&heard);
    let sender = service_fn(move |request: Request<Bytes>| {
        let body = serde_json::from_slice(request.body());
        receiver.lock().unwrap().extend(body.ok());
        async { Ok::<_, BoxError>(StatusCode::OK) }
    });
    let simulator = Simulator::new(Config {
        webhooks: Some(WebhookSender::new(sender)),
        ..Config::default()
    });
    for text in ["Fine", "[fail]"] {
        let mut order: Value =
            serde_json::from_str(vector!("create-request-with-webhook.json")).unwrap();
        order["text"] = json!(text);
        send(&simulator, "POST", "/v1/video-avatars", &order.to_string()).await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard[0]["event_type"], "avatar_video.success");
    assert_same_fields(&heard[0], vector!("webhook-success.json"));
    assert_eq!(heard[1]["event_type"], "avatar_video.fail");
    assert_same_fields(&heard[1], vector!("webhook-fail.json"));
}
