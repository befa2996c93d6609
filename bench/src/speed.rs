//! Cached lists and status reads per second, and what the proxy adds to an uncached call, beside
//! nginx and fal's proxy doing as much of the same as they can.

mod connection;
mod contender;
mod load;
mod servers;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;

use crate::figures::percentile;
use connection::Connection;
pub(crate) use contender::Contender;
pub(crate) use load::Load;
use servers::{Job, OURS, Servers};

/// Rounds in turn, so that whatever else the computer does hits all alike.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 32;
/// Calls for each uncached figure.
const CALLS: usize = 1_000;

pub(crate) fn run(proxy: &Path, simulator: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let servers = Servers::start(proxy, simulator).await?;
        let jobs = servers.jobs().await?;
        let each = |path: &str| vec![path.to_owned(); jobs.len()];
        read(&servers, "the avatars", &each("/v1/avatars?limit=20")).await?;
        read(&servers, "the voices", &each("/v1/voices?limit=20")).await?;
        let paths: Vec<String> = jobs.iter().map(|job| job.path.clone()).collect();
        read(&servers, "a job's status", &paths).await?;
        create(&servers).await?;
        download(&servers, &jobs).await
    })
}

async fn read(servers: &Servers, name: &str, paths: &[String]) -> anyhow::Result<()> {
    println!(
        "\n{name}: {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?}, each server on one core"
    );
    let contenders = &servers.contenders;
    let mut loads: Vec<Vec<Load>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (nth, contender) in contenders.iter().enumerate() {
            loads[nth].push(Load::on(contender, &paths[nth], CONNECTIONS, ROUND).await?);
        }
    }
    let mut middles = Vec::new();
    for (contender, loads) in contenders.iter().zip(&mut loads) {
        loads.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let (least, middle, most) = (&loads[0], &loads[ROUNDS / 2], &loads[ROUNDS - 1]);
        println!(
            "  {:<20} {:>8.0} a second (min {:.0}, max {:.0}), p50 {:?}, p99 {:?}",
            contender.name,
            middle.per_second,
            least.per_second,
            most.per_second,
            middle.p50,
            middle.p99,
        );
        middles.push(middle.per_second);
    }
    for (other, rate) in contenders.iter().zip(&middles).skip(1) {
        println!(
            "  konpro-proxy is {:.2} times {}",
            middles[0] / rate,
            other.name
        );
    }
    Ok(())
}

/// Ours is written down before it is sent, and again when it is answered; the others only pass it on.
async fn create(servers: &Servers) -> anyhow::Result<()> {
    println!("\nan uncached call, a create: {CALLS} each, one after the other, in turn");
    uncached(servers, |at, contender, nth| {
        let text = format!("{at} {nth}");
        let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text});
        contender.post(&body.to_string())
    })
    .await
}

async fn download(servers: &Servers, jobs: &[Job]) -> anyhow::Result<()> {
    println!("\nan uncached call, a video: {CALLS} each, one after the other, in turn");
    uncached(servers, |at, contender, _| match at.checked_sub(1) {
        // Whose links they are does not matter to KonPro.
        None => contender.get(&jobs[0].media),
        Some(ours) if contender.name.starts_with(OURS) => {
            contender.get(&format!("{}/video?download", jobs[ours].path))
        }
        Some(other) => contender.get_anew(&jobs[other].media),
    })
    .await
}

async fn uncached(
    servers: &Servers,
    request: impl Fn(usize, &Contender, usize) -> String,
) -> anyhow::Result<()> {
    let all: Vec<&Contender> = [&servers.konpro]
        .into_iter()
        .chain(&servers.contenders)
        .collect();
    let mut connections = Vec::new();
    for contender in &all {
        connections.push(Connection::to(contender.at).await?);
    }
    let mut took: Vec<Vec<Duration>> = all.iter().map(|_| Vec::new()).collect();
    for nth in 0..CALLS {
        for (at, contender) in all.iter().enumerate() {
            let request = request(at, contender, nth);
            let asked = Instant::now();
            let status = connections[at].ask(&request).await?;
            took[at].push(asked.elapsed());
            ensure!(
                (200..300).contains(&status),
                "{} answered {status} to {request}",
                contender.name
            );
        }
    }
    let direct = percentile(&mut took[0], 0.5);
    println!("  {:<20} {direct:?}", servers.konpro.name);
    for (contender, took) in all.iter().zip(&mut took).skip(1) {
        let median = percentile(took, 0.5);
        let more = median.saturating_sub(direct);
        println!("  {:<20} {median:?}, {more:?} more", contender.name);
    }
    Ok(())
}
