//! Jobs that wait for one of KonPro's slots.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::sleep;

use crate::support::Stage;
use crate::support::events::Events;
use crate::support::visitor::{VIDEOS, create, delete, ended, get, job, order, post_with_key};

async fn place(proxy: &axum::Router, path: &str) -> Option<u64> {
    job(proxy, path).await["queue_position"].as_u64()
}

#[tokio::test(start_paused = true)]
async fn further_jobs_wait_in_order_and_start_as_slots_come_free() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = create(&proxy, "One.").await;
    let second = create(&proxy, "Two.").await;
    let third = create(&proxy, "Three.").await;
    assert_eq!(place(&proxy, &first).await, None);
    assert_eq!(place(&proxy, &second).await, Some(1));
    assert_eq!(place(&proxy, &third).await, Some(2));
    assert_eq!(job(&proxy, &third).await["status"], "pending");
    assert_eq!(stage.paid(), 1);
    assert_eq!(ended(&proxy, &first).await["status"], "completed");
    sleep(Duration::from_millis(1)).await;
    assert_eq!(job(&proxy, &second).await["status"], "processing");
    assert_eq!(place(&proxy, &second).await, None);
    assert_eq!(place(&proxy, &third).await, Some(1));
    assert_eq!(ended(&proxy, &third).await["status"], "completed");
    let said = stage.simulator.counts().created;
    let said: Vec<_> = said.iter().map(|video| &*video.text).collect();
    assert_eq!(said, ["One.", "Two.", "Three."]);
}

#[tokio::test(start_paused = true)]
async fn as_many_start_at_once_as_konpro_renders() {
    let stage = Stage::set(|config| config.concurrent_videos = 3);
    let proxy = stage.proxy();
    for n in 0..5 {
        create(&proxy, &format!("Video {n}.")).await;
    }
    assert_eq!(stage.paid(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_job_can_be_withdrawn_and_a_sent_one_cannot() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let sent = create(&proxy, "Sent.").await;
    let waiting = create(&proxy, "Waiting.").await;
    assert_eq!(delete(&proxy, &sent).await.refused(409), "INVALID_REQUEST");
    let withdrawn = delete(&proxy, &waiting).await;
    assert_eq!(withdrawn.status, StatusCode::OK);
    for job in [withdrawn.json(), job(&proxy, &waiting).await] {
        assert_eq!(job["status"], "failed");
        assert_eq!(job["error"]["code"], "CANCELLED");
        assert_eq!(job.get("queue_position"), None);
    }
    assert_eq!(get(&proxy, &waiting).await.header("retry-after"), None);
    delete(&proxy, &waiting).await.refused(409);
    ended(&proxy, &sent).await;
    delete(&proxy, &sent).await.refused(409);
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_behind_a_withdrawn_job_hears_of_the_better_place() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    create(&proxy, "One.").await;
    let second = create(&proxy, "Two.").await;
    let third = create(&proxy, "Three.").await;
    let mut events = Events::of(&proxy, &third).await;
    assert_eq!(events.next().await.unwrap()["queue_position"], 2);
    delete(&proxy, &second).await;
    let told = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
    assert_eq!(told.unwrap().unwrap()["queue_position"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_makes_a_waiting_job_failed_with_konpros_code() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = create(&proxy, "One.").await;
    let waiting = post_with_key(&proxy, "k", &order("Rude.")).await.json();
    let rude = r#"{"error": {"code": "VALIDATION_ERROR", "message": "Too rude."}}"#;
    stage.wire.say(Method::POST, VIDEOS, 400, rude);
    ended(&proxy, &first).await;
    let third = create(&proxy, "Three.").await;
    let failed = ended(&proxy, &crate::support::visitor::path(&waiting)).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    assert_eq!(failed["error"]["code"], "VALIDATION_ERROR");
    // The visitor was told of the job, so the key still names it.
    let again = post_with_key(&proxy, "k", &order("Rude.")).await.json();
    assert_eq!(again, failed);
    assert_eq!(ended(&proxy, &third).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_konpro_would_not_take_for_now_can_still_be_withdrawn() {
    let stage = Stage::new();
    stage.simulator.inject("create:429+600x1".parse().unwrap());
    let proxy = stage.proxy();
    let put_off = create(&proxy, "Put off.").await;
    let next = create(&proxy, "Next.").await;
    let state: Value = job(&proxy, &put_off).await;
    assert_eq!(state["status"], "pending");
    assert_eq!(delete(&proxy, &put_off).await.status, StatusCode::OK);
    sleep(Duration::from_millis(1)).await;
    // Its slot is free, but KonPro wants to be left in peace.
    assert_eq!(place(&proxy, &next).await, Some(1));
    let wait = job(&proxy, &next).await["estimated_time"].as_u64();
    assert!(wait > Some(600), "{wait:?}");
    assert_eq!(ended(&proxy, &next).await["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_the_day_is_used_up_those_who_wait_are_told_until_when() {
    let stage = Stage::set(|config| config.rate_per_day = 7);
    let proxy = stage.proxy();
    let first = create(&proxy, "One.").await;
    ended(&proxy, &first).await;
    let second = create(&proxy, "Two.").await;
    let told = job(&proxy, &second).await;
    assert_eq!(told["status"], "pending", "{told}");
    assert_eq!(told["queue_position"], 1);
    let wait = told["estimated_time"].as_u64().unwrap();
    assert!((80_000..90_000).contains(&wait), "{wait} s");
    sleep(Duration::from_secs(wait)).await;
    assert_eq!(ended(&proxy, &second).await["status"], "completed");
    assert_eq!(stage.paid(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_watches_a_video_that_nobody_may_look_at_today_is_told_until_when() {
    let stage = Stage::set(|config| config.rate_per_day = 4);
    stage.simulator.inject("create:stuckx1".parse().unwrap());
    let proxy = stage.proxy();
    let made = create(&proxy, "Slow.").await;
    let mut events = Events::of(&proxy, &made).await;
    let first = events.next().await.unwrap()["estimated_time"].as_u64();
    assert!(first < Some(200), "{first:?}");
    let told = tokio::time::timeout(Duration::from_secs(600), events.next()).await;
    let told = told.unwrap().unwrap();
    assert_eq!(told["status"], "processing");
    assert!(told["estimated_time"].as_u64() > Some(80_000), "{told}");
    // Whoever polls is not sent for more every second meanwhile.
    sleep(Duration::from_secs(3_600)).await;
    let wait = get(&proxy, &made)
        .await
        .header("retry-after")
        .map(str::to_owned);
    assert_eq!(wait.as_deref(), Some("60"));
}

#[tokio::test(start_paused = true)]
async fn one_who_asks_for_many_does_not_keep_the_others_waiting() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let asks = async |who: &str, text: &str| {
        let mut request = crate::support::visitor::posting(&order(text));
        let peer: std::net::SocketAddr = who.parse().unwrap();
        request
            .extensions_mut()
            .insert(axum::extract::ConnectInfo(peer));
        sleep(Duration::from_millis(1)).await;
        crate::support::visitor::send(&proxy, request).await.json()
    };
    for text in ["a1", "a2", "a3"] {
        asks("192.0.2.1:1", text).await;
    }
    let other = asks("192.0.2.2:1", "b1").await;
    assert_eq!(other["queue_position"], 2, "{other}");
    asks("192.0.2.2:1", "b2").await;
    let last = asks("192.0.2.3:1", "c1").await;
    ended(&proxy, &crate::support::visitor::path(&last)).await;
    sleep(Duration::from_secs(3_600)).await;
    let made = stage.simulator.counts().created;
    let made: Vec<_> = made.iter().map(|video| &*video.text).collect();
    assert_eq!(made, ["a1", "a2", "b1", "c1", "a3", "b2"]);
}

#[tokio::test(start_paused = true)]
async fn estimates_are_learnt_from_videos_made_before_and_survive_a_restart() {
    let stage = Stage::set(|config| config.rate_per_day = 10_000);
    let proxy = stage.proxy();
    // KonPro's own word is what it is, and such scripts take as long as they take.
    let promised = async |proxy: &axum::Router, text: String| {
        let made = create(proxy, &text).await;
        let promised = job(proxy, &made).await["estimated_time"].as_f64().unwrap();
        let begun = tokio::time::Instant::now();
        ended(proxy, &made).await;
        let took = begun.elapsed().as_secs_f64();
        (promised - took).abs() / took
    };
    let script = |nth: usize| "Fourteen signs".repeat(10 + (nth * 7) % 40) + &nth.to_string();
    let mut early = 0.0;
    for nth in 0..40 {
        let off = promised(&proxy, script(nth)).await;
        early += if nth < 10 { off } else { 0.0 };
    }
    drop(proxy);
    let after = stage.proxy();
    let mut late = 0.0;
    for nth in 100..110 {
        late += promised(&after, script(nth)).await;
    }
    assert!(
        late < 1.8 && late <= early * 1.1,
        "{early} before, {late} after"
    );
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_minute_is_told_so_from_the_beginning() {
    let stage = Stage::set(|config| {
        config.rate_per_minute = 4;
        config.concurrent_videos = 5;
    });
    let proxy = stage.proxy();
    // Two lists, and these two.
    let first = create(&proxy, "One.").await;
    create(&proxy, "Two.").await;
    let third = create(&proxy, "Three.").await;
    let at_once = job(&proxy, &first).await["estimated_time"]
        .as_u64()
        .unwrap();
    let told = job(&proxy, &third).await;
    assert_eq!(told["queue_position"], 1);
    let later = told["estimated_time"].as_u64().unwrap();
    assert!((55..=70).contains(&(later - at_once)), "{at_once} {later}");
}
