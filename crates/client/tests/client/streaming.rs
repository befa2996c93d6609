//! The event stream is preferred while it is open, and made up for while it is not.

use konpro_api::{Job, Status};
use konpro_client::{Peer, Push};
use konpro_job::{Resend, State};

use crate::proxies::{first, processing, rendering, rendering_estimated};
use crate::world::{Deed, Pushes, Sent, World, reply};

fn job(status: Status) -> Option<Push> {
    let video_url = (status == Status::Completed).then(|| "https://cdn.example/v.mp4".to_owned());
    Some(Push::Job(Box::new(Job {
        job_id: "job-1".to_owned(),
        status,
        video_url,
        ..Job::default()
    })))
}

/// Open from the start; tells that the video is there after `seconds`.
fn telling_after(seconds: u64) -> Pushes {
    vec![
        (0, Some(Push::Opened)),
        (0, job(Status::Processing)),
        (seconds, job(Status::Completed)),
    ]
}

fn listened(world: &World) -> Vec<String> {
    let deeds = world.deeds().into_iter();
    let paths = deeds.filter_map(|deed| match deed {
        Deed::Listened(path) => Some(path),
        _ => None,
    });
    paths.collect()
}

fn look_times(world: &World) -> Vec<u64> {
    world.looks().iter().map(|look| look.at / 1000).collect()
}

#[tokio::test(start_paused = true)]
async fn a_video_that_is_pushed_is_shown_at_once_and_without_any_look() {
    let world = World::new(rendering(120)).with_streams([telling_after(95)]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    assert_eq!(world.millis() / 1000, 95);
    assert_eq!(listened(&world), ["/v1/video-avatars/job-1/events"]);
    assert_eq!(look_times(&world), [0_u64; 0]);
    assert_eq!(world.held().streams.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_the_stream_is_open_looks_are_rare_whatever_retry_after_says() {
    // Our proxy says on each answer when asking again would make sense without a stream.
    let script = |sent: &Sent| match sent.is_create() {
        true => reply(201, processing(60)).after(5),
        false => reply(200, processing(60)).after(5),
    };
    let world = World::new(script).with_streams([telling_after(600)]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    assert_eq!(world.millis() / 1000, 600);
    let at = look_times(&world);
    assert!(at.is_sorted_by(|one, next| one + 45 <= *next), "{at:?}");
    assert!(
        !at.is_empty(),
        "nothing guards against a stream that died unnoticed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_made_up_for_by_looks() {
    let mut pushes = telling_after(500);
    pushes[2] = (30, None);
    let world = World::new(rendering(120)).with_streams([pushes]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    let at = look_times(&world);
    assert_eq!(
        at[0], 32,
        "what the stream may have missed is looked at: {at:?}"
    );
    assert!(at.len() <= 7, "{at:?}");
    assert!(world.millis() <= 132_100, "{} ms", world.millis());
}

#[tokio::test(start_paused = true)]
async fn without_any_stream_looks_do() {
    let world = World::new(rendering(240));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    assert!(world.looks().len() <= 6, "{:?}", look_times(&world));
    assert!(world.millis() <= 264_100, "{} ms", world.millis());
    // Each minute it is tried again, and not more often.
    let tries = listened(&world).len();
    assert!((3..=5).contains(&tries), "{tries} tries");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_answers_stops_no_looks() {
    let world = World::new(rendering(120)).with_streams([vec![]]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(machine.state(), &State::Ready);
    assert!(world.millis() <= 132_100, "{} ms", world.millis());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ended_is_opened_again_later() {
    let short: Pushes = vec![(0, Some(Push::Opened)), (10, None)];
    let world =
        World::new(rendering_estimated(3_000, 2_000)).with_streams([short, telling_after(100)]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    let seconds = world.millis() / 1000;
    assert!((160..=191).contains(&seconds), "noticed after {seconds} s");
    assert_eq!(listened(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_brings_the_looks_back_until_it_is_open_again() {
    let pushes: Pushes = vec![
        (0, Some(Push::Opened)),
        (100, Some(Push::Lost)),
        (110, Some(Push::Opened)),
        (110, job(Status::Processing)),
        (400, job(Status::Completed)),
    ];
    let world = World::new(rendering_estimated(1_000, 1_000)).with_streams([pushes]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(world.millis() / 1000, 400);
    let at = look_times(&world);
    assert_eq!(at[0], 102, "{at:?}");
    assert!(at[1..].iter().all(|at| *at >= 145), "{at:?}");
    assert_eq!(listened(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_bare_proxy_is_not_asked_for_a_stream() {
    let world = World::new(rendering(120)).with_streams([telling_after(10)]);
    let mut machine = world.asked(Resend::Never);
    world.drive(Peer::Bare, &mut machine).await;
    assert_eq!(listened(&world), [""; 0]);
    assert!(world.millis() >= 120_000);
}

#[tokio::test(start_paused = true)]
async fn no_stream_is_opened_before_there_is_a_job() {
    let limit = reply(429, "").after(300);
    let world = World::new(first([limit], rendering(400)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    let deeds = world.deeds();
    let is_create = |deed: &Deed| matches!(deed, Deed::Sent(sent) if sent.is_create());
    let last_create = deeds.iter().rposition(is_create).unwrap();
    let listens = |deed: &Deed| matches!(deed, Deed::Listened(_));
    assert!(deeds.iter().position(listens).unwrap() > last_create);
}

#[tokio::test(start_paused = true)]
async fn news_of_another_job_change_nothing() {
    let stranger = Some(Push::Job(Box::new(Job {
        job_id: "job-2".to_owned(),
        status: Status::Failed,
        ..Job::default()
    })));
    let mut pushes = telling_after(95);
    pushes.insert(2, (50, stranger));
    pushes.insert(3, (51, Some(Push::Job(Box::default()))));
    let world = World::new(rendering(600)).with_streams([pushes]);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(machine.state(), &State::Ready);
    assert_eq!(world.millis() / 1000, 95);
}
