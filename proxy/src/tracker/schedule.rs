//! When waiting jobs start, and what those that wait are told.

use std::sync::Arc;
use std::time::Duration;

use konpro_job::Instant;
use tokio::time::sleep;
use tracing::warn;

use super::Work;
use super::board::Entry;
use crate::queue::forecast;
use crate::record::JobRecord;
use crate::store::{JobId, Queue, Queued};

/// What was foretold is looked at again so often: jobs take longer than expected.
const REVIEW: Duration = Duration::from_secs(30);
/// Nothing is planned anew sooner than this, unless something has changed.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// A forecast that moves by less than this is still good.
const TOLERANCE: Duration = Duration::from_secs(5);
/// A video that KonPro announces costs a create and a look.
const REQUESTS_ANNOUNCED: u32 = 2;
/// One that must be looked for costs more.
const REQUESTS_LOOKED_FOR: u32 = 5;

impl Work {
    /// Starts jobs whenever there is room, and keeps the queue's document true. Never ends.
    pub(super) async fn schedule(self: Arc<Self>) {
        loop {
            let rung = self.bell.notified();
            let wait = self.plan().await;
            tokio::select! {
                biased;
                () = rung => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// Returns when to plan again at the latest.
    async fn plan(&self) -> Duration {
        let now = self.means.clock.now();
        let (mut waiting, mut running) = {
            let board = self.board();
            (board.waiting(), board.running())
        };
        let mut started = 0;
        while started < waiting.len() && running.len() < self.means.concurrent {
            if !self.is_affordable(running.len(), now) {
                break;
            }
            let (job, entry) = waiting[started].clone();
            if !self.start(job, now).await {
                return super::STORE_RETRY;
            }
            running.push((job, entry));
            started += 1;
        }
        waiting.drain(..started);
        self.foretell(&running, &waiting, now).await;
        if waiting.is_empty() {
            return Duration::MAX;
        }
        let budget = &self.means.budget;
        let blocked = running.len() < self.means.concurrent;
        let free = budget.free_at().filter(|_| blocked);
        // Not only one request must fit into the day.
        let free = free.map(|free| free.max(budget.day_allows(self.needed(running.len()))));
        let wait = free.map_or(REVIEW, |free| free.since(now));
        wait.clamp(SHORTEST_WAIT, REVIEW)
    }

    /// Whether one more create leaves enough of the day for looking at what is under way.
    fn is_affordable(&self, running: usize, now: Instant) -> bool {
        let enough = self.means.budget.left_today() >= self.needed(running);
        enough && self.means.budget.free_at().is_some_and(|free| free <= now)
    }

    /// Requests that the day must still allow for one more create: it, and looks at all.
    fn needed(&self, running: usize) -> u32 {
        let looks = match self.is_announced() {
            true => 1,
            false => 2,
        };
        let under_way = u32::try_from(running + 1).unwrap_or(u32::MAX);
        let needed = under_way.saturating_mul(looks).saturating_add(1);
        // A key that allows less than that in all must not keep everybody waiting for ever.
        needed.min(self.means.budget.per_day())
    }

    async fn start(&self, job: JobId, now: Instant) -> bool {
        let ask = |record: &mut JobRecord| record.machine.handle_ask(now);
        let asked = self.means.store.update_as_leader(job, ask).await;
        if let Err(error) = &asked {
            warn!(%job, %error, "a job is not started");
        }
        asked.is_ok()
    }

    /// Writes down who waits, and until when.
    async fn foretell(&self, running: &[(JobId, Entry)], waiting: &[(JobId, Entry)], now: Instant) {
        let left = |entry: &Entry| {
            let elapsed = entry.begun.map_or(Duration::ZERO, |begun| now.since(begun));
            // One that is late will not end this very moment.
            (entry.expected.saturating_sub(elapsed)).max(entry.expected / 10)
        };
        let requests = match self.is_announced() {
            true => REQUESTS_ANNOUNCED,
            false => REQUESTS_LOOKED_FOR,
        };
        let remaining: Vec<Duration> = running.iter().map(|(_, entry)| left(entry)).collect();
        let expected: Vec<Duration> = waiting.iter().map(|(_, entry)| entry.expected).collect();
        let allows = |requests: u32| self.means.budget.day_allows(requests).since(now);
        let starts = forecast(
            self.means.concurrent,
            &remaining,
            &expected,
            requests,
            allows,
        );
        let before = self.means.store.queue().await.unwrap_or_default();
        let ends = |job: JobId, start: Duration, expected: Duration| {
            let ends = now.after(start + expected);
            let known = before.0.iter().find(|it| it.job == job);
            let close = |it: &&Queued| it.ends.since(ends).max(ends.since(it.ends)) < TOLERANCE;
            known.filter(close).map_or(ends, |it| it.ends)
        };
        let put_off = running.iter().filter(|(_, entry)| entry.put_off);
        let put_off = put_off.map(|(job, entry)| Queued {
            job: *job,
            ends: ends(*job, Duration::ZERO, entry.expected),
        });
        let queued = waiting
            .iter()
            .zip(starts)
            .map(|((job, entry), start)| Queued {
                job: *job,
                ends: ends(*job, start, entry.expected),
            });
        let queue = Queue(put_off.chain(queued).collect());
        if let Err(error) = self.means.store.save_queue(&queue).await {
            warn!(%error, "the queue is not written down");
        }
    }
}
