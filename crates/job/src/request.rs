use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Instant, pacing};

/// Work for the driver: one request to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Ask for the video. In the widget always with the job's one `Idempotency-Key`.
    Create,
    /// Ask how the job stands.
    Look,
}

/// An answer that takes longer than this is lost; drivers give up on their side by then, too.
const ANSWER_LIMIT: Duration = Duration::from_secs(90);
/// A due time that lies further ahead than this comes from a clock that was set back since.
const FURTHEST: Duration = Duration::from_secs(24 * 3600);

/// The one request that a job may have under way, or is going to make.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    due: Option<Instant>,
    sent: Option<Instant>,
    /// Requests in a row that came to nothing.
    pub(crate) lost: u32,
    /// How many of them because the other side knew no such job.
    pub(crate) missing: u32,
}

impl Schedule {
    /// A request at `due`, none before.
    pub(crate) fn at(due: Instant) -> Self {
        Self {
            due: Some(due),
            ..Self::default()
        }
    }

    /// A request after `wait`, none before.
    pub(crate) fn after(wait: Duration, now: Instant) -> Self {
        Self::at(now.after(wait.min(FURTHEST)))
    }

    /// No request at all.
    pub(crate) fn never() -> Self {
        Self::default()
    }

    pub(crate) fn under_way(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether the request is to be made now; it is under way from then on.
    pub(crate) fn begin(&mut self, now: Instant) -> bool {
        let due = self
            .due
            .is_some_and(|due| due <= now || due > now.after(FURTHEST));
        if due && self.sent.is_none() {
            self.due = None;
            self.sent = Some(now);
            return true;
        }
        false
    }

    /// The request came to nothing: again after a while, or when the other side says.
    pub(crate) fn retry(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.sent = None;
        self.lost = self.lost.saturating_add(1);
        let wait = pacing::until_retry(self.lost).max(retry_after.unwrap_or_default());
        self.due = Some(now.after(wait.min(FURTHEST)));
    }

    /// The request at `now`, unless one is under way or due even sooner.
    pub(crate) fn hasten(&mut self, now: Instant) {
        if self.sent.is_none() {
            self.due = Some(self.due.map_or(now, |due| due.min(now)));
        }
    }

    /// Whether the answer has taken too long to be expected any more.
    pub(crate) fn overdue(&self, now: Instant) -> bool {
        self.sent
            .is_some_and(|sent| now >= sent.after(ANSWER_LIMIT))
    }

    /// When [`begin`](Self::begin) or [`overdue`](Self::overdue) is next worth asking.
    pub(crate) fn wake(&self) -> Option<Instant> {
        self.due.or(self.sent.map(|sent| sent.after(ANSWER_LIMIT)))
    }
}
