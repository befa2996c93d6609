//! Many event streams on one process: what one costs, and how long it takes to tell all of them; alone,
//! and where the news come from another process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::announced::Announced;
use crate::running::{Running, free, listens};

/// Every so many streams never read: they must not slow the others.
const SLOW: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);
const TEXT: &str = "Watch.";

pub(crate) fn run(program: &Path, streams: usize) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        println!("one process on memory:");
        // The video takes as long as it takes to open the streams.
        let only = Announced::start(program, "memory:", 1.0).await?;
        measure(&only, &only, streams).await?;
        drop(only);
        let at = free()?;
        let mut redis = Command::new("redis-server");
        redis.args(["--port", &at.port().to_string(), "--save", ""]);
        let Ok(_redis) = Running::start(&mut redis) else {
            println!("redis-server is not installed: its figures are missing");
            return Ok(());
        };
        listens(at).await?;
        println!("two processes on one Redis; the one leads, the other has the streams");
        let store = format!("redis://{at}/0");
        let leads = Announced::start(program, &store, 1.0).await?;
        let follows = Announced::start(program, &store, 1.0).await?;
        measure(&leads, &follows, streams).await
    })
}

/// KonPro calls `leads`, and `follows` tells.
async fn measure(leads: &Announced, follows: &Announced, streams: usize) -> anyhow::Result<()> {
    let job = leads.create(TEXT).await?;
    let before = resident(follows.running.id())?;
    let mut open = Vec::with_capacity(streams);
    for nth in 0..streams {
        open.push(follows.watch(&job, nth).await?);
    }
    let after = resident(follows.running.id())?;
    let each = after.saturating_sub(before) as f64 / streams as f64;
    println!(
        "{streams} event streams: {each:.1} KiB each ({before} KiB before, {after} KiB with them)"
    );

    let (webhook, ends) = leads.webhook(TEXT)?;
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
    leads.client.post(&webhook).body("{}").send().await?;
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
