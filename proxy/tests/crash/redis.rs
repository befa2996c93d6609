//! Several processes on a real Redis: one is killed, held still, or loses its Redis for a while.

use serde_json::Value;

use crate::deployment::{Deployment, folder};
use crate::ends_well;
use crate::server::Server;

async fn deployment(name: &str, speed: f64) -> (Server, Deployment) {
    let folder = folder(name);
    let server = Server::start(folder.clone()).await;
    let deployment = Deployment::on(server.url(), folder, speed).await;
    (server, deployment)
}

/// The jobs that a stream tells of, up to its end.
async fn told(stream: reqwest::Response) -> Vec<Value> {
    let text = stream.text().await.unwrap();
    let jobs = text.lines().filter_map(|line| line.strip_prefix("data: "));
    jobs.map(|job| serde_json::from_str(job).unwrap()).collect()
}

#[tokio::test]
async fn the_jobs_of_a_leader_that_is_killed_are_finished_by_another_in_their_order() {
    let (_redis, deployment) = deployment("redis-killed", 25.0).await;
    let mut leader = deployment.proxy().await;
    leader.says("leading").await;
    let other = deployment.another_proxy().await;
    let first = other.create("First.", "First.").await;
    let second = leader.create("Second.", "Second.").await;
    assert_eq!(second["status"], "pending");
    let watching = other.events(&second["job_id"]).await;
    leader.kill().await;
    let jobs = told(watching).await;
    assert_eq!(jobs.last().unwrap()["status"], "completed", "{jobs:?}");
    ends_well(&deployment, &other, &first["job_id"], "First.").await;
    ends_well(&deployment, &other, &second["job_id"], "Second.").await;
    assert_eq!(deployment.texts(), ["First.", "Second."]);
    assert_eq!(deployment.too_many_at_once(), 0);
}

#[tokio::test]
async fn a_leader_that_was_held_still_sends_nothing_twice() {
    let (_redis, deployment) = deployment("redis-still", 25.0).await;
    let mut leader = deployment.proxy().await;
    leader.says("leading").await;
    let mut other = deployment.another_proxy().await;
    let first = leader.create("First.", "First.").await;
    let second = leader.create("Second.", "Second.").await;
    leader.signal("-STOP");
    other.says("leading").await;
    let third = other.create("Third.", "Third.").await;
    leader.signal("-CONT");
    leader.says("the lead is lost").await;
    for (job, text) in [(first, "First."), (second, "Second."), (third, "Third.")] {
        ends_well(&deployment, &other, &job["job_id"], text).await;
    }
    assert_eq!(deployment.texts(), ["First.", "Second.", "Third."]);
    assert_eq!(deployment.too_many_at_once(), 0);
}

#[tokio::test]
async fn a_webhook_that_reaches_one_wakes_the_browser_on_the_other() {
    let (_redis, deployment) = deployment("redis-webhook", 1000.0).await;
    let mut leader = deployment.announced_proxy().await;
    leader.says("leading").await;
    let other = deployment.another_proxy().await;
    let job = leader.create("Hello.", "Hello.").await;
    let watching = leader.events(&job["job_id"]).await;
    other.webhook_here(&deployment, 0).await;
    let jobs = told(watching).await;
    assert_eq!(jobs.last().unwrap()["status"], "completed", "{jobs:?}");
    ends_well(&deployment, &other, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn redis_may_go_away_and_come_back_and_nothing_is_lost() {
    let (mut redis, deployment) = deployment("redis-away", 25.0).await;
    let mut proxy = deployment.proxy().await;
    proxy.says("leading").await;
    let first = proxy.create("First.", "First.").await;
    let second = proxy.create("Second.", "Second.").await;
    redis.stop();
    // What was read before may still be told; nothing new is promised.
    let refused = proxy.request("Third.", "Third.").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let body: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(body["error"]["code"], "UPSTREAM_UNAVAILABLE");
    redis.come_back().await;
    for (job, text) in [(first, "First."), (second, "Second.")] {
        ends_well(&deployment, &proxy, &job["job_id"], text).await;
    }
    assert_eq!(deployment.texts(), ["First.", "Second."]);
    assert_eq!(deployment.too_many_at_once(), 0);
}
