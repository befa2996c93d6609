//! One clock for everything: the visitor's driver, the proxy and the simulator in one process.
//!
//! A seed decides what is lost, delayed and restarted, what KonPro allows, and whether one proxy or two
//! share a store. Whatever it decides, afterwards every accepted job is known and has ended, none was
//! created twice, and KonPro was never asked for more than it allows. To repeat one schedule:
//! `KONPRO_SEED=123 cargo test --test one_clock -- --nocapture`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod chance;
mod deployment;
mod looks;
mod visitor;
mod wire;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use konpro_api::{Job, Status};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use chance::Chance;
use deployment::Deployment;
use visitor::Visitor;

const SCHEDULES: u64 = 1_000;
/// Until then things go wrong; from then on every job must come to its end.
const TROUBLE: Duration = Duration::from_secs(15 * 60);
/// Every wait has an end: a lost answer is given up after half an hour, a stuck job after as long.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);

#[test]
fn after_any_schedule_every_accepted_job_has_ended_and_none_was_created_twice() {
    let seeds = match std::env::var("KONPRO_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("KONPRO_SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..SCHEDULES,
    };
    let (mut accepted, mut completed, mut restarts) = (0, 0, 0);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| run(seed));
        let outcome = result
            .unwrap_or_else(|_| panic!("schedule {seed} fails: KONPRO_SEED={seed} repeats it"));
        accepted += outcome.accepted;
        completed += outcome.completed;
        restarts += outcome.restarts;
    }
    println!("{accepted} jobs accepted, {completed} completed, {restarts} restarts of the proxy");
    // The schedules must not be so hard that nothing is ever tested.
    assert!(completed * 2 > accepted, "most jobs complete");
}

#[test]
fn a_schedule_repeats_exactly() {
    for seed in 0..25 {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.history, second.history, "schedule {seed}");
    }
}

#[test]
fn a_two_minute_job_costs_at_most_six_looks_and_is_noticed_at_most_a_tenth_late() {
    for seed in 0..25 {
        let truth = on_owned_clock(looks::in_truth(seed));
        let (noticed, looks) = on_owned_clock(looks::by_proxy(seed));
        assert!(
            looks <= 6,
            "schedule {seed}: {looks} looks for a job of {truth:?}"
        );
        let late = noticed.saturating_sub(truth);
        assert!(
            late <= noticed / 10 + Duration::from_secs(1),
            "schedule {seed}: {late:?} late"
        );
    }
}

struct Outcome {
    accepted: usize,
    completed: usize,
    restarts: usize,
    history: Vec<String>,
}

fn run(seed: u64) -> Outcome {
    on_owned_clock(schedule(seed))
}

fn on_owned_clock<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, test)
}

async fn schedule(seed: u64) -> Outcome {
    let chance = Chance::new(seed);
    let deployment = Deployment::start(seed, &chance);
    let visitors: Vec<Rc<Visitor>> = (0..chance.between(1, 3))
        .map(|nth| Rc::new(Visitor::new(nth, &deployment, &chance)))
        .collect();
    let mut living = tokio::task::JoinSet::new();
    for visitor in &visitors {
        living.spawn_local(Rc::clone(visitor).live());
    }
    let restarting = {
        let deployment = deployment.clone();
        tokio::task::spawn_local(async move { deployment.restart_at_random().await })
    };
    sleep(TROUBLE).await;
    chance.calm_down();
    let restarts = restarting.await.unwrap();
    timeout(PATIENCE, async {
        while living.join_next().await.is_some() {}
    })
    .await
    .expect("every visitor's wait has an end");

    let mut completed = 0;
    for visitor in &visitors {
        let job = end_of(visitor).await;
        completed += usize::from(job.is_some_and(|job| job.status == Status::Completed));
    }
    let mut created: BTreeMap<String, usize> = BTreeMap::new();
    for job in deployment.simulator.counts().created {
        *created.entry(job.text).or_default() += 1;
    }
    for (text, times) in &created {
        assert_eq!(*times, 1, "`{text}` was created {times} times");
    }
    let counts = deployment.simulator.counts();
    assert_eq!(
        counts.too_many_requests(),
        0,
        "KonPro's limits were exceeded"
    );
    assert_eq!(counts.queued, 0, "too many videos at once");
    Outcome {
        accepted: created.len(),
        completed,
        restarts,
        history: chance.history(),
    }
}

/// Asks once more with the visitor's key: it must be the same job, and it must end.
async fn end_of(visitor: &Visitor) -> Option<Job> {
    let ending = async {
        loop {
            let job = visitor.ask_again().await?;
            if let Some(known) = visitor.job_id() {
                assert_eq!(known, job.job_id, "one key is one job");
            }
            if job.status.is_end() {
                return Some(job);
            }
            sleep(Duration::from_secs(60)).await;
        }
    };
    timeout(PATIENCE, ending)
        .await
        .expect("every accepted job ends")
}
