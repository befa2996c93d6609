//! What KonPro allows the key: so many requests in any minute, so many in any day.
//!
//! **What it is:** a ledger of requests, pure and small enough to be stored after each of them.
//!
//! **What it is not:** a limiter that waits or sends. It says when the next request may go.
//!
//! We know when a request left and when its answer came; KonPro counts it when it arrives, any
//! time between. So it counts here from its beginning until a whole window after its end: whichever
//! sixty seconds KonPro looks at, all that arrived in them were still counted when the last one left.

mod window;

use std::time::Duration;

use konpro_job::Instant;
use serde::{Deserialize, Serialize};

use window::Window;

/// How long after a crash a request of the crashed process may still arrive at KonPro.
const STRAGGLE: Duration = Duration::from_secs(5);
/// What is stored holds nothing for longer than this after a restart: the clock may have been wrong.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 3600);

/// How many requests KonPro takes from one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allowance {
    /// Requests in any 60 seconds.
    pub(crate) per_minute: u32,
    /// Requests in any 24 hours.
    pub(crate) per_day: u32,
}

/// The requests of the last day.
///
/// Its stored form has at most some 350 numbers, however high the allowance: ended requests are
/// counted by the second for the minute, by five minutes for the day, each as late as its bucket ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    minute: Window<1_000, 60_000>,
    day: Window<300_000, 86_400_000>,
    under_way: u32,
    held_until: Instant,
}

impl Ledger {
    /// A request leaves now. Whoever calls this has asked [`free_at`](Self::free_at) first.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.forget(now);
        self.under_way = self.under_way.saturating_add(1);
    }

    /// A request's answer came, or is given up: it cannot arrive at KonPro any more.
    pub(crate) fn end(&mut self, now: Instant) {
        self.forget(now);
        self.under_way = self.under_way.saturating_sub(1);
        self.minute.add(now, 1);
        self.day.add(now, 1);
    }

    /// A request certainly never left: it does not count.
    pub(crate) fn cancel(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// No request may go before `until`. The latest such word counts.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.held_until = self.held_until.max(until);
    }

    /// A ledger that another process wrote, which is gone: its requests under way end now, or
    /// a few seconds later. What is dated after that happened before the clock was set back.
    pub(crate) fn resumed(mut self, now: Instant) -> Self {
        let latest = now.after(STRAGGLE);
        self.forget(now);
        self.minute.not_after(latest);
        self.day.not_after(latest);
        self.minute.add(latest, self.under_way);
        self.day.add(latest, self.under_way);
        self.under_way = 0;
        self.held_until = self.held_until.min(now.after(LONGEST_HOLD));
        self
    }

    /// When the next request may go: `now` at once, later at that moment, if nothing else goes before.
    /// Absent when only the end of a request under way can tell, and when the allowance is nothing.
    pub(crate) fn free_at(&self, allowance: &Allowance, now: Instant) -> Option<Instant> {
        let minute = self
            .minute
            .free_at(allowance.per_minute, self.under_way, now)?;
        let day = self.day.free_at(allowance.per_day, self.under_way, now)?;
        Some(minute.max(day).max(self.held_until))
    }

    /// How many more requests fit into the day that ends now.
    pub(crate) fn left_today(&self, allowance: &Allowance, now: Instant) -> u32 {
        self.day.left(allowance.per_day, self.under_way, now)
    }

    /// How many more requests fit into the minute that ends now.
    pub(crate) fn left_this_minute(&self, allowance: &Allowance, now: Instant) -> u32 {
        self.minute.left(allowance.per_minute, self.under_way, now)
    }

    /// The earliest moment by which the day's allowance lets `n` further requests have gone.
    ///
    /// Beyond one day's worth each is counted anew after its day. Requests under way count as ended
    /// now, the minute's allowance does not count, a hold does. With an allowance of nothing, never:
    /// the clock's last moment.
    pub(crate) fn day_allows(&self, allowance: &Allowance, now: Instant, n: u32) -> Instant {
        let start = now.max(self.held_until);
        self.day
            .nth(allowance.per_day, self.under_way, now, start, n)
    }

    /// The same for the minute's allowance.
    pub(crate) fn minute_allows(&self, allowance: &Allowance, now: Instant, n: u32) -> Instant {
        let start = now.max(self.held_until);
        self.minute
            .nth(allowance.per_minute, self.under_way, now, start, n)
    }

    fn forget(&mut self, now: Instant) {
        self.minute.forget(now);
        self.day.forget(now);
    }
}

#[cfg(test)]
mod tests;
