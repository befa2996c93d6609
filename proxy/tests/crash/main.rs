//! `kill -9` at every step of a job's life: nothing is lost, and nothing is paid twice.
//!
//! The program itself, on its default kind of store, before a simulated KonPro over TCP. What holds
//! the program at a step is a fault of KonPro's; nothing here waits for a time to pass.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod deployment;
mod redis;
#[path = "../servers/redis.rs"]
mod server;

use konpro_simulator::Call;
use serde_json::Value;

use deployment::{Deployment, Proxy};

/// The job ends, under its own id, and was paid once.
async fn ends_well(deployment: &Deployment, proxy: &Proxy, job_id: &Value, text: &str) {
    let job = proxy.ended(job_id).await;
    assert_eq!(job["status"], "completed", "{job}");
    assert_eq!(deployment.paid(text), 1);
    let again = proxy.create(text, text).await;
    assert_eq!(again["job_id"], *job_id, "the key still stands for the job");
    assert_eq!(deployment.paid(text), 1);
}

#[tokio::test]
async fn while_it_waits_in_the_queue() {
    let deployment = Deployment::start("queue", 25.0).await;
    let proxy = deployment.proxy().await;
    let first = proxy.create("First.", "First.").await;
    let second = proxy.create("Second.", "Second.").await;
    assert_eq!(second["status"], "pending");
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    ends_well(&deployment, &proxy, &first["job_id"], "First.").await;
    ends_well(&deployment, &proxy, &second["job_id"], "Second.").await;
    assert_eq!(deployment.too_many_at_once(), 0);
}

#[tokio::test]
async fn while_one_waits_and_the_other_is_looked_at() {
    let deployment = Deployment::start("queue-look", 100.0).await;
    deployment.inject("status:timeoutx1");
    let proxy = deployment.proxy().await;
    let first = proxy.create("First.", "First.").await;
    let second = proxy.create("Second.", "Second.").await;
    let third = proxy.create("Third.", "Third.").await;
    deployment
        .until(|counts| counts.requests(Call::Status) == 1)
        .await;
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    for (job, text) in [(first, "First."), (second, "Second."), (third, "Third.")] {
        ends_well(&deployment, &proxy, &job["job_id"], text).await;
    }
    assert_eq!(deployment.too_many_at_once(), 0);
    assert_eq!(deployment.texts(), ["First.", "Second.", "Third."]);
}

#[tokio::test]
async fn while_its_create_is_under_way_and_konpro_makes_the_video() {
    let deployment = Deployment::start("create-made", 1000.0).await;
    deployment.inject("create:delay+600x1");
    let proxy = deployment.announced_proxy().await;
    let visitor = proxy.creating("Hello.", "Hello.");
    deployment.until(|counts| counts.created.len() == 1).await;
    proxy.kill().await;
    visitor.await.unwrap();
    let proxy = deployment.proxy().await;
    let job = proxy.create("Hello.", "Hello.").await;
    assert_eq!(
        job["status"], "processing",
        "nobody knows, so nobody says otherwise"
    );
    // KonPro's call, which may come late, says where it is.
    proxy.webhook(&deployment, 0).await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn while_its_create_is_under_way_and_konpro_makes_nothing() {
    let deployment = Deployment::start("create-lost", 1000.0).await;
    deployment.inject("create:timeoutx1");
    let proxy = deployment.proxy().await;
    let visitor = proxy.creating("Lost.", "Lost.");
    deployment
        .until(|counts| counts.requests(Call::Create) == 1)
        .await;
    proxy.kill().await;
    visitor.await.unwrap();
    let proxy = deployment
        .proxy_with(&[("KONPRO_CONCURRENT_VIDEOS", "2")])
        .await;
    let lost = proxy.create("Lost.", "Lost.").await;
    assert_eq!(lost["status"], "processing");
    let other = proxy.create("Other.", "Other.").await;
    ends_well(&deployment, &proxy, &other["job_id"], "Other.").await;
    assert_eq!(
        deployment.requests(Call::Create),
        2,
        "it is never sent again"
    );
    assert_eq!(proxy.job(&lost["job_id"]).await["status"], "processing");
}

#[tokio::test]
async fn when_konpro_has_just_answered() {
    let deployment = Deployment::start("answered", 100.0).await;
    let proxy = deployment.proxy().await;
    let job = proxy.create("Hello.", "Hello.").await;
    proxy.sent(&job["job_id"]).await;
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn while_a_look_is_under_way() {
    let deployment = Deployment::start("look", 100.0).await;
    deployment.inject("status:timeoutx1");
    let proxy = deployment.proxy().await;
    let job = proxy.create("Hello.", "Hello.").await;
    deployment
        .until(|counts| counts.requests(Call::Status) == 1)
        .await;
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn when_its_webhook_has_just_come() {
    let deployment = Deployment::start("webhook", 1000.0).await;
    deployment.inject("status:timeoutx1");
    let proxy = deployment.announced_proxy().await;
    let job = proxy.create("Hello.", "Hello.").await;
    proxy.sent(&job["job_id"]).await;
    proxy.webhook(&deployment, 0).await;
    deployment
        .until(|counts| counts.requests(Call::Status) == 1)
        .await;
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn while_its_video_is_being_archived() {
    let deployment = Deployment::start("archive", 1000.0).await;
    deployment.inject("media:slow+600x1");
    let archive = format!("file://{}", deployment.folder.join("archive").display());
    let setting = [("KONPRO_PROXY_ARCHIVE", archive.as_str())];
    let proxy = deployment.proxy_with(&setting).await;
    let job = proxy.create("Hello.", "Hello.").await;
    deployment
        .until(|counts| counts.requests(Call::Media) == 1)
        .await;
    proxy.kill().await;
    let mut proxy = deployment.proxy_with(&setting).await;
    proxy.says("video archived").await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
    let whole = std::fs::read_dir(deployment.folder.join("archive")).unwrap();
    let named = whole.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".mp4")
    });
    assert_eq!(named.count(), 1);
}

#[tokio::test]
async fn when_it_is_over() {
    let deployment = Deployment::start("over", 1000.0).await;
    let proxy = deployment.proxy().await;
    let job = proxy.create("Hello.", "Hello.").await;
    let ended = proxy.ended(&job["job_id"]).await;
    proxy.kill().await;
    let proxy = deployment.proxy().await;
    assert_eq!(proxy.job(&job["job_id"]).await, ended);
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
    // The same work, asked for by somebody else, is known as well.
    let shared = proxy.create("Hello.", "another visitor's key").await;
    assert_eq!(shared["status"], "completed");
    assert_eq!(deployment.paid("Hello."), 1);
}

#[tokio::test]
async fn after_any_line_that_it_logs() {
    for line in 1..=4 {
        let deployment = Deployment::start(&format!("line-{line}"), 400.0).await;
        let mut proxy = deployment.announced_proxy().await;
        let visitor = proxy.creating("Hello.", "Hello.");
        let logged = proxy.logs(line).await;
        proxy.kill().await;
        drop(visitor.await);
        let proxy = deployment.proxy().await;
        let job = proxy.create("Hello.", "Hello.").await;
        let created = deployment.paid("Hello.");
        assert!(created <= 1, "after {logged}");
        // Killed between KonPro's making the video and its answer, the webhook is what is left.
        if deployment.has_webhook() {
            proxy.webhook(&deployment, 0).await;
        }
        ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused() {
    let deployment = Deployment::start("second", 1000.0).await;
    let proxy = deployment.proxy().await;
    let said = deployment.refused(&[]).await;
    assert!(said.contains("KONPRO_PROXY_STORE"), "{said}");
    assert!(said.contains("another konpro-proxy"), "{said}");
    let job = proxy.create("Hello.", "Hello.").await;
    ends_well(&deployment, &proxy, &job["job_id"], "Hello.").await;
}

#[tokio::test]
async fn the_operator_settles_what_nobody_knows() {
    let deployment = Deployment::start("settled", 1000.0).await;
    deployment.inject("create:drop-afterx1");
    deployment.inject("create:timeoutx1");
    let two = [("KONPRO_CONCURRENT_VIDEOS", "2")];
    let proxy = deployment.proxy_with(&two).await;
    let made = proxy.create("Made.", "Made.").await;
    proxy.sent(&made["job_id"]).await;
    let visitor = proxy.creating("Not made.", "Not made.");
    deployment
        .until(|counts| counts.requests(Call::Create) == 2)
        .await;
    proxy.kill().await;
    visitor.await.unwrap();
    let proxy = deployment.proxy_with(&two).await;
    let not_made = proxy.create("Not made.", "Not made.").await;
    let listed = deployment.jobs(&["list"]).await;
    let ids: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(ids.len(), 2, "{listed}");
    let said = deployment.refused(&["jobs", "forget", ids[0]]).await;
    assert!(said.contains("still open"), "{said}");
    let said = deployment
        .refused(&["jobs", "settle", "0", "--not-made"])
        .await;
    assert!(said.contains("not in doubt"), "{said}");
    deployment
        .jobs(&["settle", ids[0], "--made", &deployment.made(0)])
        .await;
    deployment.jobs(&["settle", ids[1], "--not-made"]).await;
    ends_well(&deployment, &proxy, &made["job_id"], "Made.").await;
    let ended = proxy.ended(&not_made["job_id"]).await;
    assert_eq!(ended["error"]["code"], "UPSTREAM_TIMEOUT", "{ended}");
    assert_eq!(deployment.jobs(&["list"]).await, "No job is in doubt.\n");
}

#[tokio::test]
async fn what_the_operator_settles_while_no_proxy_runs_is_heeded_by_the_next() {
    let deployment = Deployment::start("settled-later", 1000.0).await;
    deployment.inject("create:drop-afterx1");
    let proxy = deployment.proxy().await;
    let made = proxy.create("Made.", "Made.").await;
    proxy.sent(&made["job_id"]).await;
    proxy.kill().await;
    let listed = deployment.jobs(&["list"]).await;
    let id = listed.split_whitespace().next().unwrap();
    let settle = ["settle", id, "--made", &deployment.made(0)];
    deployment.jobs(&settle).await;
    let proxy = deployment.proxy().await;
    ends_well(&deployment, &proxy, &made["job_id"], "Made.").await;
}
