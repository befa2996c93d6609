//! What a job costs in looks, and how late its end is noticed, from the proxy down to the simulator.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use konpro_api::{CreateVideo, Job, Status};
use konpro_client::{Method, Transport};
use konpro_simulator::{Call, Simulator};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::chance::Chance;
use crate::deployment::Deployment;
use crate::wire::Wire;

/// Forty seconds of speech, which the simulator estimates at two minutes.
fn two_minute_job() -> CreateVideo {
    CreateVideo {
        avatar_id: "avatar-3655".to_owned(),
        voice_id: "voice-101".to_owned(),
        text: "Fourteen signs".repeat(40),
        settings: None,
    }
}

/// Makes the video over the proxy: when its end was noticed, and after how many looks.
pub(crate) async fn by_proxy(seed: u64) -> (Duration, usize) {
    let deployment = Deployment::start(seed, &Chance::calm(seed));
    let simulator = deployment.simulator.clone();
    let wire = Wire {
        deployment,
        perfect: true,
    };
    let video = two_minute_job();
    let created = ask(&wire, Method::Post, "/v1/video-avatars", Some(&video)).await;
    let begun = Instant::now();
    assert_eq!(
        created.estimated_time,
        Some(120),
        "the job is the one that is meant"
    );
    let path = format!("/v1/video-avatars/{}", created.job_id);
    while ask(&wire, Method::Get, &path, None).await.status != Status::Completed {
        // However often a visitor asks, KonPro is not asked more often.
        sleep(Duration::from_millis(300)).await;
    }
    (
        begun.elapsed(),
        simulator.counts().requests(Call::Status) as usize,
    )
}

/// When the same video is really finished.
pub(crate) async fn in_truth(seed: u64) -> Duration {
    let dialect = Deployment::start(seed, &Chance::calm(seed)).dialect;
    let simulator = Simulator::new(konpro_simulator::Config {
        seed,
        dialect,
        ..konpro_simulator::Config::default()
    });
    let body = serde_json::to_vec(&two_minute_job()).unwrap();
    let begun = Instant::now();
    let created = call(&simulator, Request::post("/v1/video-avatars"), body).await;
    let path = format!("/v1/video-avatars/{}", created.job_id);
    while call(&simulator, Request::get(&path), Vec::new())
        .await
        .status
        != Status::Completed
    {
        sleep(Duration::from_millis(300)).await;
    }
    begun.elapsed()
}

async fn ask(wire: &Wire, method: Method, path: &str, body: Option<&CreateVideo>) -> Job {
    let request = konpro_client::Request {
        method,
        path,
        idempotency_key: None,
        body,
    };
    let reply = wire.send(request).await.unwrap();
    wire.read(&reply.body).unwrap()
}

async fn call(simulator: &Simulator, request: http::request::Builder, body: Vec<u8>) -> Job {
    let request = request
        .header("x-api-key", "simulated-key")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    let answer = simulator.service().oneshot(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}
