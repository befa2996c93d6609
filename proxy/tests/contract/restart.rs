//! A crash, and a second proxy over the same store.

use std::time::Duration;

use konpro_simulator::{Call, FaultKind};
use tokio::time::{sleep, timeout};

use crate::support::Stage;
use crate::support::visitor::{create, ended, get, job, order, path, post_with_key};

#[tokio::test(start_paused = true)]
async fn every_job_goes_on_after_a_crash_and_none_is_paid_twice() {
    let stage = Stage::new();
    let before = stage.proxy();
    let running = create(&before, "Running.").await;
    let waiting = create(&before, "Waiting.").await;
    let ids = [job(&before, &running).await, job(&before, &waiting).await];
    drop(before);
    sleep(Duration::from_secs(600)).await;
    let looks = stage.asked(Call::Status);
    assert_eq!(looks, 0, "a proxy that is gone does nothing");

    let after = stage.proxy();
    for (path, before) in [&running, &waiting].into_iter().zip(ids) {
        let job = ended(&after, path).await;
        assert_eq!(job["status"], "completed");
        assert_eq!(job["job_id"], before["job_id"]);
        assert_eq!(job["created_at"], before["created_at"]);
    }
    assert_eq!(stage.paid(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_under_way_is_not_sent_again() {
    for processed in [false, true] {
        let stage = Stage::new();
        stage.inject(Call::Create, FaultKind::TimeOut { processed }, 1);
        let before = stage.proxy();
        let body = order("Hello.");
        let visit = post_with_key(&before, "k", &body);
        assert!(timeout(Duration::from_secs(2), visit).await.is_err());
        drop(before);

        let after = stage.proxy();
        let known = post_with_key(&after, "k", &body).await.json();
        assert_eq!(known["status"], "processing");
        sleep(Duration::from_secs(31 * 60)).await;
        let end = job(&after, &path(&known)).await;
        assert_eq!(end["error"]["code"], "UPSTREAM_TIMEOUT");
        assert_eq!(stage.asked(Call::Create), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_put_off_is_sent_after_the_crash() {
    let stage = Stage::new();
    stage.simulator.inject("create:429+60x1".parse().unwrap());
    let before = stage.proxy();
    let made = create(&before, "Hello.").await;
    drop(before);
    let after = stage.proxy();
    assert_eq!(ended(&after, &made).await["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_was_under_way_is_made_again() {
    let stage = Stage::new();
    stage.inject(Call::Status, FaultKind::TimeOut { processed: true }, 1);
    let before = stage.proxy();
    let made = create(&before, "Hello.").await;
    while stage.asked(Call::Status) == 0 {
        sleep(Duration::from_secs(1)).await;
    }
    drop(before);
    assert_eq!(ended(&stage.proxy(), &made).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_known_key_is_answered_even_when_konpros_lists_cannot_be_had() {
    let stage = Stage::new();
    let before = stage.proxy();
    let first = post_with_key(&before, "k", &order("Hello.")).await.json();
    drop(before);
    stage.simulator.inject("avatars:503".parse().unwrap());
    let after = stage.proxy();
    let again = post_with_key(&after, "k", &order("Hello.")).await.json();
    assert_eq!(again["job_id"], first["job_id"]);
    let other = post_with_key(&after, "k", &order("Goodbye.")).await;
    assert_eq!(other.refused(409), "IDEMPOTENCY_CONFLICT");
    assert_eq!(
        get(&after, &path(&first)).await.status,
        http::StatusCode::OK
    );
}

#[tokio::test(start_paused = true)]
async fn a_first_secret_of_the_operators_keeps_the_ids_that_the_stores_own_has_sealed() {
    let mut stage = Stage::new();
    let made = create(&stage.proxy(), "Hello.").await;
    stage.config.secret = Some("n".repeat(32).parse().unwrap());
    assert_eq!(path(&job(&stage.proxy(), &made).await), made);
}

#[tokio::test(start_paused = true)]
async fn ids_open_under_the_old_secret_while_rotating() {
    let mut stage = Stage::set(|config| config.secret = Some("o".repeat(32).parse().unwrap()));
    let made = create(&stage.proxy(), "Hello.").await;
    let both = format!("{},{}", "n".repeat(32), "o".repeat(32));
    stage.config.secret = Some(both.parse().unwrap());
    let rotated = stage.proxy();
    // Whoever watches knows its job by the name that it was given.
    assert_eq!(path(&job(&rotated, &made).await), made);
    let newer = create(&rotated, "Hello again.").await;
    stage.config.secret = Some("n".repeat(32).parse().unwrap());
    assert_eq!(
        get(&stage.proxy(), &newer).await.status,
        http::StatusCode::OK
    );
    get(&stage.proxy(), &made).await.refused(404);
}
