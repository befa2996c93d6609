//! When waiting jobs start, and what those that wait are told.

use std::sync::Arc;
use std::time::Duration;

use konpro_job::Instant;
use tokio::time::sleep;
use tracing::warn;

use super::Work;
use super::board::Entry;
use crate::queue::forecast;
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
/// What the lists cost at least.
const LISTS: u32 = 2;

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
        while let Some(job) = self.next_to_start(now) {
            // Not written down: after a crash it has its place in the queue again.
            self.board().start(job);
            self.means.store.wake(job);
        }
        self.foretell(now).await;
        let board = self.board();
        match (board.waiting(), board.running()) {
            (0, 0) => Duration::MAX,
            (0, _) => REVIEW,
            (_, running) => self.until_room(running, now),
        }
    }

    /// A waiting job, where one more may be sent now.
    fn next_to_start(&self, now: Instant) -> Option<JobId> {
        let (budget, board) = (&self.means.budget, self.board());
        let next = board.next()?;
        let has_room = board.running() < self.means.concurrent
            // Those that have a slot and were not sent yet go first.
            && budget.left_this_minute() as usize > board.unsent()
            && budget.left_today() >= self.needed(board.running())
            && budget.free_at().is_some_and(|free| free <= now);
        has_room.then_some(next)
    }

    fn until_room(&self, running: usize, now: Instant) -> Duration {
        let budget = &self.means.budget;
        let free = budget.free_at().filter(|_| running < self.means.concurrent);
        // Not only one request must fit into the day.
        let free = free.map(|free| free.max(budget.day_allows(self.needed(running))));
        let wait = free.map_or(REVIEW, |free| free.since(now));
        wait.clamp(SHORTEST_WAIT, REVIEW)
    }

    /// Requests that the day must still allow for one more create: it, and looks at all.
    fn needed(&self, running: usize) -> u32 {
        let under_way = u32::try_from(running + 1).unwrap_or(u32::MAX);
        let needed = under_way.saturating_mul(self.looks()).saturating_add(1);
        // A key that allows less than that in all must not keep everybody waiting for ever.
        let most = self.means.budget.per_day().saturating_sub(LISTS).max(1);
        needed.min(most)
    }

    /// What a job under way still costs at least.
    fn looks(&self) -> u32 {
        match self.is_announced() {
            true => 1,
            false => 2,
        }
    }

    /// Writes down who waits, and until when.
    async fn foretell(&self, now: Instant) {
        let budget = &self.means.budget;
        let queue = Queue {
            waiting: self.forecast(now).await,
            no_looks_until: (budget.left_today() == 0).then(|| budget.day_allows(1)),
        };
        if let Err(error) = self.means.store.save_queue(&queue).await {
            warn!(%error, "the queue is not written down");
        }
    }

    async fn forecast(&self, now: Instant) -> Vec<Queued> {
        let budget = &self.means.budget;
        let held = budget.free_at().is_none_or(|free| free > now);
        let (running, waiting) = {
            let board = self.board();
            if board.waiting() == 0 && !board.has_unsent(held) {
                return Vec::new();
            }
            (board.slots(), board.line())
        };
        let unsent = running.iter().filter(|(_, entry)| entry.unsent).count();
        let unsent = u32::try_from(unsent).unwrap_or(u32::MAX);
        let allows = |creates: u32, requests: u32| {
            let minute = budget.minute_allows(creates);
            minute.max(budget.day_allows(requests)).since(now)
        };
        let left = |entry: &Entry| match entry.unsure_until {
            Some(until) => until.since(now),
            None if entry.unsent => allows(1, 1) + entry.expected,
            None => {
                let elapsed = entry.begun.map_or(Duration::ZERO, |begun| now.since(begun));
                // One that is late will not end this very moment.
                (entry.expected.saturating_sub(elapsed)).max(entry.expected / 10)
            }
        };
        let requests = match self.is_announced() {
            true => REQUESTS_ANNOUNCED,
            false => REQUESTS_LOOKED_FOR,
        };
        let remaining: Vec<Duration> = running.iter().map(|(_, entry)| left(entry)).collect();
        let expected: Vec<Duration> = waiting.iter().map(|(_, entry)| entry.expected).collect();
        let outstanding = |(_, entry): &(JobId, Entry)| self.looks() + u32::from(entry.unsent);
        let outstanding = running.iter().map(outstanding).sum();
        let starts = forecast(
            self.means.concurrent,
            &remaining,
            &expected,
            outstanding,
            requests,
            |nth, requests| allows(unsent.saturating_add(nth), requests),
        );
        let before = self.means.store.queue().await.unwrap_or_default();
        let ends = |job: JobId, ends: Instant| {
            let known = before.waiting.iter().find(|it| it.job == job);
            let close = |it: &&Queued| it.ends.since(ends).max(ends.since(it.ends)) < TOLERANCE;
            known.filter(close).map_or(ends, |it| it.ends)
        };
        // What has a slot and cannot be sent at once waits, too.
        let unsent = running
            .iter()
            .zip(&remaining)
            .filter(|((_, entry), _)| entry.put_off || entry.unsent && held)
            .map(|((job, _), left)| (*job, now.after(*left)));
        let queued = waiting
            .iter()
            .zip(starts)
            .map(|((job, entry), start)| (*job, now.after(start + entry.expected)));
        let promise = |(job, at)| Queued {
            job,
            ends: ends(job, at),
        };
        unsent.chain(queued).map(promise).collect()
    }
}
