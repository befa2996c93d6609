//! Leave to ask KonPro: one request at a time, never more than the key allows, the most urgent first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use konpro_job::{Instant, Pace};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Notify};
use tokio::time::sleep;
use tracing::warn;

use crate::budget::{Allowance, Ledger};
use crate::clock::Clock;
use crate::storage::Change;
use crate::store::{LEDGER, Store, put};

/// After a 429 without `Retry-After` KonPro is left in peace for so long; twice as long each time.
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(10 * 60);
/// The store is asked again so often while it cannot be reached.
const STORE_RETRY: Duration = Duration::from_millis(500);
/// The day is shared by so many videos at least, when looks are spread over it.
const VIDEOS_A_DAY: u32 = 17;
/// What a video is worth in looks, where the day allows it.
const LOOKS: u32 = 6;

/// Why KonPro is asked. Earlier ones go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// The second half of a call that has begun.
    FollowUp,
    /// Nobody can ask for a video without.
    List,
    Create,
    /// The rest of a list that is long.
    Page,
    /// With how far the job is from its end, in thousandths of its estimate: the less, the sooner.
    Look(u32),
    /// A fresh link to a video that is finished.
    Link,
}

/// Gives out permits. One process at a time does: the one that leads.
pub(crate) struct Budget {
    allowance: Allowance,
    clock: Clock,
    store: Arc<Store>,
    state: Mutex<State>,
    changed: Notify,
    /// Which version of the ledger is in the store.
    written: AsyncMutex<u64>,
}

#[derive(Default)]
struct State {
    ledger: Ledger,
    version: u64,
    waiting: BTreeMap<(Urgency, u64), ()>,
    last: u64,
    /// How often in a row KonPro has said 429.
    refused: u32,
}

/// Leave for one request. Dropped when its answer has come, or will not.
pub(crate) struct Permit {
    budget: Arc<Budget>,
    used: bool,
}

impl Budget {
    pub(crate) fn new(allowance: Allowance, clock: Clock, store: Arc<Store>) -> Self {
        Self {
            allowance,
            clock,
            store,
            state: Mutex::default(),
            changed: Notify::new(),
            written: AsyncMutex::default(),
        }
    }

    /// Takes over what an earlier leader has written down.
    pub(crate) fn resume(&self, ledger: Ledger) {
        self.state().ledger = ledger.resumed(self.clock.now());
        self.changed.notify_waiters();
    }

    /// Waits until KonPro may be asked. The request is written down before this returns; `None`: it
    /// could not be, since another process leads.
    pub(crate) async fn permit(self: &Arc<Self>, urgency: Urgency) -> Option<Permit> {
        self.reserve(urgency).await.write_down().await
    }

    /// The same for one who writes it down, alone or together with what it is for (see
    /// [`writing`](Self::writing)). Until then it counts for this process only.
    pub(crate) async fn reserve(self: &Arc<Self>, urgency: Urgency) -> Permit {
        let place = {
            let mut state = self.state();
            state.last += 1;
            let place = (urgency, state.last);
            state.waiting.insert(place, ());
            place
        };
        let waiting = Waiting {
            budget: self,
            place,
        };
        loop {
            // Listening before looking: what changes in between is not missed.
            let changed = self.changed.notified();
            let now = self.clock.now();
            let wait = {
                let mut state = self.state();
                let first = state.waiting.keys().next() == Some(&place);
                match state.ledger.free_at(&self.allowance, now) {
                    Some(free) if free <= now && first => {
                        state.ledger.begin(now);
                        state.version += 1;
                        break;
                    }
                    Some(free) if first => free.since(now),
                    _ => Duration::MAX,
                }
            };
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep(wait) => {}
            }
        }
        drop(waiting);
        Permit {
            budget: Arc::clone(self),
            used: false,
        }
    }

    /// What is to be written of all that was begun. Nobody else writes it meanwhile.
    pub(crate) async fn writing(&self) -> Writing<'_> {
        let written = self.written.lock().await;
        let state = self.state();
        let ledger = (*written < state.version).then(|| state.ledger.clone());
        let version = state.version;
        drop(state);
        Writing {
            written,
            version,
            ledger,
        }
    }

    /// When the next request may go; `None` while only an answer can tell.
    pub(crate) fn free_at(&self) -> Option<Instant> {
        let now = self.clock.now();
        self.state().ledger.free_at(&self.allowance, now)
    }

    /// Requests that the day still allows.
    pub(crate) fn left_today(&self) -> u32 {
        let now = self.clock.now();
        self.state().ledger.left_today(&self.allowance, now)
    }

    /// What the key allows in a day.
    pub(crate) fn per_day(&self) -> u32 {
        self.allowance.per_day
    }

    /// Requests that the minute still allows.
    pub(crate) fn left_this_minute(&self) -> u32 {
        let now = self.clock.now();
        self.state().ledger.left_this_minute(&self.allowance, now)
    }

    /// When the day will have allowed `requests` more.
    pub(crate) fn day_allows(&self, requests: u32) -> Instant {
        let now = self.clock.now();
        self.state()
            .ledger
            .day_allows(&self.allowance, now, requests)
    }

    /// When the minutes will have allowed `requests` more.
    pub(crate) fn minute_allows(&self, requests: u32) -> Instant {
        let now = self.clock.now();
        self.state()
            .ledger
            .minute_allows(&self.allowance, now, requests)
    }

    /// How close looks may be while `open` jobs share what is left: plenty shortens the delay,
    /// scarcity stretches it.
    pub(crate) fn pace(&self, open: usize, announced: bool) -> Pace {
        let sharing = u32::try_from(open).unwrap_or(u32::MAX).max(VIDEOS_A_DAY);
        let affordable = (self.left_today() / sharing).max(1);
        Pace {
            stretch: (100 * LOOKS / affordable).clamp(25, 400),
            announced,
            frugal: true,
        }
    }

    /// Writes down what was begun, together with what others have begun meanwhile.
    async fn write_down(&self) -> bool {
        loop {
            let writing = self.writing().await;
            let Some(ledger) = &writing.ledger else {
                return true;
            };
            match self.store.save(LEDGER, ledger).await {
                Ok(true) => writing.done(),
                Ok(false) => return false,
                Err(error) => {
                    warn!(%error, "the store does not take the budget; KonPro has to wait");
                    sleep(STORE_RETRY).await;
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ledger, while it is being written.
pub(crate) struct Writing<'a> {
    written: AsyncMutexGuard<'a, u64>,
    version: u64,
    /// Absent where others have written it already.
    ledger: Option<Ledger>,
}

impl Writing<'_> {
    /// What to write, where others have not done so already.
    pub(crate) fn change(&self) -> Option<Change> {
        put(LEDGER.to_owned(), self.ledger.as_ref()?, None).ok()
    }

    /// It is written.
    pub(crate) fn done(mut self) {
        *self.written = self.version;
    }
}

impl Permit {
    /// Writes the request down; `None`: that cannot be done, since another process leads.
    pub(crate) async fn write_down(mut self) -> Option<Self> {
        self.used = self.budget.write_down().await;
        self.used.then_some(self)
    }

    /// It was written down together with what it is for.
    pub(crate) fn written(&mut self) {
        self.used = true;
    }

    /// Gives the permit for the second half of the call, where it turns out to have one.
    pub(crate) fn follower(&self) -> Follower {
        Follower(Arc::clone(&self.budget))
    }

    /// The request certainly did not reach KonPro: it does not count.
    pub(crate) fn unused(mut self) {
        self.used = false;
    }

    /// KonPro has said 429: it is left in peace, whoever leads by then.
    pub(crate) async fn refused(&self, retry_after: Option<Duration>) {
        let wait = {
            let now = self.budget.clock.now();
            let mut state = self.budget.state();
            state.refused = state.refused.saturating_add(1);
            let doubled = BACK_OFF * (1 << (state.refused - 1).min(6));
            let wait = retry_after.unwrap_or(doubled.min(LONGEST_BACK_OFF));
            state.ledger.hold(now.after(wait));
            state.version += 1;
            wait
        };
        warn!(
            wait_s = wait.as_secs(),
            "KonPro's rate limit is reached: does something else use this key?"
        );
        self.budget.write_down().await;
    }

    /// KonPro has answered anything else.
    pub(crate) fn answered(&self) {
        self.budget.state().refused = 0;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.budget.clock.now();
        let mut state = self.budget.state();
        match self.used {
            true => state.ledger.end(now),
            false => state.ledger.cancel(),
        }
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

/// A call that may have a second half.
pub(crate) struct Follower(Arc<Budget>);

impl Follower {
    pub(crate) async fn permit(&self) -> Option<Permit> {
        self.0.permit(Urgency::FollowUp).await
    }
}

/// One who waits for a permit, and leaves the line when dropped.
struct Waiting<'a> {
    budget: &'a Budget,
    place: (Urgency, u64),
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.budget.state().waiting.remove(&self.place);
        self.budget.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
