use std::time::Duration;

use konpro_api::{CreateVideo, Job};
use konpro_job::{Instant, Machine, Resend};
use serde::{Deserialize, Serialize};

use crate::Peer;

/// A job as it is kept, so that somebody who begins anew goes on with it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// Sent with every attempt, so that the proxy makes, and KonPro bills, one video.
    pub key: String,
    /// What was asked for.
    pub video: CreateVideo,
    /// How far it had come; without an id it is not known whether anybody took it.
    pub job: Job,
    /// When somebody took it; before that, when it was asked for.
    pub since: Instant,
}

/// The proxy promises to know a key for 24 hours.
const KEY_LIFE: Duration = Duration::from_secs(23 * 3600);

impl Record {
    /// A video that somebody asks for now, under this `Idempotency-Key`.
    pub fn ask(video: CreateVideo, key: String, now: Instant) -> Self {
        Self {
            key,
            video,
            since: now,
            ..Self::default()
        }
    }

    /// A job of which only the id is known.
    pub fn named(job_id: String, now: Instant) -> Self {
        Self {
            job: Job {
                job_id,
                ..Job::default()
            },
            since: now,
            ..Self::default()
        }
    }

    /// The machine that takes the job to its end; `None` for one that nobody can find again. `began` says that the ask may
    /// have been sent before.
    pub fn machine(&self, peer: Peer, began: bool, now: Instant) -> Option<Machine> {
        if !self.job.job_id.is_empty() {
            let mut machine = Machine::watch(self.job.job_id.clone(), self.since);
            machine.handle_sighting(self.since, &self.job, None);
            machine.handle_hint(now);
            if peer == Peer::Bare && machine.link_is_stale(now) {
                machine.handle_refresh(now);
            }
            return Some(machine);
        }
        let resend = match peer {
            // A key that the proxy may have forgotten would make a second video.
            Peer::Proxy if began && now.since(self.since) >= KEY_LIFE => return None,
            // Asked again under the same key, the proxy answers with the same job.
            Peer::Proxy => Resend::SameKey,
            // KonPro itself would make, and bill, a second video.
            Peer::Bare if began => return None,
            Peer::Bare => Resend::Never,
        };
        let mut machine = Machine::new(resend);
        machine.handle_ask(now);
        Some(machine)
    }
}
