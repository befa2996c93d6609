//! What looking costs, and how late it notices.

use std::time::Duration;

use konpro_job::Pace;
use konpro_job::pacing::until_next_look;
use proptest::prelude::*;

/// Looks until a job of length `real` is seen finished; how many, and when.
fn watch(real: Duration, estimate: Option<Duration>) -> (u32, Duration) {
    let (mut elapsed, mut looks) = (Duration::ZERO, 0);
    while looks == 0 || elapsed < real {
        elapsed += until_next_look(elapsed, estimate, false, Pace::default());
        looks += 1;
    }
    (looks, elapsed)
}

#[test]
fn six_looks_find_a_two_minute_job_in_time_when_the_estimate_is_a_quarter_off() {
    let job = Duration::from_secs(120);
    for estimate in 90..=150 {
        let (looks, noticed) = watch(job, Some(Duration::from_secs(estimate)));
        assert!(looks <= 6, "{looks} looks with an estimate of {estimate} s");
        let late = noticed - job;
        assert!(
            late <= job / 10,
            "{late:?} late with an estimate of {estimate} s"
        );
    }
}

#[test]
fn six_looks_do_when_the_job_is_a_quarter_off_its_two_minute_estimate() {
    for real in 90..=150 {
        let real = Duration::from_secs(real);
        let (looks, noticed) = watch(real, Some(Duration::from_secs(120)));
        assert!(looks <= 6, "{looks} looks at a job of {real:?}");
        assert!(
            noticed - real <= noticed / 10,
            "{real:?} noticed at {noticed:?}"
        );
    }
}

#[test]
fn a_look_shortly_before_the_first_one_is_not_followed_by_it_at_once() {
    let (elapsed, estimate) = (Duration::from_secs(97), Duration::from_secs(111));
    let pace = Pace {
        stretch: 193,
        ..Pace::default()
    };
    assert!(until_next_look(elapsed, Some(estimate), false, pace) > Duration::from_secs(15));
}

proptest! {
    #[test]
    fn lateness_is_bounded_whatever_the_estimate_was_worth(
        real in 20_u64..3_000, estimate in proptest::option::of(5_u64..3_000),
    ) {
        let real = Duration::from_secs(real);
        let (_, noticed) = watch(real, estimate.map(Duration::from_secs));
        let first = estimate.map_or(20.0, |seconds| seconds as f64 * 0.83);
        let bound = (real.as_secs_f64() * 1.2).max(first).min(real.as_secs_f64().max(first) + 60.0);
        prop_assert!(noticed.as_secs_f64() <= bound + 1.0);
    }

    #[test]
    fn a_stream_makes_looks_rare(elapsed in 0_u64..10_000, estimate in 1_u64..1_000) {
        let gap = until_next_look(
            Duration::from_secs(elapsed), Some(Duration::from_secs(estimate)), true, Pace::default(),
        );
        prop_assert!(gap >= Duration::from_secs(45));
    }

    #[test]
    fn scarcity_never_brings_a_look_closer(
        elapsed in 0_u64..3_000, estimate in proptest::option::of(1_u64..1_000), stretch in 25_u32..400,
        announced: bool,
    ) {
        let (elapsed, estimate) = (Duration::from_secs(elapsed), estimate.map(Duration::from_secs));
        let wait = |stretch| until_next_look(elapsed, estimate, false, Pace { stretch, announced, ..Pace::default() });
        prop_assert!(wait(stretch + 10) >= wait(stretch));
        prop_assert!(wait(u32::MAX) == wait(400));
    }

    #[test]
    fn who_is_called_looks_only_when_the_call_is_overdue(estimate in 5_u64..3_000) {
        let pace = Pace { announced: true, ..Pace::default() };
        let first = until_next_look(Duration::ZERO, Some(Duration::from_secs(estimate)), false, pace);
        prop_assert!(first.as_secs() >= estimate + estimate / 2);
    }
}
