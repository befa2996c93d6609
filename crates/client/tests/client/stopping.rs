//! Stopping, politely or by dropping everything.

use std::time::Duration;

use futures_util::stream;
use konpro_api::{Status, code};
use konpro_client::{Command, Driven, Method, Peer, Push};
use konpro_job::{Resend, State};
use serde_json::json;
use tokio::time::timeout;

use crate::proxies::{error, pending, processing, rendering};
use crate::world::{Reply, Sent, World, commands, reply};

fn deletes(world: &World) -> Vec<String> {
    let sent = world.sent().into_iter();
    let deletes = sent.filter(|sent| sent.method == Method::Delete);
    deletes.map(|sent| sent.path).collect()
}

/// A proxy whose queue is long; it lets jobs go.
fn queueing(sent: &Sent) -> Reply {
    let cancelled = json!({
        "job_id": "job-1", "status": "failed",
        "error": {"code": code::CANCELLED, "message": "Withdrawn."},
    });
    match sent.method {
        Method::Delete => reply(200, cancelled),
        _ => reply(201, pending()),
    }
}

#[tokio::test(start_paused = true)]
async fn stop_takes_a_job_back_that_still_waits() {
    let world = World::new(queueing);
    let mut machine = world.asked(Resend::SameKey);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;

    assert_eq!(driven, Driven::Stopped);
    assert_eq!(deletes(&world), ["/v1/video-avatars/job-1"]);
    assert_eq!(world.millis() / 1000, 30);
    // What is written down last is that there is no job any more.
    assert_eq!(machine.job().error.unwrap().code, code::CANCELLED);
    assert_eq!(world.shown().last().unwrap().status, Status::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_taken_back_is_only_left_alone() {
    let world = World::new(|sent| match sent.method {
        Method::Delete => reply(409, error("RESOURCE_CONFLICT", "It was sent.")),
        _ => reply(201, pending()),
    });
    let mut machine = world.asked(Resend::SameKey);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;
    assert_eq!(driven, Driven::Stopped);
    assert_eq!(deletes(&world).len(), 1);
    assert_eq!(machine.job().status, Status::Pending);
}

#[tokio::test(start_paused = true)]
async fn a_job_under_work_is_not_taken_back() {
    let world = World::new(rendering(120));
    let mut machine = world.asked(Resend::SameKey);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;
    assert_eq!(driven, Driven::Stopped);
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_bare_proxy_is_never_asked_to_take_anything_back() {
    let world = World::new(queueing);
    let mut machine = world.asked(Resend::Never);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Bare, &mut machine, stop).await;
    assert_eq!(driven, Driven::Stopped);
    assert_eq!(deletes(&world), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn stop_takes_a_job_back_whose_ask_is_still_under_way() {
    let world = World::new(queueing);
    let mut machine = world.asked(Resend::SameKey);
    // An answer takes 20 ms.
    let stop = commands([(0, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;

    assert_eq!(driven, Driven::Stopped);
    assert_eq!(deletes(&world), ["/v1/video-avatars/job-1"]);
    assert_eq!(machine.job().error.unwrap().code, code::CANCELLED);
}

#[tokio::test(start_paused = true)]
async fn an_ask_that_is_never_answered_is_not_waited_for_for_ever_after_stop() {
    let world = World::new(|_| Reply::Never);
    let mut machine = world.asked(Resend::SameKey);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;

    assert_eq!(driven, Driven::Stopped);
    assert_eq!(world.millis() / 1000, 55);
    assert_eq!(world.held().requests.get(), 0);
    // Nobody knows an id that could be taken back.
    assert_eq!(deletes(&world), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_ask_that_was_put_off_is_never_sent_after_stop() {
    let world = World::new(|_| reply(429, "").after(300));
    let mut machine = world.asked(Resend::SameKey);
    let stop = commands([(30, Command::Stop)]);
    let driven = world.drive_with(Peer::Proxy, &mut machine, stop).await;

    assert_eq!(driven, Driven::Stopped);
    assert_eq!(world.sent().len(), 1);
    let State::Failed(error) = machine.state() else {
        panic!("{machine:?}")
    };
    assert_eq!(error.code, code::CANCELLED);
    assert_eq!(world.shown().last().unwrap().status, Status::Failed);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_driver_drops_all_that_it_does() {
    let script = |sent: &Sent| match sent.is_create() {
        true => reply(201, processing(60)),
        false => Reply::Never,
    };
    let pushes = vec![(0, Some(Push::Opened))];
    let world = World::new(script).with_streams([pushes]);
    let mut machine = world.asked(Resend::SameKey);
    let driven = world.drive(Peer::Proxy, &mut machine);
    assert!(timeout(Duration::from_secs(120), driven).await.is_err());

    assert!(!world.looks().is_empty(), "a request was under way");
    let held = world.held();
    let counts = [&held.requests, &held.streams, &held.timers].map(|count| count.get());
    assert_eq!(counts, [0, 0, 0]);

    let before = world.deeds().len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.deeds().len(), before);
}

#[tokio::test(start_paused = true)]
async fn commands_that_come_to_an_end_end_nothing_else() {
    let world = World::new(rendering(120));
    let mut machine = world.asked(Resend::SameKey);
    // Such a stream may not be asked again once it has ended.
    let commands = stream::unfold((), async |()| None::<(Command, ())>);
    let driven = world
        .drive_with(Peer::Proxy, &mut machine, Box::pin(commands))
        .await;
    assert_eq!(driven, Driven::Over);
    assert_eq!(machine.state(), &State::Ready);
}
