//! The sole writer of jobs: drives each one's machine, one request to KonPro at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use konpro_api::{Job, Status};
use konpro_job::{Instant, Request, State};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::push::Push;
use crate::store::{JobId, JobRecord, MemoryStore};
use crate::upstream::{Creation, Look, Upstream};

/// How long a visitor who asks for a video waits for KonPro's word.
const WORD_LIMIT: Duration = Duration::from_secs(20);
/// How long a visitor waits for a fresh link.
const REFRESH_LIMIT: Duration = Duration::from_secs(10);
/// A link that could not be renewed is not tried again for so long.
const REFRESH_PAUSE: Duration = Duration::from_secs(5 * 60);

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

/// What is done about a stale link.
enum Refresh {
    Begun,
    UnderWay,
}

/// What one step of a job asks for.
struct Step {
    request: Option<Request>,
    changed: Option<Job>,
    wake: Option<Instant>,
    over: bool,
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
        let refused = self.store.update(job, |record| match creation {
            Creation::Taken(seen, retry_after) => {
                record.machine.handle_sighting(now, &seen, retry_after);
                false
            }
            Creation::Refused(failure) => {
                record
                    .machine
                    .handle_refused(failure.clone().into_job_error());
                record.refusal = Some(failure);
                !record.answered
            }
            Creation::NotSent(retry_after) => {
                record.machine.handle_not_sent(now, retry_after);
                false
            }
            Creation::Lost => {
                warn!(%job, "KonPro's answer to a create was lost: the job will not be sent again");
                record.machine.handle_lost(now, None);
                false
            }
        });
        if refused == Some(true) {
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
        self.store.update(job, |record| {
            match look {
                Look::Seen(seen, retry_after) => {
                    // The status call need not repeat whose status it is.
                    let seen = Job {
                        job_id: id,
                        ..*seen
                    };
                    record.machine.handle_sighting(now, &seen, retry_after);
                }
                Look::Missing => record.machine.handle_missing(now),
                Look::NotSent(retry_after) => record.machine.handle_not_sent(now, retry_after),
                Look::Lost(retry_after) => record.machine.handle_lost(now, retry_after),
            }
            record.refreshing = false;
        });
        // Whoever waits for a fresh link hears of it even where it is the same as before.
        self.push.wake(job);
    }

    fn admit(&self) {
        for job in self.store.admit(self.concurrent, self.clock.now()) {
            self.push.wake(job);
        }
    }
}

impl JobRecord {
    fn step(&mut self, now: Instant) -> Step {
        self.machine.handle_timeout(now);
        let request = self.machine.poll_request(now);
        if self.machine.is_over() {
            self.video = None;
        }
        let wake = self.machine.poll_timeout();
        Step {
            request,
            changed: self.machine.poll_change(),
            wake,
            over: self.machine.is_over() && wake.is_none(),
        }
    }

    fn refresh(&mut self, now: Instant) -> Option<Refresh> {
        if !self.machine.link_is_stale(now) {
            return None;
        }
        if self
            .refreshed
            .is_some_and(|last| now.since(last) < REFRESH_PAUSE)
        {
            return self.refreshing.then_some(Refresh::UnderWay);
        }
        self.refreshed = Some(now);
        self.refreshing = true;
        self.machine.handle_refresh(now);
        Some(Refresh::Begun)
    }

    /// What to answer to the visitor who asked; `None` while KonPro's word may still come at once.
    fn word(&mut self) -> Option<Result<(), Failure>> {
        if let (Some(failure), false) = (&self.refusal, self.answered) {
            return Some(Err(failure.clone()));
        }
        let at_once = matches!(self.machine.state(), State::Sending { .. });
        if at_once && !self.machine.is_put_off() {
            return None;
        }
        self.answered = true;
        Some(Ok(()))
    }

    /// The job as its holder sees it.
    pub(crate) fn present(&self, job_id: String, created_at: String, place: Option<u32>) -> Job {
        let job = self.machine.job();
        let pending = job.status == Status::Pending;
        Job {
            job_id,
            created_at: Some(created_at),
            queue_position: place.or(job.queue_position).filter(|_| pending),
            ..job
        }
    }
}
