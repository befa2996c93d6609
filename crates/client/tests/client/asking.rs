//! One ask: sent once, or again only where that costs nothing.

use konpro_api::{Status, code};
use konpro_client::{Driven, Peer};
use konpro_job::{Request, Resend, State};
use serde_json::json;

use crate::proxies::{GATEWAY_PAGE, error, first, rendering};
use crate::world::{Deed, KEY, Reply, World, reply};

#[tokio::test(start_paused = true)]
async fn a_job_goes_from_the_ask_to_the_video() {
    let world = World::new(rendering(120));
    let mut machine = world.asked(Resend::SameKey);
    let driven = world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(driven, Driven::Over);
    assert_eq!(machine.state(), &State::Ready);
    let video_url = machine.job().video_url;
    assert_eq!(video_url.as_deref(), Some("https://cdn.example/v.mp4"));
    let creates = world.creates();
    assert_eq!(creates.len(), 1);
    assert_eq!(creates[0].path, "/v1/video-avatars");
    assert_eq!(creates[0].key.as_deref(), Some(KEY));
    let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Welcome!"});
    assert_eq!(creates[0].body, Some(body));
    assert!(
        world
            .looks()
            .iter()
            .all(|look| look.key.is_none() && look.body.is_none())
    );
    let shown: Vec<Status> = world.shown().iter().map(|job| job.status).collect();
    assert_eq!(
        shown,
        [Status::Pending, Status::Processing, Status::Completed]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_written_down_is_never_behind_what_was_sent() {
    let world = World::new(first([Reply::Lost], rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    let mut reported = None;
    for deed in world.deeds() {
        match deed {
            Deed::Reported(machine, _) => reported = Some(machine),
            Deed::Sent(sent) => {
                let mut written = reported.clone().expect("a report before the request");
                // A request that is known to be under way is not made a second time.
                assert_eq!(written.poll_request(world.at(sent.at)), None);
                assert!(written.is_sent(), "{sent:?}");
            }
            Deed::Listened(_) => {}
        }
    }
    let mut unsent = world.asked(Resend::SameKey);
    assert_eq!(
        unsent.poll_request(world.at(200_000)),
        Some(Request::Create)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_create_is_repeated_with_the_same_key() {
    for loss in [
        Reply::Lost,
        Reply::Never,
        reply(502, GATEWAY_PAGE),
        reply(500, error(code::PROCESSING_ERROR, "Something went wrong.")),
        reply(201, "{\"job_id\": \"jo"),
        reply(201, json!({"status": "processing"})),
    ] {
        let world = World::new(first([loss.clone(), loss.clone()], rendering(600)));
        let mut machine = world.asked(Resend::SameKey);
        world.drive(Peer::Proxy, &mut machine).await;

        assert_eq!(machine.state(), &State::Ready, "{loss:?}");
        let creates = world.creates();
        assert_eq!(creates.len(), 3, "{loss:?}");
        for create in &creates {
            assert_eq!(create.key.as_deref(), Some(KEY), "{loss:?}");
            assert_eq!(create.body, creates[0].body, "{loss:?}");
        }
        assert!(
            creates.is_sorted_by(|one, next| one.at + 2_000 <= next.at),
            "{creates:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_cannot_answer_a_repeat_says_nothing_of_the_first_ask() {
    let away = reply(503, error(code::UPSTREAM_UNAVAILABLE, "The store is away."));
    let world = World::new(first([Reply::Lost, away.clone(), away], rendering(60)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(machine.state(), &State::Ready);
    let keys = world.creates().into_iter().map(|create| create.key);
    assert!(keys.eq([KEY; 4].map(|key| Some(key.to_owned()))));
}

#[tokio::test(start_paused = true)]
async fn a_lost_create_is_never_repeated_without_our_proxy() {
    for loss in [
        Reply::Lost,
        Reply::Never,
        reply(502, GATEWAY_PAGE),
        reply(503, error(code::SERVICE_UNAVAILABLE, "Later.")),
        reply(500, error(code::UPSTREAM_UNAVAILABLE, "Not ours to say.")),
        reply(201, "{\"job_id\": \"jo"),
        reply(200, json!({})),
    ] {
        let world = World::new(first([loss.clone()], rendering(120)));
        let mut machine = world.asked(Resend::Never);
        world.drive(Peer::Bare, &mut machine).await;

        assert_eq!(world.sent().len(), 1, "{loss:?}");
        let error = machine.job().error.unwrap();
        assert_eq!(error.code, code::UPSTREAM_TIMEOUT, "{loss:?}");
        assert!(
            world.millis() >= 30 * 60 * 1000,
            "{loss:?} was given up too soon"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_bare_proxy_gets_no_header_that_konpro_does_not_know() {
    let world = World::new(rendering(120));
    let mut machine = world.asked(Resend::Never);
    world.drive(Peer::Bare, &mut machine).await;
    assert_eq!(world.creates().len(), 1);
    assert_eq!(world.creates()[0].key, None);
}

#[tokio::test(start_paused = true)]
async fn a_used_up_quota_is_told_at_once() {
    let refusal = reply(429, error(code::QUOTA_EXCEEDED, "20 an hour.")).after(1800);
    let world = World::new(first([refusal], rendering(120)));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.job().error.unwrap().code, code::QUOTA_EXCEEDED);
    assert_eq!(world.sent().len(), 1);
    assert!(world.millis() < 1_000);
}

#[tokio::test(start_paused = true)]
async fn any_other_429_waits_as_long_as_it_says() {
    for (peer, resend) in [(Peer::Proxy, Resend::SameKey), (Peer::Bare, Resend::Never)] {
        let limit = || reply(429, error(code::RATE_LIMIT_EXCEEDED, "Later."));
        let world = World::new(first([limit().after(50), limit()], rendering(600)));
        let mut machine = world.asked(resend);
        world.drive(peer, &mut machine).await;

        assert_eq!(machine.state(), &State::Ready);
        let at: Vec<u64> = world.creates().iter().map(|create| create.at).collect();
        assert_eq!(at.len(), 3);
        assert!((50_000..52_000).contains(&at[1]), "{at:?}");
        assert!((2_000..10_000).contains(&(at[2] - at[1])), "{at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_at_once_in_the_refusers_words() {
    for (peer, resend) in [(Peer::Proxy, Resend::SameKey), (Peer::Bare, Resend::Never)] {
        for (status, code) in [
            (400, code::VALIDATION_ERROR),
            (401, code::SESSION_REQUIRED),
            (403, code::INSUFFICIENT_PERMISSIONS),
            (404, code::RESOURCE_NOT_FOUND),
            (409, code::IDEMPOTENCY_CONFLICT),
            (413, code::PAYLOAD_TOO_LARGE),
            (422, "SOMETHING_NEW"),
        ] {
            let world = World::new(move |_| reply(status, error(code, "No.")));
            let mut machine = world.asked(resend);
            let driven = world.drive(peer, &mut machine).await;

            let error = machine.job().error.unwrap();
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, "No."));
            let Driven::Refused(refusal) = driven else {
                panic!("{driven:?}");
            };
            assert_eq!(refusal.code, code);
            assert_eq!(refusal.request_id.as_deref(), Some("req-1"));
            assert_eq!(world.sent().len(), 1);
            assert!(world.millis() < 1_000);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_proxys_own_word_that_konpro_is_away_is_told_at_once() {
    for (status, code) in [
        (502, code::UPSTREAM_INVALID),
        (503, code::UPSTREAM_UNAVAILABLE),
        (504, code::UPSTREAM_TIMEOUT),
    ] {
        let world = World::new(move |_| reply(status, error(code, "KonPro is away.")));
        let mut machine = world.asked(Resend::SameKey);
        world.drive(Peer::Proxy, &mut machine).await;
        assert_eq!(machine.job().error.unwrap().code, code);
        assert_eq!(world.sent().len(), 1);
    }
}
