use konpro_job::Instant;
use serde::{Deserialize, Serialize};
pub(crate) struct Allowance {
    pub(crate) per_minute: u32,
    pub(crate) per_day: u32,
}
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    n: u32,
}
impl Ledger {
    pub(crate) fn resumed(self, _: Instant) -> Self {
        self
    }
    pub(crate) fn begin(&mut self, _: Instant) {}
    pub(crate) fn end(&mut self, _: Instant) {}
    pub(crate) fn cancel(&mut self) {}
    pub(crate) fn hold(&mut self, _: Instant) {}
    pub(crate) fn free_at(&self, _: &Allowance, now: Instant) -> Option<Instant> {
        Some(now)
    }
    pub(crate) fn left_today(&self, a: &Allowance, _: Instant) -> u32 {
        a.per_day
    }
    pub(crate) fn left_this_minute(&self, a: &Allowance, _: Instant) -> u32 {
        a.per_minute
    }
    pub(crate) fn day_allows(&self, _: &Allowance, now: Instant, _: u32) -> Instant {
        now
    }
}
