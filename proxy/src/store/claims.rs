//! What visitors ask for becomes a job, or is found to be one already.

use std::time::Duration;

use bytes::Bytes;
use konpro_api::{CreateVideo, Quota};
use konpro_job::Instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::{
    ATTEMPTS, Change, Check, JobId, StorageError, Store, Ticket, absent, keys, overtaken, parse,
    put,
};
use crate::askers::Asker;
use crate::quotas::{Ceiling, Rate, Spent};
use crate::record::JobRecord;
use crate::tickets::TicketId;

/// Keys are promised for 24 hours, and kept longer.
const KEEP_KEYS: Duration = Duration::from_secs(48 * 3600);
/// A store that did not answer is asked so often, and after so long, what it did.
const DOUBTS: u32 = 5;
const DOUBT: Duration = Duration::from_secs(1);
/// No job is open for longer than this.
const LONGEST_JOB: Duration = Duration::from_secs(14 * 24 * 3600);

/// An `Idempotency-Key` with the digest of the body that it came with.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) body: String,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) ticket: TicketId,
    pub(crate) video: CreateVideo,
    pub(crate) key: Option<Key>,
    /// A keyed hash of the work, where an equal one may be shared.
    pub(crate) work: String,
    /// The visitor wants a new take.
    pub(crate) anew: bool,
}

/// How much may be asked for.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) per_visitor: Option<Rate>,
    pub(crate) per_day: Option<Rate>,
    /// For how long equal work is shared; zero: never.
    pub(crate) reuse: Duration,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The visitor's own ticket to a new job.
    Made(TicketId, JobId),
    /// The visitor's own ticket to a job that does the same work.
    Shared(TicketId, JobId),
    /// The same key came with the same body before.
    Known(TicketId, JobId),
    /// The same key came with another body before.
    Conflict,
    /// The visitor, or all together, have asked for enough; until then.
    Spent(Spending, Duration),
}

/// Whose limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spending {
    Visitor,
    Everybody,
}

#[derive(Serialize, Deserialize)]
struct KnownKey {
    body: String,
    ticket: TicketId,
}

/// Documents as they were read, and what must be so still.
struct Reading {
    now: Instant,
    checks: Vec<Check>,
    changes: Vec<Change>,
}

impl Store {
    /// What was claimed with the same key before.
    pub(crate) async fn known(
        &self,
        asker: &Asker,
        key: &Key,
    ) -> Result<Option<Claim>, StorageError> {
        let name = keys::idempotency(&asker.owner, &key.key);
        let Some(known) = self.load::<KnownKey>(&name).await? else {
            return Ok(None);
        };
        if known.value.body != key.body {
            return Ok(Some(Claim::Conflict));
        }
        let ticket = self.ticket(known.value.ticket).await?;
        let claim = ticket.map(|ticket| Claim::Known(known.value.ticket, ticket.job));
        Ok(claim)
    }

    /// A ticket to a job that does what is asked: a known one, a shared one, or a new one.
    pub(crate) async fn claim(
        &self,
        asker: &Asker,
        order: &Order,
        limits: &Limits,
    ) -> Result<Claim, StorageError> {
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            if let Some(key) = &order.key
                && let Some(known) = self.known(asker, key).await?
            {
                return Ok(known);
            }
            let mut reading = Reading {
                now,
                checks: Vec::new(),
                changes: Vec::new(),
            };
            if let Some(rate) = &limits.per_visitor {
                let taken = self.spend(&mut reading, asker, rate).await?;
                if let Err(wait) = taken {
                    // The last one may have been spent on the same ask a moment ago.
                    let known = match &order.key {
                        Some(key) => self.known(asker, key).await?,
                        None => None,
                    };
                    return Ok(known.unwrap_or(Claim::Spent(Spending::Visitor, wait)));
                }
            }
            let shared = match order.anew || limits.reuse.is_zero() {
                true => None,
                false => self.share(&mut reading, asker, order).await?,
            };
            let claim = match shared {
                Some(job) => Claim::Shared(order.ticket, job),
                None => {
                    if let Some(rate) = &limits.per_day {
                        let taken = self.spend_ceiling(&mut reading, rate).await?;
                        if let Err(wait) = taken {
                            return Ok(Claim::Spent(Spending::Everybody, wait));
                        }
                    }
                    let job = self.make(&mut reading, asker, order, limits)?;
                    Claim::Made(order.ticket, job)
                }
            };
            if let Claim::Made(_, job) | Claim::Shared(_, job) = claim {
                self.hand_out(&mut reading, asker, order, job)?;
            }
            match self.commit(reading.checks, reading.changes).await {
                Ok(true) => return Ok(claim),
                Ok(false) => {}
                Err(error) => {
                    return match self.was_handed_out(order.ticket).await {
                        true => Ok(claim),
                        false => Err(error),
                    };
                }
            }
        }
        Err(overtaken())
    }

    /// Whether a commit that was not answered was made all the same, as soon as the store says so.
    async fn was_handed_out(&self, ticket: TicketId) -> bool {
        for _ in 0..DOUBTS {
            if let Ok(found) = self.ticket(ticket).await {
                return found.is_some();
            }
            sleep(DOUBT).await;
        }
        false
    }

    /// How many videos the visitor may still make: as many as both limits leave.
    pub(crate) async fn quota(
        &self,
        asker: &Asker,
        limits: &Limits,
    ) -> Result<Option<Quota>, StorageError> {
        let now = self.clock.now();
        let mut quotas = Vec::new();
        if let Some(rate) = &limits.per_visitor {
            let spent = self.read(&keys::spent(&asker.visitor)).await?;
            quotas.push(opened::<Spent>("spent", spent.as_ref())?.state(rate, now));
        }
        if let Some(rate) = &limits.per_day {
            let spent = self.read(keys::CEILING).await?;
            quotas.push(opened::<Ceiling>(keys::CEILING, spent.as_ref())?.state(rate, now));
        }
        Ok(quotas.into_iter().min_by_key(|quota| quota.left))
    }

    /// The visitor's video was refused before it was one: it does not count, and a new job (`made`)
    /// not against the ceiling either.
    pub(crate) async fn give_back(
        &self,
        asker: &Asker,
        at: Instant,
        limits: &Limits,
        made: bool,
    ) -> Result<(), StorageError> {
        for _ in 0..ATTEMPTS {
            let mut reading = Reading {
                now: self.clock.now(),
                checks: Vec::new(),
                changes: Vec::new(),
            };
            if let Some(rate) = &limits.per_visitor {
                let key = keys::spent(&asker.visitor);
                let mut spent: Spent = self.read_into(&mut reading, &key).await?;
                spent.give_back(rate, at);
                let expires = Some(reading.now.after(rate.window()));
                reading.changes.push(put(key, &spent, expires)?);
            }
            if let Some(rate) = limits.per_day.as_ref().filter(|_| made) {
                let mut spent: Ceiling = self.read_into(&mut reading, keys::CEILING).await?;
                spent.give_back(at);
                reading.changes.push(ceiling(&spent, rate, reading.now)?);
            }
            if self.commit(reading.checks, reading.changes).await? {
                return Ok(());
            }
        }
        Err(overtaken())
    }

    pub(super) fn ticket_expires(&self) -> Instant {
        // The job itself is erased on time; its tickets, which say nothing, some time later.
        self.clock.now().after(self.keep + LONGEST_JOB)
    }

    async fn spend(
        &self,
        reading: &mut Reading,
        asker: &Asker,
        rate: &Rate,
    ) -> Result<Result<(), Duration>, StorageError> {
        let key = keys::spent(&asker.visitor);
        let mut spent: Spent = self.read_into(reading, &key).await?;
        if let Err(wait) = spent.take(rate, reading.now) {
            return Ok(Err(wait));
        }
        let expires = Some(reading.now.after(rate.window()));
        reading.changes.push(put(key, &spent, expires)?);
        Ok(Ok(()))
    }

    async fn spend_ceiling(
        &self,
        reading: &mut Reading,
        rate: &Rate,
    ) -> Result<Result<(), Duration>, StorageError> {
        let mut spent: Ceiling = self.read_into(reading, keys::CEILING).await?;
        if let Err(wait) = spent.take(rate, reading.now) {
            return Ok(Err(wait));
        }
        reading.changes.push(ceiling(&spent, rate, reading.now)?);
        Ok(Ok(()))
    }

    /// A job that does the same work and may still be shared.
    async fn share(
        &self,
        reading: &mut Reading,
        asker: &Asker,
        order: &Order,
    ) -> Result<Option<JobId>, StorageError> {
        let key = keys::reuse(&order.work);
        let value = self.read(&key).await?;
        let shared: Option<JobId> = value.as_ref().map(|bytes| parse(&key, bytes)).transpose()?;
        reading.checks.push(Check { key, value });
        let Some(job) = shared else { return Ok(None) };
        let Some(loaded) = self.loaded(job).await? else {
            return Ok(None);
        };
        let mut record = JobRecord::clone(&loaded.value);
        let key = order.key.as_ref();
        let key = key.map(|key| keys::idempotency(&asker.owner, &key.key));
        if !record.join(key) {
            return Ok(None);
        }
        reading.checks.push(Check {
            key: job.key(),
            value: Some(loaded.bytes),
        });
        let expires = record
            .ended
            .filter(|_| !record.is_open())
            .map(|ended| ended.after(self.keep));
        reading.changes.push(put(job.key(), &record, expires)?);
        Ok(Some(job))
    }

    fn make(
        &self,
        reading: &mut Reading,
        asker: &Asker,
        order: &Order,
        limits: &Limits,
    ) -> Result<JobId, StorageError> {
        let job = JobId::new(reading.now, self.randomness.bytes());
        let mut record = JobRecord::new(order.video.clone(), asker.visitor.clone(), reading.now);
        let key = order.key.as_ref();
        record
            .keys
            .extend(key.map(|key| keys::idempotency(&asker.owner, &key.key)));
        if !limits.reuse.is_zero() {
            let expires = Some(reading.now.after(limits.reuse));
            let reuse = put(keys::reuse(&order.work), &job, expires)?;
            reading.changes.push(reuse);
        }
        reading.checks.push(absent(job.key()));
        reading.changes.push(put(job.key(), &record, None)?);
        reading.changes.push(Change::Insert {
            set: keys::OPEN.to_owned(),
            member: job.to_string(),
        });
        Ok(job)
    }

    fn hand_out(
        &self,
        reading: &mut Reading,
        asker: &Asker,
        order: &Order,
        job: JobId,
    ) -> Result<(), StorageError> {
        let ticket = Ticket {
            job,
            created: reading.now,
            withdrawn: false,
        };
        let expires = Some(self.ticket_expires());
        reading.checks.push(absent(keys::ticket(order.ticket)));
        reading
            .changes
            .push(put(keys::ticket(order.ticket), &ticket, expires)?);
        if let Some(key) = &order.key {
            let name = keys::idempotency(&asker.owner, &key.key);
            let known = KnownKey {
                body: key.body.clone(),
                ticket: order.ticket,
            };
            let expires = Some(reading.now.after(KEEP_KEYS));
            reading.checks.push(absent(name.clone()));
            reading.changes.push(put(name, &known, expires)?);
        }
        Ok(())
    }

    async fn read_into<T: DeserializeOwned + Default>(
        &self,
        reading: &mut Reading,
        key: &str,
    ) -> Result<T, StorageError> {
        let value = self.read(key).await?;
        let document = opened(key, value.as_ref());
        reading.checks.push(Check {
            key: key.to_owned(),
            value,
        });
        document
    }
}

fn ceiling(spent: &Ceiling, rate: &Rate, now: Instant) -> Result<Change, StorageError> {
    let expires = Some(now.after(2 * rate.window()));
    put(keys::CEILING.to_owned(), spent, expires)
}

fn opened<T: DeserializeOwned + Default>(
    key: &str,
    bytes: Option<&Bytes>,
) -> Result<T, StorageError> {
    bytes.map_or_else(|| Ok(T::default()), |bytes| parse(key, bytes))
}
