//! How a job stands: asked for, and told.

use std::time::Duration;

use http::StatusCode;
use konpro_simulator::{Call, Dialect, FaultKind};
use tokio::time::sleep;

use crate::support::Stage;
use crate::support::visitor::{create, ended, get, job};

#[tokio::test(start_paused = true)]
async fn a_job_ends_with_a_video_in_either_dialect() {
    for dialect in [Dialect::Documentation, Dialect::Sdk] {
        let stage = Stage::in_dialect(dialect);
        let proxy = stage.proxy();
        let made = create(&proxy, "Hello, world.").await;
        let running = get(&proxy, &made).await;
        assert_eq!(running.header("cache-control"), Some("no-store"));
        assert_eq!(running.json()["status"], "processing");
        let job = ended(&proxy, &made).await;
        assert_eq!(job["status"], "completed");
        let link = job["video_url"].as_str().unwrap();
        assert!(
            link.starts_with("http://konpro.test/media/videos/"),
            "{link}"
        );
        assert!(job["duration"].as_f64().unwrap() >= 1.0);
        assert!(job["thumbnail_url"].is_string() && job["caption_url"].is_string());
        assert_eq!(job["created_at"], "2026-11-23T12:00:00Z");
        for absent in ["error", "queue_position", "message", "id"] {
            assert_eq!(job.get(absent), None);
        }
        assert!(
            job.as_object()
                .unwrap()
                .values()
                .all(|value| !value.is_null())
        );
        assert!(
            stage.asked(Call::Status) <= 12,
            "{}",
            stage.asked(Call::Status)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_waits_for_the_proxys_own_next_look() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, &"A long story. ".repeat(100)).await;
    let mut asked = 0;
    loop {
        let answer = get(&proxy, &made).await;
        asked += 1;
        let Some(wait) = answer.header("retry-after") else {
            break assert_eq!(answer.json()["status"], "completed");
        };
        let wait: u64 = wait.parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        sleep(Duration::from_secs(wait)).await;
    }
    assert!(asked < 12, "asked {asked} times");
}

#[tokio::test(start_paused = true)]
async fn a_slow_status_is_asked_for_once_at_a_time() {
    let stage = Stage::new();
    stage.inject(Call::Status, FaultKind::Delayed(Duration::from_secs(20)), 3);
    let proxy = stage.proxy();
    let made = create(&proxy, "Slow.").await;
    for _ in 0..200 {
        assert_eq!(get(&proxy, &made).await.status, StatusCode::OK);
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(job(&proxy, &made).await["status"], "completed");
    assert!(
        stage
            .simulator
            .counts()
            .busiest
            .values()
            .all(|busiest| *busiest == 1)
    );
}

#[tokio::test(start_paused = true)]
async fn failing_looks_do_not_lose_a_job() {
    for fault in [
        "429",
        "500",
        "503",
        "html",
        "malformed",
        "drop",
        "timeout",
        "slow+60",
    ] {
        let stage = Stage::new();
        stage
            .simulator
            .inject(format!("status:{fault}x4").parse().unwrap());
        let proxy = stage.proxy();
        let made = create(&proxy, "Hello.").await;
        assert_eq!(ended(&proxy, &made).await["status"], "completed", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn konpros_word_on_when_to_look_again_is_obeyed() {
    let stage = Stage::new();
    stage.simulator.inject("status:429+900x1".parse().unwrap());
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    sleep(Duration::from_secs(900)).await;
    assert_eq!(stage.asked(Call::Status), 1);
    assert_eq!(job(&proxy, &made).await["status"], "processing");
    sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.asked(Call::Status), 2);
    assert_eq!(job(&proxy, &made).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn no_figure_of_konpros_makes_the_proxy_look_without_end() {
    for answer in [
        r#"{"job_id": "job-1", "estimated_time": 4000000000}"#,
        r#"{"job_id": "job-1", "estimated_time": 120000}"#,
        r#"{"job_id": "job-1", "estimated_time": 0}"#,
    ] {
        let stage = Stage::new();
        stage
            .wire
            .say(http::Method::POST, "/v1/video-avatars", 200, answer);
        let calm = http::Response::builder().header("retry-after", "0");
        let calm = calm
            .body(axum::body::Body::from(r#"{"status": "processing"}"#))
            .unwrap();
        stage
            .wire
            .answer(http::Method::GET, "/v1/video-avatars/job-1", Ok(calm));
        stage
            .simulator
            .inject("status:429+9999999".parse().unwrap());
        let proxy = stage.proxy();
        create(&proxy, "Hello.").await;
        sleep(Duration::from_secs(3600)).await;
        assert!(
            stage.asked(Call::Status) <= 2,
            "{}",
            stage.asked(Call::Status)
        );
    }
}
