use std::collections::BTreeMap;
use std::time::Duration;

use konpro_job::Instant;

use crate::queue::turn_for;
use crate::record::JobRecord;
use crate::store::JobId;

/// The open jobs at a glance, as the leader needs them to plan.
#[derive(Debug, Default)]
pub(super) struct Board {
    jobs: BTreeMap<JobId, Entry>,
    /// The turn of the job that was started last.
    current: u64,
}

/// One open job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) visitor: String,
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
    pub(super) turn: u64,
}

impl Board {
    /// Notes how a job stands. True: something has changed that planning depends on.
    pub(super) fn note(&mut self, job: JobId, record: &JobRecord, expected: Duration) -> bool {
        if record.machine.is_over() {
            return self.jobs.remove(&job).is_some();
        }
        let turn = match self.jobs.get(&job) {
            Some(known) => known.turn,
            None => {
                let others = self.jobs.values();
                let same = others.filter(|it| it.visitor == record.visitor);
                turn_for(same.map(|it| it.turn).max(), self.current)
            }
        };
        let entry = Entry {
            visitor: record.visitor.clone(),
            created: record.created,
            waiting: record.is_waiting(),
            unsent: !record.is_waiting() && !record.is_sent(),
            unsure_until: record.unsure_until(),
            put_off: record.machine.is_put_off(),
            begun: record.begun,
            expected,
            turn,
        };
        if !entry.waiting {
            self.current = self.current.max(turn);
        }
        self.jobs.insert(job, entry.clone()) != Some(entry)
    }

    /// A waiting job has got a slot.
    pub(super) fn start(&mut self, job: JobId) {
        if let Some(entry) = self.jobs.get_mut(&job).filter(|entry| entry.waiting) {
            entry.waiting = false;
            entry.unsent = true;
            self.current = self.current.max(entry.turn);
        }
    }

    pub(super) fn forget(&mut self, job: JobId) -> bool {
        self.jobs.remove(&job).is_some()
    }

    pub(super) fn open(&self) -> usize {
        self.jobs.len()
    }

    /// Those that wait, in the order in which they start.
    pub(super) fn waiting(&self) -> Vec<(JobId, Entry)> {
        let mut waiting = self.entries(|entry| entry.waiting);
        waiting.sort_by_key(|(job, entry)| (entry.turn, entry.created, *job));
        waiting
    }

    /// Those that have a slot.
    pub(super) fn running(&self) -> Vec<(JobId, Entry)> {
        self.entries(|entry| !entry.waiting)
    }

    fn entries(&self, fits: impl Fn(&Entry) -> bool) -> Vec<(JobId, Entry)> {
        let fitting = self.jobs.iter().filter(|(_, entry)| fits(entry));
        fitting.map(|(job, entry)| (*job, entry.clone())).collect()
    }
}
