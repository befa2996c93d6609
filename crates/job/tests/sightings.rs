//! Merging sightings: the order in which news arrive must not matter.

use konpro_api::{Job, JobError, Status};
use konpro_job::{Instant, Sighting};
use proptest::prelude::*;

fn sighting() -> impl Strategy<Value = Sighting> {
    let status = prop_oneof![
        Just(Status::Pending),
        Just(Status::Processing),
        Just(Status::Failed),
        Just(Status::Completed)
    ];
    let link = proptest::option::of("[a-c]");
    let number = proptest::option::of(0_u32..4);
    (status, link, number.clone(), number, 0_u64..4).prop_map(|(status, link, time, place, at)| {
        let error = (status == Status::Failed)
            .then(|| JobError::new("E", link.clone().unwrap_or_default()));
        let job = Job {
            status,
            video_url: link,
            estimated_time: time,
            queue_position: place,
            duration: time.map(f64::from),
            error,
            ..Job::default()
        };
        Sighting::of(&job, Instant::from_millis(at))
    })
}

#[test]
fn a_duration_keeps_its_milliseconds() {
    let job = Job {
        status: Status::Completed,
        video_url: Some("https://cdn.example/v.mp4".to_owned()),
        duration: Some(1.001),
        ..Job::default()
    };
    let seen = Sighting::of(&job, Instant::default());
    assert_eq!(seen.job("job-1").duration, Some(1.001));
}

proptest! {
    #[test]
    fn order_does_not_matter(a in sighting(), b in sighting(), c in sighting()) {
        prop_assert_eq!(a.clone().merge(b.clone()), b.clone().merge(a.clone()));
        prop_assert_eq!(
            a.clone().merge(b.clone()).merge(c.clone()),
            a.merge(b.merge(c)),
        );
    }

    #[test]
    fn repetition_does_not_matter(a in sighting(), b in sighting()) {
        let once = a.clone().merge(b.clone());
        prop_assert_eq!(once.clone().merge(a).merge(b), once.clone());
        prop_assert_eq!(Sighting::nothing().merge(once.clone()), once);
    }
}

#[test]
fn completed_without_a_link_is_still_running() {
    let job = Job {
        status: Status::Completed,
        ..Job::default()
    };
    assert_eq!(
        Sighting::of(&job, Instant::default()).status(),
        Status::Processing
    );
}
