//! The sole writer of jobs: drives each one's machine, one request to KonPro at a time.
//!
//! Any process may note a visitor's wish or a webhook in a job's record. The one that leads, and it
//! alone, speaks with KonPro: it starts waiting jobs, sends them, looks after them.

mod archiving;
mod board;
mod drive;
mod lead;
mod lists;
mod running;
mod schedule;
mod sweep;

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use konpro_job::State;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::archive::Archive;
use crate::clock::Clock;
use crate::estimates::Estimates;
use crate::failure::Failure;
use crate::metrics::{Metrics, Standing};
use crate::network::Network;
use crate::permits::Budget;
use crate::randomness::Randomness;
use crate::record::{JobRecord, Refresh};
use crate::scope::Allowed;
use crate::storage::StorageError;
use crate::store::{JobId, Store};
use crate::tickets::{Seal, TicketId};
use crate::upstream::Upstream;

use board::Board;
pub(crate) use lists::Entry;

/// How long a visitor who asks for a video waits for KonPro's word.
const WORD_LIMIT: Duration = Duration::from_secs(20);
/// How long a visitor waits for a fresh link.
const REFRESH_LIMIT: Duration = Duration::from_secs(10);
/// The store is asked again so often while it cannot be reached.
const STORE_RETRY: Duration = Duration::from_millis(500);
/// So many videos are copied at one time: each takes some tens of megabytes.
const COPIES_AT_ONCE: usize = 4;
/// Requests under way have so long to end once the process is told to stop: longer than one takes.
const FAREWELL: Duration = Duration::from_secs(35);

/// Drives all jobs. Dropping it stops them where they are, as a crash would.
pub(crate) struct Tracker {
    work: Arc<Work>,
    _tasks: JoinSet<()>,
}

/// What the tracker works with.
pub(crate) struct Means {
    pub(crate) store: Arc<Store>,
    pub(crate) upstream: Upstream,
    pub(crate) budget: Arc<Budget>,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
    pub(crate) downloads: Network,
    pub(crate) archive: Option<Archive>,
    pub(crate) seal: Seal,
    /// Where KonPro's webhooks go, without the token.
    pub(crate) webhooks: Option<String>,
    pub(crate) concurrent: usize,
    pub(crate) scope: Allowed,
    /// Names what lists are of.
    pub(crate) source: String,
    pub(crate) lists: Duration,
    pub(crate) metrics: Metrics,
}

struct Work {
    means: Means,
    estimates: Mutex<Estimates>,
    board: Mutex<Board>,
    copies: Semaphore,
    /// Rung when a job came, went or moved.
    bell: Notify,
    leading: watch::Sender<bool>,
    /// Requests under way.
    busy: AtomicUsize,
    /// Jobs in a row of which no webhook told.
    unannounced: AtomicU32,
    stopping: watch::Sender<bool>,
}

impl Tracker {
    pub(crate) fn start(means: Means) -> Self {
        let work = Arc::new(Work {
            means,
            estimates: Mutex::default(),
            board: Mutex::default(),
            copies: Semaphore::new(COPIES_AT_ONCE),
            bell: Notify::new(),
            leading: watch::Sender::new(false),
            busy: AtomicUsize::new(0),
            unannounced: AtomicU32::new(0),
            stopping: watch::Sender::new(false),
        });
        let events = work.means.store.events();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&work).lead(events));
        Self {
            work,
            _tasks: tasks,
        }
    }

    /// Lets requests under way end, begins no other, and gives the lead back.
    pub(crate) async fn stop(&self) {
        let work = &self.work;
        work.stopping.send_replace(true);
        work.leading.send_replace(false);
        let idle = async {
            loop {
                // Listening before looking: the last one may end in between.
                let rung = work.bell.notified();
                if work.busy.load(Ordering::Acquire) == 0 {
                    return;
                }
                rung.await;
            }
        };
        if timeout(FAREWELL, idle).await.is_err() {
            warn!("requests to KonPro were still under way when the time to stop was over");
        }
        if let Err(error) = work.means.store.resign().await {
            warn!(%error, "the lead was not given back");
        }
    }

    /// Waits for KonPro's word on a new job, where it comes at once; or for a place in the queue.
    ///
    /// The job is there, whatever the store does: an error is a word against it.
    pub(crate) async fn word(&self, job: JobId) -> Result<(), Failure> {
        let store = &self.work.means.store;
        let (mut changes, mut queue) = (store.subscribe(job), store.subscribe_to_queue());
        let mut stopping = self.work.stopping.subscribe();
        let word = async {
            loop {
                let said = async {
                    let queued = store.queue().await?.place(job).is_some();
                    store.update(job, |record| record.word(queued)).await
                };
                match said.await {
                    Ok(Some(Some(word))) => return word,
                    Ok(Some(None)) => {}
                    Ok(None) => return Err(Failure::no_such_job()),
                    Err(error) => {
                        warn!(%job, %error, "the store does not say how a new job stands");
                        sleep(STORE_RETRY).await;
                        continue;
                    }
                }
                tokio::select! {
                    biased;
                    () = changes.changed() => {}
                    () = queue.changed() => {}
                    // Whoever takes over will give its word to those who watch.
                    _ = stopping.wait_for(|stopping| *stopping) => return Ok(()),
                }
            }
        };
        if let Ok(word) = timeout(WORD_LIMIT, word).await {
            return word;
        }
        match store.update(job, JobRecord::last_word).await {
            Ok(word) => word.unwrap_or(Ok(())),
            Err(error) => {
                warn!(%job, %error, "that a visitor knows of a job is not written down");
                Ok(())
            }
        }
    }

    /// Takes back a job that was not sent yet; false says that it was.
    pub(crate) async fn withdraw(&self, ticket: TicketId) -> Result<bool, StorageError> {
        self.work.means.store.withdraw(ticket).await
    }

    /// Asks KonPro for a fresh link where the job's own is stale, and waits for it.
    ///
    /// However many visitors come, KonPro is asked for them all; where it has no link to give, it is
    /// left in peace for a while and the old one has to do.
    pub(crate) async fn refresh(&self, job: JobId) -> Result<(), StorageError> {
        self.renew(job, None).await
    }

    /// The same where the link was found `dead`, however young it is.
    pub(crate) async fn renew(&self, job: JobId, dead: Option<&str>) -> Result<(), StorageError> {
        let (store, clock) = (&self.work.means.store, &self.work.means.clock);
        let Some(record) = store.job(job).await? else {
            return Ok(());
        };
        if !record.wants_refresh(clock.now(), dead) {
            return Ok(());
        }
        let refresh = |record: &mut JobRecord| record.refresh(clock.now(), dead);
        let Some(Some(Refresh::Begun | Refresh::UnderWay)) = store.update(job, refresh).await?
        else {
            return Ok(());
        };
        let mut changes = store.subscribe(job);
        let fresh = async {
            while let Ok(Some(record)) = store.job(job).await
                && record.is_refreshing()
            {
                changes.changed().await;
            }
        };
        let _ = timeout(REFRESH_LIMIT, fresh).await;
        Ok(())
    }

    /// What monitoring sees of the work.
    pub(crate) fn standing(&self) -> Standing {
        let (work, now) = (&self.work, self.work.means.clock.now());
        let board = work.board();
        let oldest = board.oldest();
        Standing {
            minute_left: work.means.budget.left_this_minute(),
            day_left: work.means.budget.left_today(),
            waiting: board.waiting(),
            under_way: board.running(),
            oldest: oldest.map_or(Duration::ZERO, |oldest| now.since(oldest)),
            leading: work.is_leading(),
        }
    }

    /// KonPro has called, about this job. False: there is no such job.
    pub(crate) async fn hear(
        &self,
        job: JobId,
        video_id: Option<&str>,
    ) -> Result<bool, StorageError> {
        let clock = self.work.means.clock;
        let heard = |record: &mut JobRecord| record.handle_webhook(clock.now(), video_id);
        self.work.means.metrics.webhooks.inc();
        let known = self.work.means.store.update(job, heard).await?;
        Ok(known.is_some())
    }
}

impl Work {
    fn is_leading(&self) -> bool {
        *self.leading.borrow()
    }

    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn estimates(&self) -> std::sync::MutexGuard<'_, Estimates> {
        self.estimates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether webhooks can be counted on to tell of ends.
    fn is_announced(&self) -> bool {
        self.means.webhooks.is_some() && self.unannounced.load(Ordering::Relaxed) < 2
    }

    /// What must be written is written, however long the store cannot be reached.
    async fn patiently<T, F>(&self, mut write: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<T, StorageError>>,
    {
        loop {
            match write().await {
                Ok(done) => return done,
                Err(error) => warn!(%error, "the store does not answer"),
            }
            sleep(STORE_RETRY).await;
        }
    }
}

/// A request under way: the process does not stop before it has ended.
struct Busy<'a>(&'a Work);

impl<'a> Busy<'a> {
    fn with(work: &'a Work) -> Self {
        work.busy.fetch_add(1, Ordering::AcqRel);
        Self(work)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
        self.0.bell.notify_waiters();
    }
}

/// Whether the job still waits for KonPro's answer to its create.
fn is_sending(record: &JobRecord) -> bool {
    matches!(record.machine.state(), State::Sending { .. })
}
