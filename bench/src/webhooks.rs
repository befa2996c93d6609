//! From KonPro's call to the browser's event, and how soon KonPro's `OPTIONS` is answered; at rest,
//! and while others load the proxy.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use tokio::time::{Instant, sleep};

use crate::announced::Announced;
use crate::figures::percentile;
use crate::speed::{Contender, Load};

const JOBS: usize = 100;
/// A call that comes right after KonPro's last answer waits for a while: it would bring nothing new.
const SETTLED: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 64;
/// Longer than the measuring takes.
const LOADED: Duration = Duration::from_secs(20);

pub(crate) fn run(proxy: &Path) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        measure(proxy, false).await?;
        measure(proxy, true).await
    })
}

async fn measure(program: &Path, loaded: bool) -> anyhow::Result<()> {
    let file = std::env::temp_dir().join(format!("konpro-bench-{}.db", std::process::id()));
    let store = format!("sqlite:{}", file.display());
    let measured = calls(program, &store, loaded).await;
    for suffix in ["", "-wal", "-shm", ".lock"] {
        // The last two go with the process.
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    measured
}

async fn calls(program: &Path, store: &str, loaded: bool) -> anyhow::Result<()> {
    let proxy = Announced::start(program, store, 10_000.0).await?;
    let mut watched = Vec::new();
    for nth in 0..JOBS {
        let text = format!("Call {nth}.");
        let job = proxy.create(&text).await?;
        watched.push((proxy.watch(&job, nth).await?, text));
    }
    sleep(SETTLED).await;
    let load = loaded.then(|| {
        let contender = Contender {
            name: "konpro-proxy",
            at: proxy.at,
            target: None,
        };
        tokio::spawn(async move {
            Load::on(&contender, "/v1/avatars?limit=100", CONNECTIONS, LOADED).await
        })
    });
    let (mut told, mut answered) = (Vec::new(), Vec::new());
    for (mut watcher, text) in watched {
        let (webhook, _) = proxy.webhook(&text)?;
        let asked = Instant::now();
        let options = proxy.client.request(Method::OPTIONS, &webhook);
        options.send().await?.error_for_status()?;
        answered.push(asked.elapsed());
        let called = Instant::now();
        proxy.client.post(&webhook).body("{}").send().await?;
        told.push(watcher.hears("\"completed\"").await? - called);
    }
    let how = match load {
        Some(load) => {
            load.abort();
            format!("while {CONNECTIONS} connections ask for lists without a pause")
        }
        None => "at rest".to_owned(),
    };
    println!("\n{JOBS} calls of KonPro's {how}, jobs in SQLite:");
    for (name, mut took) in [
        ("OPTIONS answered", answered),
        ("from the call to the browser's event", told),
    ] {
        println!(
            "  {name:<37} p50 {:?}, p95 {:?}, longest {:?}",
            percentile(&mut took, 0.5),
            percentile(&mut took, 0.95),
            percentile(&mut took, 1.0),
        );
    }
    Ok(())
}
