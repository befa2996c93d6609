//! Answers that never came, and what they must not cost.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Response, StatusCode};
use konpro_proxy::NetworkError;
use konpro_simulator::Call;
use tokio::time::sleep;

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, ended, job, order, path, post, post_with_key};

const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_create_is_never_sent_again() {
    for fault in [
        "500",
        "500-after",
        "503",
        "503-after",
        "drop",
        "drop-after",
        "timeout",
        "timeout-after",
        "malformed",
        "html",
        "slow+60",
    ] {
        let stage = Stage::new();
        stage
            .simulator
            .inject(format!("create:{fault}x1").parse().unwrap());
        let proxy = stage.proxy();
        let made = post_with_key(&proxy, "k", &order("Hello.")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{fault}");
        let made = path(&made.json());
        sleep(Duration::from_secs(60)).await;
        let unsure = job(&proxy, &made).await;
        assert_eq!(unsure["status"], "processing", "{fault}");
        assert_eq!(unsure.get("error"), None);
        let again = post_with_key(&proxy, "k", &order("Hello.")).await;
        assert_eq!(again.json(), unsure, "{fault}");

        let next = create(&proxy, "Next.").await;
        assert_eq!(job(&proxy, &next).await["queue_position"], 1, "{fault}");
        sleep(HALF_HOUR - Duration::from_secs(70)).await;
        assert_eq!(job(&proxy, &made).await["status"], "processing", "{fault}");
        sleep(Duration::from_secs(60)).await;
        let given_up = job(&proxy, &made).await;
        assert_eq!(given_up["status"], "failed", "{fault}");
        assert_eq!(given_up["error"]["code"], "UPSTREAM_TIMEOUT", "{fault}");
        assert_eq!(ended(&proxy, &next).await["status"], "completed", "{fault}");
        assert_eq!(stage.asked(Call::Create), 2, "{fault}: one for each job");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_usable_id_is_a_lost_one() {
    for (status, body) in [
        (200, "{}"),
        (201, r#"{"job_id": null}"#),
        (200, r#"{"job_id": ""}"#),
        (200, "[]"),
        (204, ""),
        (200, r#"{"error": {"code": "X", "message": "y"}}"#),
        (200, r#"{"job_id": ".."}"#),
        (302, ""),
        (408, ""),
        (599, ""),
    ] {
        let stage = Stage::new();
        stage.wire.say(Method::POST, VIDEOS, status, body);
        let proxy = stage.proxy();
        let made = create(&proxy, "Hello.").await;
        assert_eq!(job(&proxy, &made).await["status"], "processing", "{body}");
        sleep(2 * HALF_HOUR).await;
        assert_eq!(
            job(&proxy, &made).await["error"]["code"],
            "UPSTREAM_TIMEOUT"
        );
        assert_eq!(stage.asked(Call::Create), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_a_create_to_where_it_already_went_is_not_followed() {
    for location in [
        "https://konpro.test/v1/video-avatars",
        "/v1/video-avatars",
        "/v1/video-avatars//",
    ] {
        let stage = Stage::new();
        let moved = Response::builder().status(307).header("location", location);
        let moved = moved.body(Body::empty()).unwrap();
        stage.wire.answer(Method::POST, VIDEOS, Ok(moved));
        let made = create(&stage.proxy(), "Hello.").await;
        assert_eq!(stage.asked(Call::Create), 0, "{location}");
        assert_eq!(job(&stage.proxy(), &made).await["status"], "processing");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_not_taken_is_sent_again() {
    let stage = Stage::new();
    stage.simulator.inject("create:429x3".parse().unwrap());
    let proxy = stage.proxy();
    let made = post(&proxy, &order("Hello.")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.json()["status"], "pending");
    let made = path(&made.json());
    assert_eq!(ended(&proxy, &made).await["status"], "completed");
    assert_eq!(stage.asked(Call::Create), 4);
    assert_eq!(stage.paid(), 1);

    let stage = Stage::new();
    for _ in 0..3 {
        stage
            .wire
            .answer(Method::POST, VIDEOS, Err(NetworkError::NeverOpened));
    }
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    assert_eq!(ended(&proxy, &made).await["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn konpros_word_on_when_to_send_again_is_obeyed() {
    let stage = Stage::new();
    stage.simulator.inject("create:429+600x1".parse().unwrap());
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    sleep(Duration::from_secs(599)).await;
    assert_eq!(stage.asked(Call::Create), 1);
    assert_eq!(job(&proxy, &made).await["status"], "pending");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.asked(Call::Create), 2);
    assert_eq!(job(&proxy, &made).await["status"], "processing");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_konpro_never_takes_ends_too() {
    let stage = Stage::new();
    stage.simulator.inject("create:429".parse().unwrap());
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    sleep(Duration::from_secs(24 * 3600)).await;
    let end = job(&proxy, &made).await;
    assert_eq!(end["status"], "failed");
    assert_eq!(end["error"]["code"], "UPSTREAM_UNAVAILABLE");
    assert_eq!(stage.paid(), 0);
}
