//! One process leads. When it dies, another takes over within seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::Work;
use super::board::Board;
use super::running::Running;
use crate::budget::Ledger;
use crate::estimates::Estimates;
use crate::storage::StorageError;
use crate::store::{ESTIMATES, Event, JobId, LEASE, LEDGER};

/// The leader proves so often that it lives.
const BEAT: Duration = Duration::from_secs(2);

impl Work {
    /// Leads whenever nobody else does. Never ends.
    pub(super) async fn lead(self: Arc<Self>, events: broadcast::Receiver<Event>) {
        // Wishes that come before the first reign has begun are heard in it.
        let mut events = Some(events);
        let store = &self.means.store;
        let mut last_beat: Option<Instant> = None;
        let mut reign = JoinSet::new();
        // They outlive a lost lead: a request under way is still waited for.
        let jobs = Arc::new(Running::default());
        loop {
            if *self.stopping.borrow() {
                reign.shutdown().await;
                std::future::pending::<()>().await;
            }
            let beat = Instant::now();
            match store.take_lead().await {
                Ok(true) => {
                    last_beat = Some(beat);
                    let takes_over = !self.is_leading() && self.take_over().await;
                    // The process may have been told to stop meanwhile.
                    if takes_over && !*self.stopping.borrow() {
                        self.leading.send_replace(true);
                        reign.spawn(Arc::clone(&self).schedule());
                        reign.spawn(Arc::clone(&self).sweep(Arc::clone(&jobs)));
                        let heard = events.take().unwrap_or_else(|| store.events());
                        reign.spawn(Arc::clone(&self).attend(Arc::clone(&jobs), heard));
                    }
                }
                Ok(false) => last_beat = None,
                Err(error) => warn!(%error, "the store does not say who leads"),
            }
            let expired = last_beat.is_none_or(|beat| beat.elapsed() >= LEASE - BEAT);
            if expired && self.is_leading() {
                warn!("the lead is lost");
                self.leading.send_replace(false);
                reign.shutdown().await;
            }
            sleep(BEAT).await;
        }
    }

    /// Reads what the last leader left behind. True: nothing is missing.
    async fn take_over(&self) -> bool {
        match self.read_estate().await {
            Ok(()) => {
                info!("leading: this process speaks with KonPro");
                true
            }
            Err(error) => {
                warn!(%error, "the lead cannot be taken");
                false
            }
        }
    }

    async fn read_estate(&self) -> Result<(), StorageError> {
        let store = &self.means.store;
        // News may have been missed while another led.
        store.reread();
        let ledger = store.load::<Ledger>(LEDGER).await?;
        let estimates = store.load::<Estimates>(ESTIMATES).await?;
        let ledger = ledger.map(|it| (*it.value).clone());
        self.means.budget.resume(ledger.unwrap_or_default());
        let estimates = estimates.map(|it| (*it.value).clone());
        *self.estimates() = estimates.unwrap_or_default();
        // Said while no proxy ran, maybe of jobs whose time is over by now.
        self.heed_settlements().await?;
        // All jobs, before any is planned: one that nobody has heard of yet may have a slot.
        let mut board = Board::default();
        for job in store.open().await? {
            if let Some(record) = store.job(job).await? {
                board.note(job, &record, self.expected(&record));
            }
        }
        *self.board() = board;
        Ok(())
    }

    /// Takes up every job that is made or changed, and fetches the lists that are wanted.
    async fn attend(
        self: Arc<Self>,
        jobs: Arc<Running<JobId>>,
        mut events: broadcast::Receiver<Event>,
    ) {
        // What happened before this process listened.
        self.take_up_open(&jobs).await;
        let lists = Running::default();
        loop {
            match events.recv().await {
                Ok(Event::Job(job)) => self.follow(&jobs, job),
                Ok(Event::Wanted(list)) => {
                    let work = Arc::clone(&self);
                    lists.run(list, move || Arc::clone(&work).fetch(list));
                }
                Ok(Event::Missed) | Err(RecvError::Lagged(_)) => self.take_up_open(&jobs).await,
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Takes up the jobs that have something ahead of them.
    pub(super) async fn take_up_open(self: &Arc<Self>, jobs: &Running<JobId>) {
        match self.means.store.open().await {
            Ok(open) => open.into_iter().for_each(|job| self.follow(jobs, job)),
            Err(error) => warn!(%error, "open jobs cannot be listed"),
        }
    }

    fn follow(self: &Arc<Self>, jobs: &Running<JobId>, job: JobId) {
        let work = Arc::clone(self);
        jobs.run(job, move || Arc::clone(&work).track(job));
    }
}
