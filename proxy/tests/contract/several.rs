//! Several proxies on one store behave as one.

use std::time::Duration;

use axum::Router;
use konpro_simulator::Call;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use crate::support::events::Events;
use crate::support::visitor::{
    create, delete, ended, get, job, order, path, post, post_with_key, request, send,
};
use crate::support::{Stage, settings, simulated};

const PUBLIC: &str = "https://video.example.com";

/// KonPro with the free trial's limits, and proxies that know them.
fn trial() -> Stage {
    let mut config = settings();
    config.rate_per_minute = 10;
    config.rate_per_day = 100;
    config.public_url = Some(Url::parse(PUBLIC).unwrap());
    let konpro = konpro_simulator::Config {
        per_minute: Some(10),
        per_day: Some(100),
        concurrent: Some(1),
        ..simulated()
    };
    Stage::shared(config, konpro)
}

/// KonPro calls about its n-th video, and reaches this proxy.
async fn call(stage: &Stage, proxy: &Router, nth: usize) {
    let url = stage.simulator.counts().created[nth].webhook_url.clone();
    let url = url.unwrap();
    let request = request("POST", url.strip_prefix(PUBLIC).unwrap());
    let answer = send(proxy, request.body("{}".into()).unwrap()).await;
    assert_eq!(answer.status, 200);
}

/// KonPro was never asked for more than it allows.
fn within_limits(stage: &Stage) {
    let counts = stage.simulator.counts();
    assert_eq!((counts.too_many_requests(), counts.queued), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_made_on_one_is_watched_on_another_and_a_webhook_at_either_tells() {
    for (made_on, watched_on, called_at) in [(0, 1, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)] {
        let stage = trial();
        let proxies = [stage.proxy(), stage.proxy()];
        let made = create(&proxies[made_on], "Hello.").await;
        let mut events = Events::of(&proxies[watched_on], &made).await;
        assert_eq!(events.next().await.unwrap()["status"], "processing");
        sleep(Duration::from_secs(100)).await;
        call(&stage, &proxies[called_at], 0).await;
        let told = timeout(Duration::from_millis(100), events.next()).await;
        assert_eq!(told.unwrap().unwrap()["status"], "completed");
        assert_eq!(events.next().await, None);
        assert_eq!(stage.asked(Call::Status), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn konpros_limits_hold_in_sum_and_traffic_does_not_grow_with_proxies_or_watchers() {
    let mut traffic = Vec::new();
    for (proxies, watchers) in [(1, 0), (4, 10)] {
        let stage = trial();
        let proxies: Vec<Router> = (0..proxies).map(|_| stage.proxy()).collect();
        let mut made = Vec::new();
        for nth in 0..12 {
            let proxy = &proxies[nth % proxies.len()];
            get(proxy, "/v1/voices").await;
            made.push(create(proxy, &format!("Video {nth}.")).await);
            for nth in 0..watchers {
                let events = Events::of(&proxies[nth % proxies.len()], &made[0]).await;
                drop(tokio::spawn(events.all()));
            }
        }
        for (nth, path) in made.iter().enumerate() {
            let job = ended(&proxies[(nth + 1) % proxies.len()], path).await;
            assert_eq!(job["status"], "completed");
        }
        within_limits(&stage);
        assert_eq!(stage.paid(), 12);
        traffic.push(stage.wire.sent().len());
    }
    assert_eq!(traffic[0], traffic[1]);
}

#[tokio::test(start_paused = true)]
async fn a_visitors_quota_and_the_days_ceiling_hold_in_sum() {
    let mut config = settings();
    config.videos_per_visitor = "2/hour".parse().unwrap();
    let stage = Stage::shared(config.clone(), simulated());
    let (one, other) = (stage.proxy(), stage.proxy());
    create(&one, "One.").await;
    create(&other, "Two.").await;
    for proxy in [&one, &other] {
        let refused = post(proxy, &order("Three.")).await;
        assert_eq!(refused.refused(429), "QUOTA_EXCEEDED");
    }
    config.videos_per_visitor = "none".parse().unwrap();
    config.videos_per_day = Some(2);
    let stage = Stage::shared(config, simulated());
    let (one, other) = (stage.proxy(), stage.proxy());
    create(&one, "One.").await;
    create(&other, "Two.").await;
    let refused = post(&one, &order("Three.")).await;
    assert_eq!(refused.refused(429), "QUOTA_EXCEEDED");
}

#[tokio::test(start_paused = true)]
async fn one_key_and_one_work_are_one_job_whichever_proxy_is_asked() {
    let mut config = settings();
    config.reuse = Duration::from_secs(3600);
    let stage = Stage::shared(config, simulated());
    let (one, other) = (stage.proxy(), stage.proxy());
    let body = order("Hello.");
    let (first, again) = tokio::join!(
        post_with_key(&one, "key", &body),
        post_with_key(&other, "key", &body)
    );
    assert_eq!(first.json()["job_id"], again.json()["job_id"]);
    let joined = post_with_key(&other, "another key", &body).await;
    assert_eq!(joined.refused(400), "VALIDATION_ERROR");
    let joined = post_with_key(&other, "another-key", &body).await.json();
    assert_ne!(joined["job_id"], first.json()["job_id"]);
    let job = ended(&one, &path(&joined)).await;
    assert_eq!(job["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_jobs_of_a_proxy_that_dies_are_watched_by_another_within_ten_seconds() {
    let stage = trial();
    let (leader, other) = (stage.proxy(), stage.proxy());
    let running = create(&leader, "Running.").await;
    let waiting = create(&leader, "Waiting.").await;
    let mut events = Events::of(&other, &running).await;
    events.next().await;
    sleep(Duration::from_secs(100)).await;
    drop(leader);
    let died = Instant::now();
    call(&stage, &other, 0).await;
    assert_eq!(events.next().await.unwrap()["status"], "completed");
    assert!(
        died.elapsed() <= Duration::from_secs(10),
        "{:?}",
        died.elapsed()
    );
    assert_eq!(ended(&other, &waiting).await["status"], "completed");
    assert_eq!(stage.paid(), 2);
    within_limits(&stage);
}

#[tokio::test(start_paused = true)]
async fn what_the_dead_leader_was_told_still_counts() {
    let stage = trial();
    let (leader, other) = (stage.proxy(), stage.proxy());
    stage.simulator.inject("create:429+900x1".parse().unwrap());
    let put_off = create(&leader, "Put off.").await;
    let asked = stage.wire.sent().len();
    let place = job(&other, &put_off).await;
    assert_eq!(place["status"], "pending");
    assert_eq!(place["queue_position"], 1);
    assert!(place["estimated_time"].as_u64() > Some(900), "{place}");
    drop(leader);
    sleep(Duration::from_secs(890)).await;
    assert_eq!(stage.wire.sent().len(), asked, "KonPro is left in peace");
    assert_eq!(ended(&other, &put_off).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_the_dead_leader_had_under_way_is_not_sent_again() {
    let stage = trial();
    let (leader, other) = (stage.proxy(), stage.proxy());
    stage.simulator.inject("create:delay+25x1".parse().unwrap());
    let body = order("Hello.");
    let visit = post_with_key(&leader, "key", &body);
    assert!(timeout(Duration::from_secs(5), visit).await.is_err());
    drop(leader);
    sleep(Duration::from_secs(10)).await;
    let known = post_with_key(&other, "key", &body).await.json();
    assert_eq!(known["status"], "processing");
    // The next one waits: nobody knows whether KonPro renders the first.
    let next = create(&other, "Next.").await;
    assert_eq!(job(&other, &next).await["status"], "pending");
    sleep(Duration::from_secs(31 * 60)).await;
    let lost = job(&other, &path(&known)).await;
    assert_eq!(lost["error"]["code"], "UPSTREAM_TIMEOUT", "{lost}");
    assert_eq!(ended(&other, &next).await["status"], "completed");
    assert_eq!(stage.asked(Call::Create), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_withdraws_on_one_proxy_is_told_on_the_other() {
    let stage = trial();
    let (one, other) = (stage.proxy(), stage.proxy());
    create(&one, "Running.").await;
    let waiting = create(&one, "Waiting.").await;
    let mut events = Events::of(&other, &waiting).await;
    assert_eq!(events.next().await.unwrap()["queue_position"], 1);
    assert_eq!(delete(&one, &waiting).await.status, 200);
    let told = timeout(Duration::from_secs(1), events.next()).await;
    assert_eq!(told.unwrap().unwrap()["error"]["code"], "CANCELLED");
    assert_eq!(events.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_told_to_stop_hands_over_at_once() {
    let stage = trial();
    let leader = stage.started();
    let other = stage.proxy();
    let made = create(&leader.router(), "Hello.").await;
    leader.stop().await;
    let stopped = Instant::now();
    let next = create(&other, "Next.").await;
    assert_eq!(job(&other, &next).await["queue_position"], 1);
    assert!(stopped.elapsed() <= Duration::from_secs(3));
    assert_eq!(ended(&other, &made).await["status"], "completed");
    assert_eq!(ended(&other, &next).await["status"], "completed");
    within_limits(&stage);
}
