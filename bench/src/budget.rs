//! A hundred visitors and one key, on a clock that runs as fast as the computer can.
//!
//! The same visitors want the same videos four times: through the proxy with webhooks and without,
//! and straight at KonPro as its own sample does, every 5 s and every 0.5 s.

mod visitors;
pub(crate) mod world;

use std::time::Duration;

use crate::figures::{mean, percentile};
use world::{Limits, World};

const DAYS: u32 = 2;
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// How visitors get their videos.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Proxy { webhooks: bool },
    Poller { every: Duration },
}

/// What became of it.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) videos: u32,
    pub(crate) visible_429: u64,
    pub(crate) notice: Vec<Duration>,
    /// How far the first promise was off, as a share of the truth, in thousandths of a second a second.
    pub(crate) promise: Vec<Duration>,
}

pub(crate) fn run() -> anyhow::Result<()> {
    for limits in [Limits::TRIAL, Limits::PRO] {
        println!(
            "\n{} visitors, {DAYS} days, {} requests a minute, {} a day, {} at once",
            visitors::VISITORS,
            limits.per_minute,
            limits.per_day,
            limits.concurrent,
        );
        println!(
            "{:<26} {:>10} {:>10} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "",
            "videos/day",
            "requests/v",
            "looks/v",
            "limits",
            "visible",
            "noticed",
            "noticed",
            "promise"
        );
        println!(
            "{:<26} {:>10} {:>10} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "", "", "", "", "broken", "429s", "mean s", "p95 s", "off p50"
        );
        for (name, way) in [
            ("proxy, webhooks", Way::Proxy { webhooks: true }),
            ("proxy, no webhooks", Way::Proxy { webhooks: false }),
            (
                "KonPro's sample, 5 s",
                Way::Poller {
                    every: Duration::from_secs(5),
                },
            ),
            (
                "the same, 0.5 s",
                Way::Poller {
                    every: Duration::from_millis(500),
                },
            ),
        ] {
            report(name, limits, way)?;
        }
    }
    Ok(())
}

fn report(name: &str, limits: Limits, way: Way) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let (mut outcome, counts) = runtime.block_on(async {
        let world = World::new(limits, way).await?;
        let outcome = visitors::live(&world, DAYS * DAY).await;
        anyhow::Ok((outcome, world.simulator.counts()))
    })?;
    let looks = counts.requests(konpro_simulator::Call::Status);
    let requests: u64 = counts.calls.values().map(|call| call.requests).sum();
    let videos = f64::from(outcome.videos.max(1));
    println!(
        "{name:<26} {:>10.1} {:>10.2} {:>8.2} {:>8} {:>9} {:>9.1} {:>9.1} {:>8.0}%",
        f64::from(outcome.videos) / f64::from(DAYS),
        requests as f64 / videos,
        looks as f64 / videos,
        counts.too_many_requests() + counts.queued,
        outcome.visible_429,
        mean(&outcome.notice).as_secs_f64(),
        percentile(&mut outcome.notice, 0.95).as_secs_f64(),
        percentile(&mut outcome.promise, 0.5).as_secs_f64() * 100.0,
    );
    Ok(())
}
