use std::time::Duration;

use http::StatusCode;
use konpro_simulator::{Config, Simulator};
use tokio::time::advance;

use crate::caller::{config, create, ended, get, status};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn the_minute_slides() {
    let simulator = Simulator::new(Config {
        per_minute: Some(3),
        ..config()
    });
    let asked = async || get(&simulator, "/v1/videos").await;

    assert_eq!(asked().await.status, StatusCode::OK);
    advance(Duration::from_secs(30)).await;
    assert_eq!(asked().await.status, StatusCode::OK);
    assert_eq!(asked().await.status, StatusCode::OK);
    let refused = asked().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["error"]["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(refused.header("retry-after"), None, "none is documented");

    advance(Duration::from_secs(30)).await;
    assert_eq!(
        asked().await.status,
        StatusCode::OK,
        "the first has left the window"
    );
    assert_eq!(asked().await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(simulator.counts().too_many_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_day_slides_under_the_minute() {
    let simulator = Simulator::new(Config {
        per_minute: Some(2),
        per_day: Some(3),
        ..config()
    });
    let asked = async || get(&simulator, "/v1/videos").await.status;

    for _ in 0..3 {
        assert_eq!(asked().await, StatusCode::OK);
        advance(MINUTE).await;
    }
    assert_eq!(asked().await, StatusCode::TOO_MANY_REQUESTS);
    advance(24 * 60 * MINUTE - 3 * MINUTE).await;
    assert_eq!(asked().await, StatusCode::OK);
    assert_eq!(asked().await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(start_paused = true)]
async fn media_and_health_are_not_limited() {
    let simulator = Simulator::new(Config {
        per_minute: Some(1),
        ..config()
    });
    for _ in 0..3 {
        assert_eq!(get(&simulator, "/health").await.status, StatusCode::OK);
        assert_eq!(
            get(&simulator, "/media/avatars/avatar-3655.svg")
                .await
                .status,
            StatusCode::OK
        );
    }
    assert_eq!(get(&simulator, "/v1/videos").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn further_jobs_wait_their_turn() {
    let simulator = Simulator::new(Config {
        concurrent: Some(2),
        ..config()
    });
    let mut ids = Vec::new();
    for number in 1..=4 {
        ids.push(create(&simulator, &format!("This is job number {number}.")).await);
    }
    let mut most = 0;
    let mut started = Vec::new();
    loop {
        let mut processing = 0;
        let mut completed = 0;
        for id in &ids {
            let status = status(&simulator, id).await;
            match status["status"].as_str().unwrap() {
                "pending" => continue,
                "processing" => processing += 1,
                _ => completed += 1,
            }
            if !started.contains(id) {
                started.push(id.clone());
            }
        }
        most = most.max(processing);
        if completed == ids.len() {
            break;
        }
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(most, 2);
    assert_eq!(started, ids);
    assert_eq!(simulator.counts().queued, 2);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_job_gives_its_slot_back() {
    let simulator = Simulator::new(Config {
        concurrent: Some(1),
        ..config()
    });
    let stuck = create(&simulator, "I never end. [stuck]").await;
    let next = create(&simulator, "I wait for it.").await;
    assert_eq!(status(&simulator, &next).await["status"], "pending");
    assert_eq!(ended(&simulator, &next).await["status"], "completed");
    assert_eq!(status(&simulator, &stuck).await["status"], "processing");
}
