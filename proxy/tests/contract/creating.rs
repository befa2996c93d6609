//! Asking for a video, and paying for it once.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Response, StatusCode};
use konpro_simulator::{Call, FaultKind};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, ended, job, order, post, posting_with_key, send};

#[tokio::test(start_paused = true)]
async fn a_new_job_is_the_visitors_own() {
    let stage = Stage::new();
    let answer = post(&stage.proxy(), &order("Hello.")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
    assert!(answer.header("retry-after").is_some());
    let job = answer.json();
    assert_eq!(job["status"], "processing");
    assert_eq!(job["created_at"], "2026-11-23T12:00:00Z");
    assert!(job["estimated_time"].as_u64().unwrap() > 0);
    let konpros = &stage.simulator.counts().created[0].job_id;
    assert_ne!(job["job_id"], konpros.as_str());
    let known = ["job_id", "status", "created_at", "estimated_time"];
    assert!(
        job.as_object()
            .unwrap()
            .keys()
            .all(|field| known.contains(&&**field)),
        "{job}"
    );
}

#[tokio::test(start_paused = true)]
async fn konpro_gets_the_key_and_the_video_and_nothing_of_the_visitors() {
    let stage = Stage::new();
    let mut body = order("Hello.");
    body["settings"] = json!({"resolution": "720p", "background": "office"});
    let mut request = posting_with_key("my-key", &body);
    for name in [
        "cookie",
        "authorization",
        "x-api-key",
        "x-forwarded-for",
        "user-agent",
    ] {
        request
            .headers_mut()
            .insert(name, "the visitor's".parse().unwrap());
    }
    assert_eq!(
        send(&stage.proxy(), request).await.status,
        StatusCode::CREATED
    );
    let sent = stage.wire.sent().pop().unwrap();
    assert_eq!(
        (sent.method, sent.uri.to_string()),
        (Method::POST, format!("http://konpro.test{VIDEOS}"))
    );
    assert_eq!(sent.headers["x-api-key"], crate::support::KEY);
    assert!(sent.headers["x-api-key"].is_sensitive());
    assert!(!format!("{:?}", sent.headers).contains("visitor"));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&sent.body).unwrap(),
        body
    );
}

#[tokio::test(start_paused = true)]
async fn konpros_other_refusals_keep_their_code() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let framework = r#"{"detail": [{"loc": ["body", "text"], "msg": "too rude", "type": "x"}]}"#;
    for (status, body, expected, code) in [
        (
            403,
            r#"{"error": {"code": "INSUFFICIENT_PERMISSIONS", "message": "No."}}"#,
            403,
            "INSUFFICIENT_PERMISSIONS",
        ),
        (
            404,
            r#"{"detail": "No such avatar"}"#,
            404,
            "RESOURCE_NOT_FOUND",
        ),
        (
            402,
            r#"{"error": {"code": "OUT_OF_CREDITS", "message": "Pay."}}"#,
            402,
            "OUT_OF_CREDITS",
        ),
        (422, framework, 400, "VALIDATION_ERROR"),
        (400, "<html>bad</html>", 400, "INVALID_REQUEST"),
    ] {
        stage.wire.say(Method::POST, VIDEOS, status, body);
        let answer = post(&proxy, &order("Hello.")).await;
        assert_eq!(answer.refused(expected), code, "{body}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("html"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_konpro_does_not_keep_the_visitor_waiting() {
    let stage = Stage::new();
    stage.inject(Call::Create, FaultKind::Delayed(Duration::from_secs(25)), 1);
    let proxy = stage.proxy();
    let made = timeout(Duration::from_secs(21), create(&proxy, "Hello."))
        .await
        .unwrap();
    assert_eq!(job(&proxy, &made).await["status"], "pending");
    sleep(Duration::from_secs(6)).await;
    assert_eq!(job(&proxy, &made).await["status"], "processing");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_konpro_says_of_an_error_is_cut_to_what_a_page_can_use() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let long = "x".repeat(100_000);
    for odd in [&*long, "not a code", "<b>", "lower_case", &"X".repeat(65)] {
        let error =
            json!({"code": odd, "message": long, "details": {"field": long, "reason": long}});
        let refusal = json!({ "error": error }).to_string();
        stage.wire.say(Method::POST, VIDEOS, 400, &refusal);
        let refused = post(&proxy, &order("Hello.")).await;
        assert_eq!(refused.refused(400), "INVALID_REQUEST");
        let said = refused.json()["error"].clone();
        assert_eq!(said["message"], "x".repeat(500));
        assert!(said.to_string().len() < 2_000);

        let made = create(&proxy, "Hello.").await;
        let failure = json!({"status": "failed", "error": error}).to_string();
        stage.wire.say(Method::GET, VIDEOS, 200, &failure);
        let said = ended(&proxy, &made).await["error"].clone();
        assert_eq!(said["code"], "PROCESSING_ERROR");
        assert_eq!(said["message"], "x".repeat(500));
    }
}

#[tokio::test(start_paused = true)]
async fn konpros_word_on_when_to_try_a_refused_video_again_is_passed_on() {
    let stage = Stage::new();
    let refusal = Response::builder().status(402).header("retry-after", "90");
    let refusal = refusal
        .body(Body::from(r#"{"error": {"code": "OUT_OF_CREDITS"}}"#))
        .unwrap();
    stage.wire.answer(Method::POST, VIDEOS, Ok(refusal));
    let refused = post(&stage.proxy(), &order("Hello.")).await;
    assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(refused.header("retry-after"), Some("90"));
}
