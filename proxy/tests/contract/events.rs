//! What watchers of a job are told.

use std::time::Duration;

use konpro_simulator::Call;
use tokio::time::{Instant, sleep};

use crate::support::Stage;
use crate::support::events::{Events, Part};
use crate::support::visitor::{create, delete, ended, job};

#[tokio::test(start_paused = true)]
async fn events_tell_the_present_state_and_every_change_and_then_end() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let first = create(&proxy, "One.").await;
    let second = create(&proxy, "Two.").await;
    let jobs = Events::of(&proxy, &second).await.all().await;
    let told: Vec<_> = jobs
        .iter()
        .map(|job| job["status"].as_str().unwrap())
        .collect();
    assert_eq!(told.first(), Some(&"pending"));
    assert_eq!(told.last(), Some(&"completed"));
    let mut changes = told.clone();
    changes.dedup();
    assert_eq!(changes, ["pending", "processing", "completed"]);
    assert!(
        jobs.windows(2).all(|pair| pair[0] != pair[1]),
        "nothing is told twice"
    );
    assert!(
        jobs.iter()
            .all(|job| format!("/v1/video-avatars/{}", job["job_id"].as_str().unwrap()) == second)
    );
    // An ended job is told once.
    for ended in [first, second] {
        let jobs = Events::of(&proxy, &ended).await.all().await;
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0]["status"], "completed");
    }
}

#[tokio::test(start_paused = true)]
async fn events_of_a_withdrawn_job_end_with_its_failure() {
    let proxy = Stage::new().proxy();
    create(&proxy, "One.").await;
    let waiting = create(&proxy, "Two.").await;
    let mut events = Events::of(&proxy, &waiting).await;
    events.next().await.unwrap();
    delete(&proxy, &waiting).await;
    assert_eq!(events.next().await.unwrap()["error"]["code"], "CANCELLED");
    assert_eq!(events.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_has_a_comment_every_15_seconds() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, &"A long story. ".repeat(300)).await;
    let mut events = Events::of(&proxy, &made).await;
    let (mut last, mut comments) = (Instant::now(), 0);
    loop {
        let part = events.part().await;
        assert!(
            last.elapsed() <= Duration::from_secs(15),
            "{:?}",
            last.elapsed()
        );
        last = Instant::now();
        match part {
            Part::Comment => comments += 1,
            Part::Job(_) => {}
            Part::End => break,
        }
    }
    assert!(comments > 10);
}

#[tokio::test(start_paused = true)]
async fn many_watchers_cost_no_more_than_one() {
    let mut looks = Vec::new();
    for watchers in [0, 1, 100] {
        let stage = Stage::new();
        let proxy = stage.proxy();
        let made = create(&proxy, "Watched by many.").await;
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..watchers {
            let (proxy, made) = (proxy.clone(), made.clone());
            crowd.spawn(async move {
                let told = Events::of(&proxy, &made).await.all().await;
                assert_eq!(told.last().unwrap()["status"], "completed");
                ended(&proxy, &made).await;
            });
        }
        crowd.join_all().await;
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(job(&proxy, &made).await["status"], "completed");
        looks.push(stage.asked(Call::Status));
        assert!(
            stage
                .simulator
                .counts()
                .busiest
                .values()
                .all(|busiest| *busiest == 1)
        );
    }
    assert!(
        looks[0] > 0 && looks.iter().all(|count| *count == looks[0]),
        "{looks:?}"
    );
}
