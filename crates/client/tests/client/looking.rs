//! Looks at a job: when they are made, and what is made of their answers.

use konpro_api::code;
use konpro_client::{Command, Peer};
use konpro_job::{Instant, Machine, Resend, State};
use serde_json::json;

use crate::proxies::{
    GATEWAY_PAGE, completed, error, first, processing, rendering, rendering_estimated,
};
use crate::world::{Reply, Sent, World, commands, reply};

#[tokio::test(start_paused = true)]
async fn six_looks_see_a_two_minute_job_to_its_end() {
    for seconds in [90, 105, 120, 135, 150] {
        let world = World::new(rendering_estimated(seconds, 120));
        let mut machine = world.asked(Resend::Never);
        world.drive(Peer::Bare, &mut machine).await;

        assert_eq!(machine.state(), &State::Ready);
        assert!(world.looks().len() <= 6, "{} looks", world.looks().len());
        let late = world.millis() - seconds * 1000;
        assert!(
            late <= world.millis() / 10,
            "{late} ms late after {seconds} s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed() {
    let busy = reply(429, error(code::RATE_LIMIT_EXCEEDED, "Later.")).after(200);
    let replies = [
        reply(201, processing(120)).after(7),
        reply(200, processing(120)).after(11),
        busy,
    ];
    let world = World::new(first(replies, rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    let at: Vec<u64> = world.looks().iter().map(|look| look.at / 1000).collect();
    assert_eq!(at, [7, 18, 218]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_of_nothing_makes_no_storm() {
    let world = World::new(|sent| match sent.at {
        120_000.. => reply(200, completed()),
        _ => reply(200, processing(120)).after(0),
    });
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert!(world.looks().len() <= 120, "{} looks", world.looks().len());
}

/// A wait of more than a day used to be taken for a clock that was set back, and for no wait then.
#[tokio::test(start_paused = true)]
async fn a_retry_after_of_more_than_a_day_makes_no_storm() {
    let day = 24 * 3600;
    let busy = || reply(429, "").after(2 * day);
    let told = || reply(200, processing(120)).after(u64::MAX);
    let replies = [busy(), told(), told(), busy()];
    let world = World::new(first(replies, rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    let at: Vec<u64> = world.sent().iter().map(|sent| sent.at / 1000).collect();
    assert_eq!(at, [0, day, 2 * day, 3 * day, 4 * day]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_there_is_given_up_after_three_looks() {
    let gone = |sent: &Sent| match sent.is_create() {
        true => reply(201, processing(120)),
        false => reply(404, error(code::RESOURCE_NOT_FOUND, "Gone.")),
    };
    let world = World::new(gone);
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(world.looks().len(), 3);
    assert_eq!(machine.job().error.unwrap().code, code::RESOURCE_NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_appears_late_is_not_given_up() {
    let gone = || reply(404, error(code::RESOURCE_NOT_FOUND, "Not yet."));
    let replies = [reply(201, processing(120)), gone(), gone()];
    let world = World::new(first(replies, rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(machine.state(), &State::Ready);
}

/// Lost looks used to count as looks that found no job, and one true "no such job" then sufficed.
#[tokio::test(start_paused = true)]
async fn lost_looks_do_not_say_that_there_is_no_job() {
    let gone = reply(404, error(code::RESOURCE_NOT_FOUND, "Not yet."));
    let replies = [reply(201, processing(120)), Reply::Lost, Reply::Lost, gone];
    let world = World::new(first(replies, rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(machine.state(), &State::Ready);
}

#[tokio::test(start_paused = true)]
async fn trouble_with_looks_only_puts_them_off() {
    for trouble in [
        Reply::Lost,
        Reply::Never,
        reply(200, GATEWAY_PAGE),
        reply(502, GATEWAY_PAGE),
        reply(503, error(code::UPSTREAM_UNAVAILABLE, "Later.")),
        reply(200, json!({"job_id": "another job", "status": "failed"})),
    ] {
        let mut replies = vec![trouble.clone(); 5];
        replies[0] = reply(201, processing(10));
        let world = World::new(first(replies, rendering(10)));
        let mut machine = world.asked(Resend::SameKey);
        world.drive(Peer::Proxy, &mut machine).await;

        assert_eq!(machine.state(), &State::Ready, "{trouble:?}");
        let at: Vec<u64> = world.looks().iter().map(|look| look.at).collect();
        assert_eq!(at.len(), 5, "{trouble:?}");
        let gaps: Vec<u64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(
            gaps.is_sorted() && gaps[0] >= 2_000,
            "{trouble:?}: {gaps:?}"
        );
        assert_eq!(world.held().requests.get(), 0, "{trouble:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn konpros_flat_status_which_has_no_id_is_about_the_job_asked_for() {
    let flat = |status| match status {
        "completed" => include_str!("../../../api/tests/vectors/status-flat-completed.json"),
        _ => include_str!("../../../api/tests/vectors/status-flat-processing.json"),
    };
    let world = World::new(move |sent| match (sent.is_create(), sent.at) {
        (true, _) => reply(200, processing(120)),
        (false, 120_000..) => reply(200, flat("completed")),
        (false, _) => reply(200, flat("processing")),
    });
    let mut machine = world.asked(Resend::Never);
    world.drive(Peer::Bare, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    assert_eq!(machine.job().job_id, "job-1");
    assert!(world.looks().len() <= 6);
}

#[tokio::test(start_paused = true)]
async fn a_bare_proxy_that_knows_only_the_envelope_is_asked_in_it() {
    let completed = include_str!("../../../api/tests/vectors/status-envelope-completed.json");
    let world = World::new(move |sent| match sent.path.as_str() {
        "/v1/video-avatars" => reply(200, json!({"job_id": "job-456", "status": "processing"})),
        "/v1/video_status?video_id=job-456" => reply(200, completed),
        _ => reply(404, json!({"detail": "Not Found"})),
    });
    let mut machine = world.asked(Resend::Never);
    world.drive(Peer::Bare, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    assert_eq!(machine.job().duration, Some(3.44));
    let paths: Vec<String> = world.looks().into_iter().map(|look| look.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/video-avatars/job-456",
            "/v1/video_status?video_id=job-456"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_hint_looks_at_once() {
    let world = World::new(rendering_estimated(30, 600));
    let mut machine = world.asked(Resend::SameKey);
    let hints = commands([(20, Command::Hint), (40, Command::Hint)]);
    world.drive_with(Peer::Proxy, &mut machine, hints).await;

    let at: Vec<u64> = world.looks().iter().map(|look| look.at / 1000).collect();
    assert_eq!(at, [20, 40]);
    assert_eq!(machine.state(), &State::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_somebody_else_asked_for_is_only_watched() {
    let world = World::new(rendering(60));
    let mut machine = Machine::watch("a/b?c d#e%é".to_owned(), Instant::default());
    let stop = commands([(1, Command::Stop)]);
    world.drive_with(Peer::Proxy, &mut machine, stop).await;

    assert_eq!(world.creates(), []);
    assert_eq!(
        world.looks()[0].path,
        "/v1/video-avatars/a%2Fb%3Fc%20d%23e%25%C3%A9"
    );

    let world = World::new(|_| reply(404, ""));
    let mut machine = Machine::watch("a&b=c".to_owned(), Instant::default());
    world.drive(Peer::Bare, &mut machine).await;
    assert_eq!(world.looks()[1].path, "/v1/video_status?video_id=a%26b%3Dc");
}
