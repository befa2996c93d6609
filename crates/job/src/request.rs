use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Instant, Pace, pacing};

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
/// Whatever the other side says: every wait has an end.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The one request that a job may have under way, or is going to make.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    due: Option<Instant>,
    sent: Option<Instant>,
    /// When `due` was set: a present that lies before it means that the clock was set back.
    planned: Instant,
    /// Nothing hastens the request beyond what the other side has asked for.
    not_before: Instant,
    /// Requests in a row that came to nothing.
    pub(crate) lost: u32,
    /// How many of them because the other side would not say anything of the job.
    pub(crate) denied: u32,
}

impl Schedule {
    /// A request at once.
    pub(crate) fn at_once(now: Instant) -> Self {
        Self::after(Duration::ZERO, None, now)
    }

    /// A request after `wait`, none before; nothing hastens it to before `retry_after`.
    pub(crate) fn after(wait: Duration, retry_after: Option<Duration>, now: Instant) -> Self {
        let mut schedule = Self::default();
        schedule.plan(wait, retry_after, now);
        schedule
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
        let due = self.due.is_some_and(|due| due <= now || now < self.planned);
        if due && self.sent.is_none() {
            self.due = None;
            self.sent = Some(now);
            return true;
        }
        false
    }

    /// The request came to nothing: again after a while, or when the other side says.
    pub(crate) fn retry(&mut self, now: Instant, retry_after: Option<Duration>, pace: Pace) {
        self.sent = None;
        self.lost = self.lost.saturating_add(1);
        let wait = pacing::until_retry(self.lost, pace).max(retry_after.unwrap_or_default());
        self.plan(wait, retry_after, now);
    }

    /// The request after `wait`, unless one is under way, or due even sooner, or not wanted yet.
    pub(crate) fn hasten(&mut self, wait: Duration, now: Instant) {
        if self.sent.is_none() {
            let wanted = now
                .after(wait)
                .max(self.not_before.min(now.after(LONGEST_WAIT)));
            self.due = Some(self.due.map_or(wanted, |due| due.min(wanted)));
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

    fn plan(&mut self, wait: Duration, retry_after: Option<Duration>, now: Instant) {
        self.due = Some(now.after(wait.min(LONGEST_WAIT)));
        self.planned = now;
        self.not_before = now.after(retry_after.unwrap_or_default().min(LONGEST_WAIT));
    }
}
