//! `konpro-proxy jobs`: the jobs of which nobody knows whether KonPro makes them.

use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::clock::{Clock, rfc3339};
use crate::config::{Config, StoreKind};
use crate::metrics::Metrics;
use crate::randomness::Randomness;
use crate::storage::Storage;
use crate::store::{Doubtful, JobId, Settlement, Store, Verdict};

/// The jobs whose create was sent and whose answer was lost, beside a proxy that may be running.
pub struct Doubts(Store);

impl Doubts {
    /// Opens the store. Fails where there is nothing to open, with a sentence.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let storage = match &config.store {
            StoreKind::Memory => bail!(
                "KONPRO_PROXY_STORE: jobs in memory are known to the process alone that has them"
            ),
            StoreKind::Sqlite(path) => Storage::sqlite_beside(path)?,
            StoreKind::Redis(url) => Storage::redis(url)?,
        };
        let clock = Clock::starting_at(SystemTime::now());
        let store = Store::new(
            storage,
            clock,
            Randomness::from_system(),
            config.keep,
            Metrics::default(),
        );
        Ok(Self(store))
    }

    /// A line for each, with its id.
    pub async fn list(&self) -> anyhow::Result<Vec<String>> {
        let doubtful = self.0.doubtful().await?;
        let line = |it: &Doubtful| {
            let state = match it.given_up {
                true => "given up: KonPro's dashboard tells whether it was paid",
                false => "open: a webhook may still find it",
            };
            format!("{}  asked for at {}  {state}", it.job, rfc3339(it.created))
        };
        Ok(doubtful.iter().map(line).collect())
    }

    /// KonPro makes it under this id, or (`None`) does not make it. Heeded by the running proxy
    /// within seconds, or by the next that starts.
    pub async fn settle(&self, job: &str, made: Option<String>) -> anyhow::Result<()> {
        let Doubtful { job, given_up, .. } = self.known(job).await?;
        if given_up && made.is_some() {
            bail!(
                "this job was given up, and has failed for its visitor: `konpro-proxy jobs forget {job}` takes it off the list"
            );
        }
        let verdict = made.map_or(Verdict::NotMade, Verdict::Made);
        let job = job.to_string();
        Ok(self.0.settle(&Settlement { job, verdict }).await?)
    }

    /// It is no longer listed.
    pub async fn forget(&self, job: &str) -> anyhow::Result<()> {
        let Doubtful { job, given_up, .. } = self.known(job).await?;
        if !given_up {
            bail!("this job is still open: settle it with --made or --not-made");
        }
        Ok(self.0.forget_doubt(job).await?)
    }

    async fn known(&self, job: &str) -> anyhow::Result<Doubtful> {
        let job: JobId = job
            .parse()
            .context("an id as `konpro-proxy jobs list` shows it is needed")?;
        let doubtful = self.0.doubtful().await?;
        let known = doubtful.into_iter().find(|it| it.job == job);
        known.context("this job is not in doubt")
    }
}
