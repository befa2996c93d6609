//! A page that is reloaded goes on where it was.

use std::time::Duration;

use konpro_api::code;
use konpro_client::Peer;
use konpro_job::{Machine, Resend, State};
use tokio::time::timeout;

use crate::proxies::rendering;
use crate::world::{Deed, KEY, Reply, World};

/// Drives for a while, is closed in the middle of things, and comes back with what was written.
async fn reloaded(world: &World, peer: Peer, machine: &mut Machine, after: u64) -> Machine {
    let driven = world.drive(peer, machine);
    let closed = timeout(Duration::from_secs(after), driven).await;
    assert!(closed.is_err(), "the page was closed in mid-job");
    let deeds = world.deeds().into_iter();
    let mut reports = deeds.filter_map(|deed| match deed {
        Deed::Reported(machine, _) => Some(machine),
        _ => None,
    });
    let written = serde_json::to_string(&reports.next_back().unwrap()).unwrap();
    let mut read: Machine = serde_json::from_str(&written).unwrap();
    read.handle_restart(world.at(world.millis()));
    read
}

#[tokio::test(start_paused = true)]
async fn a_reload_in_mid_job_goes_on_watching_the_same_job() {
    for (peer, resend) in [(Peer::Proxy, Resend::SameKey), (Peer::Bare, Resend::Never)] {
        let world = World::new(rendering(120));
        let mut machine = world.asked(resend);
        let mut machine = reloaded(&world, peer, &mut machine, 50).await;
        assert_eq!(machine.job().job_id, "job-1");
        world.drive(peer, &mut machine).await;

        assert_eq!(machine.state(), &State::Ready);
        assert_eq!(world.creates().len(), 1);
        assert!(world.millis() <= 132_100, "{} ms", world.millis());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_while_the_ask_is_under_way_repeats_it_under_its_key() {
    let mut rendering = rendering(120);
    let mut lost = false;
    let world = World::new(move |sent| match std::mem::replace(&mut lost, true) {
        false => Reply::Never,
        true => rendering(sent),
    });
    let mut machine = world.asked(Resend::SameKey);
    let mut machine = reloaded(&world, Peer::Proxy, &mut machine, 5).await;
    world.drive(Peer::Proxy, &mut machine).await;

    assert_eq!(machine.state(), &State::Ready);
    let keys: Vec<_> = world
        .creates()
        .into_iter()
        .map(|create| create.key)
        .collect();
    assert_eq!(keys, [Some(KEY.to_owned()), Some(KEY.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_reload_while_a_bare_proxy_is_asked_repeats_nothing() {
    let world = World::new(|_| Reply::Never);
    let mut machine = world.asked(Resend::Never);
    let mut machine = reloaded(&world, Peer::Bare, &mut machine, 5).await;
    world.drive(Peer::Bare, &mut machine).await;

    assert_eq!(world.sent().len(), 1);
    assert_eq!(machine.job().error.unwrap().code, code::UPSTREAM_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_over_is_asked_nothing_more() {
    let world = World::new(rendering(60));
    let mut machine = world.asked(Resend::SameKey);
    world.drive(Peer::Proxy, &mut machine).await;
    let before = world.sent().len();
    machine.handle_restart(world.at(world.millis()));
    world.drive(Peer::Proxy, &mut machine).await;
    assert_eq!(world.sent().len(), before);
}
