//! What the proxy knows of jobs, in memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use konpro_api::CreateVideo;
use konpro_job::Instant;

use crate::record::JobRecord;
use crate::tickets::TicketId;

/// Names one job; inside the proxy and in its log. Lower ones came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JobId(u64);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// One visitor's claim to a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(crate) job: JobId,
    pub(crate) created: Instant,
}

/// An `Idempotency-Key` with the digest of the body that it came with.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) body: [u8; 32],
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    New(TicketId, JobId),
    /// The same key came with the same body before.
    Known(TicketId, JobId),
    /// The same key came with another body before.
    Conflict,
}

/// Jobs in memory: quick, and gone with the process.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    last: u64,
    jobs: BTreeMap<JobId, JobRecord>,
    tickets: HashMap<TicketId, Ticket>,
    keys: HashMap<String, ([u8; 32], TicketId)>,
    secret: Option<String>,
}

/// Keys are promised for 24 hours, and kept longer.
const KEEP_KEYS: Duration = Duration::from_secs(48 * 3600);

impl MemoryStore {
    /// The secret that seals job ids, made by `make` the first time.
    pub(crate) fn secret(&self, make: impl FnOnce() -> String) -> String {
        self.contents().secret.get_or_insert_with(make).clone()
    }

    /// A new job with its first ticket, unless the key is known.
    pub(crate) fn claim(
        &self,
        ticket: TicketId,
        video: CreateVideo,
        key: Option<Key>,
        now: Instant,
    ) -> Claim {
        let contents = &mut *self.contents();
        contents.forget_old_keys(now);
        if let Some(known) = key.as_ref().and_then(|key| contents.known(key)) {
            return known;
        }
        contents.last += 1;
        let job = JobId(contents.last);
        contents.jobs.insert(job, JobRecord::new(video, now));
        contents
            .tickets
            .insert(ticket, Ticket { job, created: now });
        if let Some(key) = key {
            contents.keys.insert(key.key, (key.body, ticket));
        }
        Claim::New(ticket, job)
    }

    /// What was claimed with the same key before.
    pub(crate) fn known(&self, key: &Key) -> Option<Claim> {
        self.contents().known(key)
    }

    pub(crate) fn ticket(&self, ticket: TicketId) -> Option<Ticket> {
        self.contents().tickets.get(&ticket).copied()
    }

    /// Reads and changes one job at one stroke.
    pub(crate) fn update<T>(
        &self,
        job: JobId,
        change: impl FnOnce(&mut JobRecord) -> T,
    ) -> Option<T> {
        self.contents().jobs.get_mut(&job).map(change)
    }

    /// The job was refused before anybody was told of it: its keys are free again.
    pub(crate) fn free_keys(&self, job: JobId) {
        let contents = &mut *self.contents();
        let tickets = &contents.tickets;
        contents
            .keys
            .retain(|_, (_, ticket)| tickets.get(ticket).is_none_or(|it| it.job != job));
    }

    /// Jobs that still have something ahead of them, oldest first.
    pub(crate) fn unfinished(&self) -> Vec<JobId> {
        let contents = self.contents();
        let open = contents
            .jobs
            .iter()
            .filter(|(_, record)| !record.machine.is_over());
        open.map(|(job, _)| *job).collect()
    }

    /// Starts the oldest waiting jobs while fewer than `limit` are under way. Returns every job
    /// whose place has changed by that.
    pub(crate) fn admit(&self, limit: usize, now: Instant) -> Vec<JobId> {
        let contents = &mut *self.contents();
        let open = contents
            .jobs
            .values()
            .filter(|record| !record.machine.is_over());
        let under_way = open.filter(|record| !record.is_waiting()).count();
        let mut queue: Vec<_> = contents
            .jobs
            .iter_mut()
            .filter(|(_, record)| record.is_waiting())
            .collect();
        let admitted = limit.saturating_sub(under_way).min(queue.len());
        for (_, record) in queue.iter_mut().take(admitted) {
            record.machine.handle_ask(now);
        }
        match admitted {
            0 => Vec::new(),
            _ => queue.iter().map(|(job, _)| **job).collect(),
        }
    }

    /// The place of a waiting job in the queue, 1 being next.
    pub(crate) fn place(&self, job: JobId) -> Option<u32> {
        let contents = self.contents();
        contents
            .jobs
            .get(&job)
            .filter(|record| record.is_waiting())?;
        let ahead = contents
            .jobs
            .range(..=job)
            .filter(|(_, record)| record.is_waiting())
            .count();
        u32::try_from(ahead).ok()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn known(&self, key: &Key) -> Option<Claim> {
        let (body, ticket) = self.keys.get(&key.key)?;
        let same = *body == key.body;
        Some(match self.tickets.get(ticket) {
            Some(known) if same => Claim::Known(*ticket, known.job),
            _ => Claim::Conflict,
        })
    }

    fn forget_old_keys(&mut self, now: Instant) {
        let Self {
            keys,
            tickets,
            jobs,
            ..
        } = self;
        keys.retain(|_, (_, ticket)| {
            let ticket = tickets.get(ticket);
            ticket.is_some_and(|ticket| now.since(ticket.created) < KEEP_KEYS)
        });
        // Nobody holds a ticket to a job that was refused at once.
        let dead = |record: &JobRecord| record.refusal.is_some() && !record.answered;
        jobs.retain(|_, record| !(dead(record) && now.since(record.created) >= KEEP_KEYS));
        tickets.retain(|_, ticket| jobs.contains_key(&ticket.job));
    }
}
