//! Asking for a video, and paying for it once.

use std::time::Duration;

use axum::body::Body;
use http::{Method, StatusCode};
use konpro_simulator::{Call, FaultKind};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::Stage;
use crate::support::visitor::{
    VIDEOS, create, ended, job, order, path, post, post_with_key, posting_with_key, request, send,
};

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
async fn two_posts_without_a_key_are_two_videos() {
    let stage = Stage::set(|config| config.concurrent_videos = 2);
    let proxy = stage.proxy();
    assert_ne!(
        create(&proxy, "Hello.").await,
        create(&proxy, "Hello.").await
    );
    assert_eq!(stage.paid(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_key_is_one_video_whatever_the_order_of_the_fields() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = post_with_key(&proxy, "k", &order("Hello.")).await;
    let shuffled = r#" {"text" : "Hello.", "voice_id": "voice-123","avatar_id":"avatar-3655"}"#;
    let again = request("POST", VIDEOS)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .body(Body::from(shuffled))
        .unwrap();
    let again = send(&proxy, again).await;
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(again.json()["job_id"], first.json()["job_id"]);
    ended(&proxy, &path(&first.json())).await;
    let late = post_with_key(&proxy, "k", &order("Hello.")).await;
    assert_eq!(late.json()["job_id"], first.json()["job_id"]);
    assert_eq!(late.json()["status"], "completed", "the present state");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_key_with_another_body_is_a_conflict() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    let other = post_with_key(&proxy, "k", &order("Goodbye.")).await;
    assert_eq!(other.refused(409), "IDEMPOTENCY_CONFLICT");
    let again = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    assert_eq!(again["job_id"], first["job_id"]);
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn repeats_at_the_same_time_wait_for_the_first() {
    let stage = Stage::new();
    stage.inject(Call::Create, FaultKind::Delayed(Duration::from_secs(8)), 1);
    let proxy = stage.proxy();
    let (proxy, body) = (&proxy, &order("Hello."));
    let crowd = (0..20).map(|_| async move { post_with_key(proxy, "k", body).await.json() });
    let jobs = futures_util::future::join_all(crowd).await;
    assert!(jobs.iter().all(|job| *job == jobs[0]), "{jobs:?}");
    assert_eq!(jobs[0]["status"], "processing");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_1_to_255_visible_ascii_characters() {
    let stage = Stage::set(|config| config.concurrent_videos = 10);
    let proxy = stage.proxy();
    let longest = "k".repeat(255);
    for key in ["!", "~", "7f3a-\"x\"", &longest] {
        let answer = post_with_key(&proxy, key, &order("Hello.")).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{key}");
    }
    let too_long = "k".repeat(256);
    for key in ["", "two words", "tab\there", "schlüssel", &too_long] {
        let answer = post_with_key(&proxy, key, &order("Hello.")).await;
        assert_eq!(answer.blames(), "Idempotency-Key", "{key}");
    }
    assert_eq!(stage.paid(), 4);
}

#[tokio::test(start_paused = true)]
async fn konpros_refusal_comes_back_as_it_is_and_frees_the_key() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let refusal = r#"{"error": {"code": "VALIDATION_ERROR", "message": "Too rude.",
        "details": {"field": "text", "reason": "is rude"}}, "request_id": "req-konpro"}"#;
    stage.wire.say(Method::POST, VIDEOS, 400, refusal);
    let refused = post_with_key(&proxy, "k", &order("Hello.")).await;
    assert_eq!(refused.blames(), "text");
    assert_eq!(refused.json()["error"]["message"], "Too rude.");
    assert_ne!(refused.json()["request_id"], "req-konpro");
    let other = post_with_key(&proxy, "k", &order("Goodbye.")).await;
    assert_eq!(other.status, StatusCode::CREATED);
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
async fn a_visitor_who_left_finds_the_job_under_the_same_key() {
    let stage = Stage::new();
    stage.inject(Call::Create, FaultKind::Delayed(Duration::from_secs(5)), 1);
    let proxy = stage.proxy();
    let body = order("Hello.");
    let visit = post_with_key(&proxy, "k", &body);
    assert!(timeout(Duration::from_secs(1), visit).await.is_err());
    sleep(Duration::from_secs(10)).await;
    let back = post_with_key(&proxy, "k", &order("Hello.")).await;
    assert_eq!(back.status, StatusCode::CREATED);
    assert_eq!(stage.paid(), 1);
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
async fn keys_outlive_a_day() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    sleep(Duration::from_secs(24 * 3600 + 60)).await;
    let again = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    assert_eq!(again["job_id"], first["job_id"]);
    assert_eq!(stage.paid(), 1);
}
