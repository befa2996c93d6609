use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::contender::Contender;
use crate::figures::percentile;

/// What a server did under load.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Load {
    /// The same request again and again, over connections that stay open.
    pub(crate) async fn on(
        contender: &Contender,
        path: &str,
        connections: usize,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let (at, request) = (contender.at, contender.get(path));
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let request = request.clone();
            tasks.spawn(async move {
                let mut connection = Connection::to(at).await?;
                let mut took = Vec::new();
                while begun.elapsed() < time {
                    let asked = Instant::now();
                    let status = connection.ask(&request).await?;
                    ensure!(status == 200, "{status} for {request}");
                    took.push(asked.elapsed());
                }
                anyhow::Ok(took)
            });
        }
        let mut all = Vec::new();
        while let Some(took) = tasks.join_next().await {
            all.extend(took??);
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Self {
            per_second: all.len() as f64 / seconds,
            p50: percentile(&mut all, 0.5),
            p99: percentile(&mut all, 0.99),
        })
    }
}
