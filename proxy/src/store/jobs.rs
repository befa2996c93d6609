//! Jobs, their tickets and their queue.

use std::sync::Arc;

use konpro_api::Estimate;
use konpro_job::Instant;
use serde::{Deserialize, Serialize};

use super::{
    ATTEMPTS, Change, Check, ESTIMATES, JobId, Loaded, StorageError, Store, keys, overtaken, put,
};
use crate::estimates::Estimates;
use crate::record::{Archiving, JobRecord};
use crate::tickets::TicketId;

/// One visitor's claim to a job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) job: JobId,
    pub(crate) created: Instant,
    /// Its holder no longer wants the video.
    #[serde(default)]
    pub(crate) withdrawn: bool,
}

/// What those that wait are told. Written by the leader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// The jobs that wait, in the order in which they will start.
    pub(crate) waiting: Vec<Queued>,
    /// The day's budget is gone: until then nobody hears of the others' ends, webhooks or not.
    pub(crate) no_looks_until: Option<Instant>,
}

/// One that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Queued {
    pub(crate) job: JobId,
    /// When it will probably have ended.
    pub(crate) ends: Instant,
}

impl Queue {
    /// The place of a job, 1 being next, and when it will probably have ended.
    pub(crate) fn place(&self, job: JobId) -> Option<(u32, Instant)> {
        let at = self.waiting.iter().position(|queued| queued.job == job)?;
        Some((u32::try_from(at + 1).ok()?, self.waiting[at].ends))
    }
}

/// How a job is changed, and what it is then.
type Written = (Vec<Change>, Arc<JobRecord>);

/// What is changed, and must hold, together with a job.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) checks: Vec<Check>,
    pub(crate) changes: Vec<Change>,
}

impl Store {
    /// The job as it stands; `None` once it was erased.
    pub(crate) async fn job(&self, job: JobId) -> Result<Option<Arc<JobRecord>>, StorageError> {
        let loaded = self.loaded(job).await?;
        Ok(loaded.map(|loaded| loaded.value))
    }

    pub(crate) async fn ticket(&self, ticket: TicketId) -> Result<Option<Ticket>, StorageError> {
        let loaded = self.load::<Ticket>(&keys::ticket(ticket)).await?;
        Ok(loaded.map(|loaded| *loaded.value))
    }

    pub(crate) async fn queue(&self) -> Result<Arc<Queue>, StorageError> {
        let loaded = self.load::<Queue>(keys::QUEUE).await?;
        Ok(loaded.map_or_else(Arc::default, |loaded| loaded.value))
    }

    /// How long videos take by what was learnt so far.
    pub(crate) async fn outlook(&self) -> Result<Estimate, StorageError> {
        let learnt = self.load::<Estimates>(ESTIMATES).await?;
        Ok(learnt.map_or_else(|| Estimates::default().outlook(), |it| it.value.outlook()))
    }

    /// Writes the queue where it has changed.
    pub(crate) async fn save_queue(&self, queue: &Queue) -> Result<bool, StorageError> {
        let before = self.queue().await?;
        if *before == *queue {
            return Ok(true);
        }
        self.save(keys::QUEUE, queue).await
    }

    /// What is left of a job that is no more.
    pub(crate) async fn clear(&self, job: JobId) -> Result<(), StorageError> {
        let remove = |set: &str| Change::Remove {
            set: set.to_owned(),
            member: job.to_string(),
        };
        let changes = vec![
            Change::Delete { key: job.key() },
            remove(keys::OPEN),
            remove(keys::DOUBTFUL),
        ];
        self.commit(Vec::new(), changes).await.map(|_| ())
    }

    /// Jobs that still have something ahead of them, oldest first.
    pub(crate) async fn open(&self) -> Result<Vec<JobId>, StorageError> {
        let members = self.members(keys::OPEN).await?;
        Ok(members.iter().filter_map(|job| job.parse().ok()).collect())
    }

    /// Reads and changes one job at one stroke. `change` is called anew whenever another was
    /// quicker. `None`: there is no such job.
    pub(crate) async fn update<T>(
        &self,
        job: JobId,
        change: impl Fn(&mut JobRecord) -> T,
    ) -> Result<Option<T>, StorageError> {
        self.update_with(job, |record, _| change(record)).await
    }

    /// The same by whoever leads, and by nobody else; with further changes.
    pub(crate) async fn update_as_leader<T>(
        &self,
        job: JobId,
        change: impl Fn(&mut JobRecord, &mut Extra) -> T,
    ) -> Result<Option<T>, StorageError> {
        let fence = self.fence();
        let fenced = |record: &mut JobRecord, extra: &mut Extra| {
            extra.checks.clone_from(&fence);
            change(record, extra)
        };
        self.update_with(job, fenced).await
    }

    /// The same by anybody, with further changes.
    pub(crate) async fn update_with<T>(
        &self,
        job: JobId,
        change: impl Fn(&mut JobRecord, &mut Extra) -> T,
    ) -> Result<Option<T>, StorageError> {
        for _ in 0..ATTEMPTS {
            let Some(loaded) = self.loaded(job).await? else {
                return Ok(None);
            };
            let mut record = JobRecord::clone(&loaded.value);
            let mut extra = Extra::default();
            let result = change(&mut record, &mut extra);
            let written = self.written(job, &loaded, record)?;
            if written.is_none() && extra.changes.is_empty() {
                return Ok(Some(result));
            }
            extra.checks.push(Check {
                key: job.key(),
                value: Some(loaded.bytes.clone()),
            });
            let (changes, record) = written.unzip();
            extra.changes.extend(changes.into_iter().flatten());
            let known = record.map(|record| (job.key(), record as _));
            let committed = self.commit_known(extra.checks, extra.changes, known);
            if committed.await? {
                return Ok(Some(result));
            }
            let now = self.loaded(job).await?;
            if now.is_some_and(|now| now.bytes == loaded.bytes) {
                // It was not the job that another had changed.
                return Err(StorageError("another process leads".to_owned()));
            }
        }
        Err(overtaken())
    }

    /// The visitor no longer wants the video. False says that it is too late.
    pub(crate) async fn withdraw(&self, id: TicketId) -> Result<bool, StorageError> {
        for _ in 0..ATTEMPTS {
            let Some(ticket) = self.load::<Ticket>(&keys::ticket(id)).await? else {
                return Ok(false);
            };
            let Some(loaded) = self.loaded(ticket.value.job).await? else {
                return Ok(false);
            };
            let mut record = JobRecord::clone(&loaded.value);
            if ticket.value.withdrawn || !record.withdraw() {
                return Ok(false);
            }
            let job = ticket.value.job;
            let withdrawn = Ticket {
                withdrawn: true,
                ..*ticket.value
            };
            let expires = self.ticket_expires();
            // The ticket first: whoever is told of the job must find it withdrawn.
            let mut changes = vec![put(keys::ticket(id), &withdrawn, Some(expires))?];
            let written = self.written(job, &loaded, record)?;
            changes.extend(written.into_iter().flat_map(|(changes, _)| changes));
            let checks = [
                (keys::ticket(id), ticket.bytes),
                (job.key(), loaded.bytes.clone()),
            ];
            let check = |(key, value)| Check {
                key,
                value: Some(value),
            };
            if self.commit(checks.map(check).to_vec(), changes).await? {
                self.wake(job);
                return Ok(true);
            }
        }
        Err(overtaken())
    }

    pub(super) async fn loaded(
        &self,
        job: JobId,
    ) -> Result<Option<Loaded<JobRecord>>, StorageError> {
        let loaded = self.load::<JobRecord>(&job.key()).await?;
        let now = self.clock.now();
        let erased = |record: &JobRecord| {
            let ended = record.ended.filter(|_| record.machine.is_over());
            ended.is_some_and(|ended| now.since(ended) >= self.keep)
        };
        Ok(loaded.filter(|loaded| !erased(&loaded.value)))
    }

    /// The changes that make `before` into `after`, and what that is; `None` where they are the same.
    fn written(
        &self,
        job: JobId,
        before: &Loaded<JobRecord>,
        mut after: JobRecord,
    ) -> Result<Option<Written>, StorageError> {
        after.settle(self.clock.now());
        if after == *before.value {
            return Ok(None);
        }
        let expires = after
            .ended
            .filter(|_| !after.is_open())
            .map(|ended| ended.after(self.keep));
        let mut changes = vec![put(job.key(), &after, expires)?];
        changes.extend(membership(
            keys::OPEN,
            job,
            before.value.is_open(),
            after.is_open(),
        ));
        let doubtful = (before.value.is_doubtful(), after.is_doubtful());
        changes.extend(membership(keys::DOUBTFUL, job, doubtful.0, doubtful.1));
        if let (Archiving::Kept(kept), Archiving::Wanted { .. }) =
            (&after.archive, &before.value.archive)
        {
            changes.push(Change::Insert {
                set: keys::COPIES.to_owned(),
                member: format!("{job} {}", kept.name),
            });
        }
        if after.was_refused_unheard() && !before.value.was_refused_unheard() {
            // An answer that made no job frees its keys.
            let keys = after.keys.iter().cloned();
            changes.extend(keys.map(|key| Change::Delete { key }));
        }
        Ok(Some((changes, Arc::new(after))))
    }
}

/// The change of a set that follows a job's change.
fn membership(set: &str, job: JobId, before: bool, after: bool) -> Option<Change> {
    let (set, member) = (set.to_owned(), job.to_string());
    match (before, after) {
        (false, true) => Some(Change::Insert { set, member }),
        (true, false) => Some(Change::Remove { set, member }),
        _ => None,
    }
}

impl Store {
    /// Copies in the archive whose jobs are no more.
    pub(crate) async fn copies_of_erased_jobs(&self) -> Result<Vec<(JobId, String)>, StorageError> {
        let now = self.clock.now();
        let mut erased = Vec::new();
        for member in self.members(keys::COPIES).await? {
            let Some((job, name)) = member.split_once(' ') else {
                continue;
            };
            let Ok(job) = job.parse::<JobId>() else {
                continue;
            };
            // Sorted by age: no later one can have been erased.
            if now.since(job.made()) < self.keep {
                break;
            }
            if self.job(job).await?.is_none() {
                erased.push((job, name.to_owned()));
            }
        }
        Ok(erased)
    }

    /// The copy was erased.
    pub(crate) async fn forget_copy(&self, job: JobId, name: &str) -> Result<(), StorageError> {
        let remove = Change::Remove {
            set: keys::COPIES.to_owned(),
            member: format!("{job} {name}"),
        };
        self.commit(Vec::new(), vec![remove]).await.map(|_| ())
    }

    /// KonPro's job of this id is ours, and this one of ours.
    pub(crate) fn owned(&self, id: &str, job: JobId) -> Option<Change> {
        let expires = Some(self.ticket_expires());
        put(keys::upstream(id), &job, expires).ok()
    }

    /// Whose KonPro's job of this id is.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<JobId>, StorageError> {
        let owner = self.load::<JobId>(&keys::upstream(id)).await?;
        Ok(owner.map(|owner| *owner.value))
    }
}
