use std::time::Duration;

use http::StatusCode;
use konpro_simulator::{Call, ConnectionDropped, Fault, FaultKind, Simulator};
use tokio::time::{Instant, timeout};

use crate::caller::{
    config, create, create_request, ended, get, order, post, request, send, status,
};

fn with(fault: &str) -> Simulator {
    let simulator = Simulator::new(config());
    simulator.inject(fault.parse().unwrap());
    simulator
}

#[tokio::test(start_paused = true)]
async fn errors_come_as_often_as_asked_and_then_pass() {
    for (fault, status, code, videos) in [
        (
            "create:429x2",
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            1,
        ),
        (
            "create:500x2",
            StatusCode::INTERNAL_SERVER_ERROR,
            "PROCESSING_ERROR",
            1,
        ),
        (
            "create:503x2",
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            1,
        ),
        (
            "create:500-afterx2",
            StatusCode::INTERNAL_SERVER_ERROR,
            "PROCESSING_ERROR",
            3,
        ),
    ] {
        let simulator = with(fault);
        for _ in 0..2 {
            let answer = post(&simulator, "/v1/video-avatars", &order("Hello")).await;
            assert_eq!(answer.status, status, "{fault}");
            assert_eq!(answer.json()["error"]["code"], code, "{fault}");
        }
        create(&simulator, "Hello").await;
        assert_eq!(simulator.counts().created.len(), videos, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_comes_only_when_asked_for() {
    let simulator = with("avatars:429+7x1");
    simulator.inject(Fault {
        on: Call::Avatars,
        kind: FaultKind::TooManyRequests { retry_after: None },
        times: 1,
    });
    assert_eq!(
        get(&simulator, "/v1/avatars").await.header("retry-after"),
        Some("7")
    );
    assert_eq!(
        get(&simulator, "/v1/avatars").await.header("retry-after"),
        None
    );
    assert_eq!(get(&simulator, "/v1/avatars").await.status, StatusCode::OK);
    assert_eq!(simulator.counts().too_many_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_connection_has_no_answer_with_the_work_done_or_not() {
    for (fault, videos) in [("create:dropx1", 0), ("create:drop-afterx1", 1)] {
        let simulator = with(fault);
        let answer = send(&simulator, create_request("Hello")).await;
        assert_eq!(answer.err(), Some(ConnectionDropped));
        assert_eq!(simulator.counts().created.len(), videos, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_never_answers_with_the_work_done_or_not() {
    for (fault, videos) in [("create:timeoutx1", 0), ("create:timeout-afterx1", 1)] {
        let simulator = with(fault);
        let asked = send(&simulator, create_request("Hello"));
        assert!(timeout(Duration::from_secs(86_400), asked).await.is_err());
        assert_eq!(simulator.counts().created.len(), videos, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn malformed_json_is_cut_in_the_middle() {
    let simulator = with("avatars:malformedx1");
    let answer = get(&simulator, "/v1/avatars").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.body.starts_with(b"{"));
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_gateway_answers_with_a_page() {
    let answer = get(&with("status:html"), "/v1/video-avatars/job-1").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.body.starts_with(b"<html>"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_arrives_whole_in_the_end() {
    let simulator = with("avatars:slow+30x1");
    let begun = Instant::now();
    let slow = get(&simulator, "/v1/avatars").await;
    let took = begun.elapsed();
    assert!((25..=35).contains(&took.as_secs()), "{took:?}");
    assert_eq!(slow.json(), get(&simulator, "/v1/avatars").await.json());
}

#[tokio::test(start_paused = true)]
async fn a_delayed_answer_tells_what_was_true_when_asked() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "Hello").await;
    simulator.inject("status:delay+600x1".parse().unwrap());
    assert_eq!(status(&simulator, &id).await["status"], "processing");
    assert_eq!(status(&simulator, &id).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_render_fails_or_never_ends() {
    let simulator = with("create:failx1");
    simulator.inject("create:stuckx1".parse().unwrap());
    let failing = create(&simulator, "Hello").await;
    let stuck = create(&simulator, "Hello").await;
    let fine = create(&simulator, "Hello").await;

    let failed = ended(&simulator, &failing).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["code"], "PROCESSING_ERROR");
    assert!(failed["error"]["message"].is_string());
    assert!(failed.get("video_url").is_none());
    assert_eq!(ended(&simulator, &fine).await["status"], "completed");
    tokio::time::advance(Duration::from_secs(7 * 86_400)).await;
    assert_eq!(status(&simulator, &stuck).await["status"], "processing");
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_answer_was_lost_can_fail_too() {
    let simulator = with("create:drop-afterx1");
    let answer = send(&simulator, create_request("Unlucky twice. [fail]")).await;
    assert_eq!(answer.err(), Some(ConnectionDropped));
    let id = simulator.counts().created[0].job_id.clone();
    assert_eq!(ended(&simulator, &id).await["status"], "failed");
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_uses_up_no_ending() {
    let simulator = with("create:failx1");
    post(&simulator, "/v1/video-avatars", &order("")).await;
    let id = create(&simulator, "Hello").await;
    assert_eq!(ended(&simulator, &id).await["status"], "failed");
}

#[tokio::test(start_paused = true)]
async fn a_script_asks_for_its_own_faults_only() {
    let simulator = Simulator::new(config());
    for _ in 0..2 {
        let failing = create(&simulator, "Fail, please. [fail]").await;
        assert_eq!(ended(&simulator, &failing).await["status"], "failed");
    }
    let refused = post(&simulator, "/v1/video-avatars", &order("[429+5x1] once")).await;
    assert_eq!(refused.header("retry-after"), Some("5"));
    create(&simulator, "[429+5x1] once").await;

    let shaky = create(&simulator, "Look twice. [status:503x2]").await;
    let steady = create(&simulator, "Look once. [this is no fault]").await;
    let look = async |id: &str| {
        get(&simulator, &format!("/v1/video-avatars/{id}"))
            .await
            .status
    };
    assert_eq!(look(&steady).await, StatusCode::OK);
    assert_eq!(look(&shaky).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(look(&shaky).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(look(&shaky).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_not_reached_changes_nothing() {
    let simulator = with("voices:500");
    let asked = request("GET", "/v1/avatars", axum::body::Body::empty());
    assert_eq!(
        send(&simulator, asked).await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(
        get(&simulator, "/v1/voices").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}
