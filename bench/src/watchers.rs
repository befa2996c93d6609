//! Many event streams on one process: what one costs, and how long it takes to tell all of them.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::announced::Announced;

/// Every so many streams never read: they must not slow the others.
const SLOW: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);
const TEXT: &str = "Watch.";

pub(crate) fn run(proxy: &Path, streams: usize) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(proxy, streams))
}

async fn measure(program: &Path, streams: usize) -> anyhow::Result<()> {
    // The video takes as long as it takes to open the streams.
    let proxy = Announced::start(program, "memory:", 1.0).await?;
    let job = proxy.create(TEXT).await?;
    let before = resident(proxy.running.id())?;
    let mut open = Vec::with_capacity(streams);
    for nth in 0..streams {
        open.push(proxy.watch(&job, nth).await?);
    }
    let after = resident(proxy.running.id())?;
    let each = after.saturating_sub(before) as f64 / streams as f64;
    println!(
        "{streams} event streams: {each:.1} KiB each ({before} KiB before, {after} KiB with them)"
    );

    let (webhook, ends) = proxy.webhook(TEXT)?;
    sleep_until(ends).await;
    let mut listeners = JoinSet::new();
    let mut slow = Vec::new();
    for (nth, mut watcher) in open.into_iter().enumerate() {
        match nth % SLOW {
            0 => slow.push(watcher),
            _ => drop(listeners.spawn(async move { watcher.hears("\"completed\"").await })),
        }
    }
    // All of them wait by now.
    sleep(Duration::from_secs(1)).await;
    let called = Instant::now();
    proxy.client.post(&webhook).body("{}").send().await?;
    let mut heard = Vec::new();
    while let Some(told) = timeout(PATIENCE, listeners.join_next()).await? {
        heard.push(told??.saturating_duration_since(called));
    }
    heard.sort_unstable();
    println!(
        "{} of them told of the end, {} others never read: the first after {:?}, the last after {:?} of KonPro's call",
        heard.len(),
        slow.len(),
        heard.first().context("nobody heard")?,
        heard.last().context("nobody heard")?,
    );
    Ok(())
}

/// In KiB, as the system counts.
fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
