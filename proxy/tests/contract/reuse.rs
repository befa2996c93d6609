//! The same work is not paid for twice.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use tokio::time::{advance, sleep};

use crate::support::visitor::{
    Answer, create, delete, ended, job, order, path, post, post_with_key, posting, send,
};
use crate::support::{Stage, settings, simulated};

const HOUR: Duration = Duration::from_secs(3600);

fn sharing() -> Stage {
    let mut config = settings();
    config.reuse = 24 * HOUR;
    Stage::of(config, simulated())
}

async fn anew(proxy: &axum::Router, body: &Value) -> Answer {
    let mut request = posting(body);
    let no_cache = "max-age=0, No-Cache".parse().unwrap();
    request.headers_mut().insert("cache-control", no_cache);
    send(proxy, request).await
}

#[tokio::test(start_paused = true)]
async fn finished_work_is_answered_again_under_an_id_and_a_time_of_the_askers_own() {
    let stage = sharing();
    let proxy = stage.proxy();
    let first = post(&proxy, &order("Hello.")).await.json();
    let first = ended(&proxy, &path(&first)).await;
    let second = post(&proxy, &order("Hello.")).await;
    assert_eq!(second.status, StatusCode::CREATED);
    let second = second.json();
    assert_eq!(second["status"], "completed");
    assert_eq!(second["video_url"], first["video_url"]);
    assert_ne!(second["job_id"], first["job_id"]);
    assert_ne!(second["created_at"], first["created_at"]);
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn work_in_progress_is_joined() {
    let stage = sharing();
    let proxy = stage.proxy();
    let first = create(&proxy, "Hello.").await;
    sleep(Duration::from_secs(10)).await;
    let second = post(&proxy, &order("Hello.")).await.json();
    assert_eq!(second["status"], "processing");
    assert_eq!(ended(&proxy, &path(&second)).await["status"], "completed");
    assert_eq!(job(&proxy, &first).await["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn other_work_is_other_work() {
    let stage = sharing();
    let proxy = stage.proxy();
    let mut orders = vec![order("Hello."), order("Hello. ")];
    for (field, value) in [("avatar_id", "avatar-102"), ("voice_id", "voice-101")] {
        let mut other = order("Hello.");
        other[field] = value.into();
        orders.push(other);
    }
    for settings in [
        serde_json::json!({"resolution": "720p"}),
        serde_json::json!({"format": "webm"}),
        serde_json::json!({"background": "office"}),
    ] {
        let mut other = order("Hello.");
        other["settings"] = settings;
        orders.push(other);
    }
    for order in &orders {
        let answer = post(&proxy, order).await;
        if answer.status == StatusCode::CREATED {
            ended(&proxy, &path(&answer.json())).await;
        }
    }
    let accepted = stage.paid();
    assert!(accepted >= 5, "{accepted}");
    for order in &orders {
        post(&proxy, order).await;
    }
    assert_eq!(stage.paid(), accepted, "each is known now");
}

#[tokio::test(start_paused = true)]
async fn no_cache_asks_for_a_new_take_which_the_next_ones_share() {
    let stage = sharing();
    let proxy = stage.proxy();
    let first = create(&proxy, "Hello.").await;
    ended(&proxy, &first).await;
    let take = anew(&proxy, &order("Hello.")).await.json();
    let take = ended(&proxy, &path(&take)).await;
    assert_eq!(stage.paid(), 2);
    let third = post(&proxy, &order("Hello.")).await.json();
    assert_eq!(third["video_url"], take["video_url"]);
    assert_eq!(stage.paid(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_take_that_is_withdrawn_takes_no_other_one_with_it() {
    let stage = sharing();
    let proxy = stage.proxy();
    create(&proxy, "In front.").await;
    let first = create(&proxy, "Hello.").await;
    let mut anew = posting(&order("Hello."));
    let headers = anew.headers_mut();
    headers.insert("cache-control", "no-cache".parse().unwrap());
    let second = path(&send(&proxy, anew).await.json());
    assert_eq!(delete(&proxy, &first).await.status, 200);
    let joined = create(&proxy, "Hello.").await;
    ended(&proxy, &second).await;
    ended(&proxy, &joined).await;
    assert_eq!(stage.paid(), 2, "one in front, and one take");
}

#[tokio::test(start_paused = true)]
async fn a_failed_video_is_made_again() {
    let stage = sharing();
    stage.simulator.inject("create:failx1".parse().unwrap());
    let proxy = stage.proxy();
    let first = create(&proxy, "Hello.").await;
    assert_eq!(ended(&proxy, &first).await["status"], "failed");
    let second = create(&proxy, "Hello.").await;
    assert_eq!(ended(&proxy, &second).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn reuse_ends() {
    let stage = sharing();
    let proxy = stage.proxy();
    ended(&proxy, &create(&proxy, "Hello.").await).await;
    advance(25 * HOUR).await;
    ended(&proxy, &create(&proxy, "Hello.").await).await;
    assert_eq!(stage.paid(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_who_withdraws_leaves_the_others_their_video() {
    let stage = sharing();
    let proxy = stage.proxy();
    create(&proxy, "Before.").await;
    let first = create(&proxy, "Shared.").await;
    let second = create(&proxy, "Shared.").await;
    assert_eq!(delete(&proxy, &first).await.status, StatusCode::OK);
    let withdrawn = job(&proxy, &first).await;
    assert_eq!(withdrawn["error"]["code"], "CANCELLED");
    delete(&proxy, &first).await.refused(409);
    assert_eq!(job(&proxy, &second).await["status"], "pending");
    assert_eq!(ended(&proxy, &second).await["status"], "completed");
    assert_eq!(job(&proxy, &first).await["error"]["code"], "CANCELLED");
    // The last one takes the job with it.
    let third = create(&proxy, "Blocking.").await;
    let fourth = create(&proxy, "Nobody's.").await;
    delete(&proxy, &fourth).await;
    ended(&proxy, &third).await;
    sleep(HOUR).await;
    assert_eq!(stage.paid(), 3);
}

#[tokio::test(start_paused = true)]
async fn equal_work_at_the_same_time_is_one_video() {
    let stage = sharing();
    let proxy = stage.proxy();
    let crowd: Vec<_> = (0..30)
        .map(|n| {
            let proxy = proxy.clone();
            let key = format!("visitor-{n}");
            tokio::spawn(async move { post_with_key(&proxy, &key, &order("Hello.")).await })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for visitor in crowd {
        let answer = visitor.await.unwrap();
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        ids.insert(answer.json()["job_id"].to_string());
    }
    assert_eq!(ids.len(), 30);
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn reuse_survives_a_restart() {
    let stage = sharing();
    let before = stage.proxy();
    ended(&before, &create(&before, "Hello.").await).await;
    drop(before);
    create(&stage.proxy(), "Hello.").await;
    assert_eq!(stage.paid(), 1);
}
