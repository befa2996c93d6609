use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use konpro_job::Instant;

use crate::queue::turn_for;
use crate::record::JobRecord;
use crate::store::JobId;

/// The open jobs at a glance, as the leader needs them to plan.
#[derive(Debug, Default)]
pub(super) struct Board {
    jobs: BTreeMap<JobId, Entry>,
    /// Those that wait, in the order in which they start.
    line: BTreeSet<(u64, Instant, JobId)>,
    /// Those that have a slot, and whose create has not left yet.
    unsent: BTreeSet<JobId>,
    visitors: HashMap<String, Visitor>,
    /// The turn of the job that was started last.
    current: u64,
}

/// One who has open jobs.
#[derive(Debug, Default)]
struct Visitor {
    jobs: usize,
    last_turn: Option<u64>,
}

/// One open job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    visitor: String,
    pub(super) created: Instant,
    pub(super) waiting: bool,
    /// It has a slot, and its create has not left yet.
    pub(super) unsent: bool,
    /// It was to be sent, and KonPro would not take it for now.
    pub(super) put_off: bool,
    /// The answer to its create was lost: then its slot is free again at the latest.
    pub(super) unsure_until: Option<Instant>,
    pub(super) begun: Option<Instant>,
    /// How long KonPro will probably take.
    pub(super) expected: Duration,
    turn: u64,
}

impl Board {
    /// Notes how a job stands. True: something has changed that planning depends on.
    pub(super) fn note(&mut self, job: JobId, record: &JobRecord, expected: Duration) -> bool {
        if record.machine.is_over() {
            return self.forget(job);
        }
        let before = self.jobs.remove(&job);
        let turn = match &before {
            Some(known) => known.turn,
            None => self.new_turn(&record.visitor),
        };
        // Who has got a slot keeps it until the end.
        let waiting = record.is_waiting() && before.as_ref().is_none_or(|known| known.waiting);
        let entry = Entry {
            visitor: record.visitor.clone(),
            created: record.created,
            waiting,
            unsent: !waiting && !record.is_sent(),
            unsure_until: record.unsure_until(),
            put_off: record.machine.is_put_off(),
            begun: record.begun,
            expected,
            turn,
        };
        let changed = before.as_ref() != Some(&entry);
        self.place(job, entry);
        changed
    }

    /// A waiting job has got a slot.
    pub(super) fn start(&mut self, job: JobId) {
        if let Some(entry) = self.jobs.remove(&job) {
            let entry = Entry {
                unsent: entry.unsent || entry.waiting,
                waiting: false,
                ..entry
            };
            self.place(job, entry);
        }
    }

    pub(super) fn forget(&mut self, job: JobId) -> bool {
        let Some(entry) = self.jobs.remove(&job) else {
            return false;
        };
        self.line.remove(&(entry.turn, entry.created, job));
        self.unsent.remove(&job);
        if let Some(visitor) = self.visitors.get_mut(&entry.visitor) {
            visitor.jobs -= 1;
            if visitor.jobs == 0 {
                self.visitors.remove(&entry.visitor);
            } else if visitor.last_turn == Some(entry.turn) {
                // Who has withdrawn jobs does not wait behind them.
                let others = self.jobs.values().filter(|it| it.visitor == entry.visitor);
                visitor.last_turn = others.map(|it| it.turn).max();
            }
        }
        true
    }

    /// Whether a job may be sent, or was.
    pub(super) fn has_slot(&self, job: JobId) -> bool {
        self.jobs.get(&job).is_some_and(|entry| !entry.waiting)
    }

    /// The job that starts next.
    pub(super) fn next(&self) -> Option<JobId> {
        self.line.first().map(|(.., job)| *job)
    }

    /// How many jobs are open, wait, have a slot, and have one without having been sent.
    pub(super) fn open(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    pub(super) fn running(&self) -> usize {
        self.jobs.len() - self.line.len()
    }

    pub(super) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Whether any has a slot and has to wait all the same: all that were not sent while requests are
    /// `held` back, else those that KonPro would not take.
    pub(super) fn has_unsent(&self, held: bool) -> bool {
        let mut unsent = self.unsent.iter().filter_map(|job| self.jobs.get(job));
        unsent.any(|entry| held || entry.put_off)
    }

    /// When the oldest of all was asked for.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.jobs.values().map(|entry| entry.created).min()
    }

    /// Those that wait, in the order in which they start.
    pub(super) fn line(&self) -> Vec<(JobId, Entry)> {
        let jobs = self.line.iter().map(|(.., job)| *job);
        jobs.filter_map(|job| Some((job, self.jobs.get(&job)?.clone())))
            .collect()
    }

    /// Those that have a slot.
    pub(super) fn slots(&self) -> Vec<(JobId, Entry)> {
        let running = self.jobs.iter().filter(|(_, entry)| !entry.waiting);
        running.map(|(job, entry)| (*job, entry.clone())).collect()
    }

    fn new_turn(&mut self, visitor: &str) -> u64 {
        let visitor = self.visitors.entry(visitor.to_owned()).or_default();
        let turn = turn_for(visitor.last_turn, self.current);
        visitor.last_turn = Some(turn);
        visitor.jobs += 1;
        turn
    }

    fn place(&mut self, job: JobId, entry: Entry) {
        let place = (entry.turn, entry.created, job);
        match entry.waiting {
            true => drop(self.line.insert(place)),
            false => {
                self.line.remove(&place);
                self.current = self.current.max(entry.turn);
            }
        }
        match entry.unsent {
            true => drop(self.unsent.insert(job)),
            false => drop(self.unsent.remove(&job)),
        }
        self.jobs.insert(job, entry);
    }
}
