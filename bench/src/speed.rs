//! Cached lists and status reads per second, and what the proxy adds to an uncached call, beside
//! nginx doing as much of the same as it can.

mod load;
mod servers;

use std::path::Path;
use std::time::Duration;

use load::{Load, sequential};
use servers::Servers;

/// Rounds in turn, so that whatever else the computer does hits all alike.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 32;
/// Creates for each uncached figure.
const CREATES: usize = 300;

pub(crate) fn run(proxy: &Path, simulator: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let servers = Servers::start(proxy, simulator).await?;
        let jobs = servers.jobs().await?;
        let each = |path: &str| vec![path.to_owned(); jobs.len()];
        cached(&servers, "cached avatars", &each("/v1/avatars?limit=20")).await?;
        cached(&servers, "cached voices", &each("/v1/voices?limit=20")).await?;
        cached(&servers, "a job's status", &jobs).await?;
        uncached(&servers).await
    })
}

async fn cached(servers: &Servers, name: &str, paths: &[String]) -> anyhow::Result<()> {
    println!(
        "\n{name}: {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?}, each server on one core"
    );
    let mut best = Vec::new();
    let contenders = servers.contenders();
    let mut loads: Vec<Vec<Load>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (nth, (_, address)) in contenders.iter().enumerate() {
            loads[nth].push(Load::on(*address, &paths[nth], CONNECTIONS, ROUND).await?);
        }
    }
    for ((server, _), loads) in contenders.iter().zip(&mut loads) {
        loads.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let (least, middle, most) = (&loads[0], &loads[loads.len() / 2], &loads[loads.len() - 1]);
        println!(
            "  {server:<16} {:>8.0} a second (min {:.0}, max {:.0}), p50 {:?}, p99 {:?}",
            middle.per_second, least.per_second, most.per_second, middle.p50, middle.p99,
        );
        best.push(middle.per_second);
    }
    for ((server, _), other) in contenders.iter().zip(&best).skip(1) {
        println!("  konpro-proxy is {:.2} times {server}", best[0] / other);
    }
    Ok(())
}

async fn uncached(servers: &Servers) -> anyhow::Result<()> {
    println!("\nan uncached call: {CREATES} creates each, one after the other, in turn");
    let mut all = vec![("the simulator", servers.simulator)];
    all.extend(servers.contenders());
    let mut took: Vec<Vec<Duration>> = all.iter().map(|_| Vec::new()).collect();
    for nth in 0..CREATES {
        for (at, (_, address)) in all.iter().enumerate() {
            took[at].push(sequential(*address, &format!("{at} {nth}")).await?);
        }
    }
    let median = |took: &mut Vec<Duration>| crate::figures::percentile(took, 0.5);
    let direct = median(&mut took[0]);
    println!("  {:<16} {direct:?}", all[0].0);
    for ((server, _), took) in all.iter().zip(&mut took).skip(1) {
        let median = median(took);
        println!(
            "  {server:<16} {median:?}, {:?} more",
            median.saturating_sub(direct)
        );
    }
    Ok(())
}
