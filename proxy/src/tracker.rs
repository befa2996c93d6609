//! The sole writer of jobs: drives each one's machine, one request to KonPro at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use konpro_job::Request;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::push::Push;
use crate::record::{JobRecord, Refresh};
use crate::store::{JobId, MemoryStore};
use crate::upstream::{Creation, Upstream};

/// How long a visitor who asks for a video waits for KonPro's word.
const WORD_LIMIT: Duration = Duration::from_secs(20);
/// How long a visitor waits for a fresh link.
const REFRESH_LIMIT: Duration = Duration::from_secs(10);

/// Drives all jobs. Dropping it stops them where they are, as a crash would.
pub(crate) struct Tracker {
    work: Arc<Work>,
    tasks: Mutex<JoinSet<()>>,
}

struct Work {
    store: Arc<MemoryStore>,
    upstream: Upstream,
    clock: Clock,
    push: Push,
    concurrent: usize,
}

impl Tracker {
    pub(crate) fn new(
        store: Arc<MemoryStore>,
        upstream: Upstream,
        clock: Clock,
        concurrent: usize,
    ) -> Self {
        let push = Push::default();
        let work = Arc::new(Work {
            store,
            upstream,
            clock,
            push,
            concurrent,
        });
        Self {
            work,
            tasks: Mutex::default(),
        }
    }

    /// Takes up the jobs that an earlier process left behind.
    pub(crate) fn resume(&self) {
        let now = self.work.clock.now();
        for job in self.work.store.unfinished() {
            self.work
                .store
                .update(job, |record| record.machine.handle_restart(now));
            self.spawn(job);
        }
        self.work.admit();
    }

    /// Takes up a new job.
    pub(crate) fn start(&self, job: JobId) {
        self.work.admit();
        self.spawn(job);
    }

    /// Waits for KonPro's word on a new job, where it comes at once.
    pub(crate) async fn word(&self, job: JobId) -> Result<(), Failure> {
        let mut changes = self.work.push.subscribe(job);
        let word = async {
            loop {
                if let Some(word) = self.work.store.update(job, JobRecord::word).flatten() {
                    return word;
                }
                if changes.changed().await.is_err() {
                    return Ok(());
                }
            }
        };
        match timeout(WORD_LIMIT, word).await {
            Ok(word) => word,
            Err(_) => {
                self.work.store.update(job, |record| record.answered = true);
                Ok(())
            }
        }
    }

    /// Takes back a job that was not sent yet; false says that it was.
    pub(crate) fn withdraw(&self, job: JobId) -> bool {
        let withdraw = |record: &mut JobRecord| record.machine.handle_withdraw();
        let withdrawn = self.work.store.update(job, withdraw).unwrap_or(false);
        if withdrawn {
            self.work.push.wake(job);
            // Every place behind it is a better one now.
            let others = self.work.store.unfinished();
            others.into_iter().for_each(|job| self.work.push.wake(job));
        }
        withdrawn
    }

    /// Asks KonPro for a fresh link where the job's own is stale, and waits for it.
    ///
    /// However many visitors come, KonPro is asked for them all; where it has no link to give, it is
    /// left in peace for a while and the old one has to do.
    pub(crate) async fn refresh(&self, job: JobId) {
        let now = self.work.clock.now();
        let mut changes = self.work.push.subscribe(job);
        let begin = |record: &mut JobRecord| record.refresh(now);
        match self.work.store.update(job, begin).flatten() {
            None => return,
            Some(Refresh::Begun) => self.spawn(job),
            Some(Refresh::UnderWay) => {}
        }
        let _ = timeout(REFRESH_LIMIT, changes.changed()).await;
    }

    /// Wakes at each change of the job.
    pub(crate) fn subscribe(&self, job: JobId) -> tokio::sync::watch::Receiver<()> {
        self.work.push.subscribe(job)
    }

    fn spawn(&self, job: JobId) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(Arc::clone(&self.work).track(job));
    }
}

impl Work {
    /// One job from where it stands to its end.
    async fn track(self: Arc<Self>, job: JobId) {
        let mut changes = self.push.subscribe(job);
        loop {
            let now = self.clock.now();
            let Some(step) = self.store.update(job, |record| record.step(now)) else {
                return;
            };
            if let Some(seen) = &step.changed {
                info!(%job, status = ?seen.status, "job changed");
                self.push.wake(job);
            }
            match step.request {
                Some(Request::Create) => self.create(job).await,
                Some(Request::Look) => self.look(job).await,
                None if step.over => break,
                None => {
                    let wait = step.wake.map_or(Duration::MAX, |wake| wake.since(now));
                    tokio::select! {
                        biased;
                        // The sender lives as long as this receiver.
                        _ = changes.changed() => {}
                        () = sleep(wait) => {}
                    }
                }
            }
        }
        self.admit();
    }

    async fn create(&self, job: JobId) {
        let Some(Some(video)) = self.store.update(job, |record| record.video.clone()) else {
            return;
        };
        let creation = self.upstream.create(&video).await;
        let now = self.clock.now();
        if matches!(creation, Creation::Lost) {
            warn!(%job, "KonPro's answer to a create was lost: the job will not be sent again");
        }
        let created = |record: &mut JobRecord| record.handle_creation(now, creation);
        let unheard = self.store.update(job, created);
        if unheard == Some(true) {
            self.store.free_keys(job);
        }
        // Whoever waits for KonPro's word hears it even where nothing visible has changed.
        self.push.wake(job);
    }

    async fn look(&self, job: JobId) {
        let id = self.store.update(job, |record| record.machine.job().job_id);
        let Some(id) = id else { return };
        let look = self.upstream.look(&id).await;
        let now = self.clock.now();
        self.store
            .update(job, |record| record.handle_look(now, look));
        // Whoever waits for a fresh link hears of it even where it is the same as before.
        self.push.wake(job);
    }

    fn admit(&self) {
        for job in self.store.admit(self.concurrent, self.clock.now()) {
            self.push.wake(job);
        }
    }
}
