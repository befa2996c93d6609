//! One wish is one video, however often it is asked for.

use std::time::Duration;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use konpro_simulator::{Call, FaultKind};
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};

use crate::support::Stage;
use crate::support::visitor::{
    VIDEOS, create, ended, order, path, post_with_key, posting_with_key, request, send,
};

#[tokio::test(start_paused = true)]
async fn a_key_whose_job_was_erased_makes_no_second_one_and_keeps_nobody_waiting() {
    let stage = Stage::set(|config| config.keep = Duration::from_secs(2 * 3600));
    let proxy = stage.proxy();
    let made = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    ended(&proxy, &path(&made)).await;
    sleep(Duration::from_secs(3 * 3600)).await;
    let asked = tokio::time::Instant::now();
    let again = post_with_key(&proxy, "k", &order("Hello.")).await;
    assert_eq!(again.refused(404), "RESOURCE_NOT_FOUND");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(stage.paid(), 1);
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
async fn one_key_is_one_video_however_its_numbers_are_written() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let numbered = |numbers: &str| {
        let order = order("Hello.").to_string();
        let body = format!(r#"{}, "seed": {numbers}}}"#, order.trim_end_matches('}'));
        let request = request("POST", VIDEOS)
            .header("content-type", "application/json")
            .header("idempotency-key", "k");
        request.body(Body::from(body)).unwrap()
    };
    let first = send(&proxy, numbered("[1, {\"a\": 100}, 0]")).await.json();
    let again = send(&proxy, numbered("[1.0, {\"a\": 1e2}, -0.0]"))
        .await
        .json();
    assert_eq!(again["job_id"], first["job_id"]);
    for other in ["[1.5, {\"a\": 100}, 0]", "[\"1\", {\"a\": 100}, 0]"] {
        send(&proxy, numbered(other)).await.refused(409);
    }
}

#[tokio::test(start_paused = true)]
async fn no_script_can_be_guessed_from_what_is_kept_of_it() {
    let stage = Stage::new();
    let body = order("Guess this.");
    post_with_key(&stage.proxy(), "k", &body).await;
    let digest = Sha256::digest(body.to_string());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!stage.kept().contains(&URL_SAFE_NO_PAD.encode(digest)));
    assert!(!stage.kept().contains(&hex));
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
    let mut two = posting_with_key("k", &order("Hello."));
    two.headers_mut()
        .append("idempotency-key", "k".parse().unwrap());
    assert_eq!(send(&proxy, two).await.blames(), "Idempotency-Key");
    assert_eq!(stage.paid(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_made_no_job_frees_the_key() {
    let stage = Stage::set(|config| {
        config.videos_per_visitor = "1/hour".parse().unwrap();
        config.concurrent_videos = 10;
    });
    let proxy = stage.proxy();
    stage.simulator.inject("avatars:503x1".parse().unwrap());
    let nowhere = post_with_key(&proxy, "k", &order("While lists are away.")).await;
    assert_eq!(nowhere.refused(503), "UPSTREAM_UNAVAILABLE");
    sleep(Duration::from_secs(31)).await;
    assert_eq!(
        post_with_key(&proxy, "k", &order(" ")).await.blames(),
        "text"
    );
    let mut foreign = order("Hello.");
    foreign["avatar_id"] = "avatar-unknown".into();
    let foreign = post_with_key(&proxy, "k", &foreign).await;
    assert_eq!(foreign.refused(403), "INSUFFICIENT_PERMISSIONS");
    create(&proxy, "The hour's only one.").await;
    let spent = post_with_key(&proxy, "k", &order("One too many.")).await;
    assert_eq!(spent.refused(429), "QUOTA_EXCEEDED");
    sleep(Duration::from_secs(3600)).await;
    let made = post_with_key(&proxy, "k", &order("Yet another body.")).await;
    assert_eq!(made.status, StatusCode::CREATED);
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
async fn repeats_that_wait_hear_the_refusal_too() {
    let stage = Stage::new();
    let refusal = r#"{"error": {"code": "VALIDATION_ERROR", "message": "Too rude."}}"#;
    stage.wire.say(Method::POST, VIDEOS, 400, refusal);
    let (proxy, body) = (&stage.proxy(), &order("Rude."));
    let crowd = (0..5).map(|_| post_with_key(proxy, "k", body));
    for answer in futures_util::future::join_all(crowd).await {
        assert_eq!(answer.refused(400), "VALIDATION_ERROR");
    }
    assert_eq!(
        stage.asked(Call::Create),
        0,
        "none was sent besides the first"
    );
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
async fn keys_outlive_a_day() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    sleep(Duration::from_secs(24 * 3600 + 60)).await;
    let again = post_with_key(&proxy, "k", &order("Hello.")).await.json();
    assert_eq!(again["job_id"], first["job_id"]);
    assert_eq!(stage.paid(), 1);
}
