//! What visitors are told.

use std::time::Duration;

use konpro_api::{Job, JobError, Status, code};
use konpro_job::{Instant, State};

use super::JobRecord;
use crate::failure::Failure;

/// How a job is seen by one who holds a ticket to it.
pub(crate) struct Holding {
    pub(crate) job_id: String,
    pub(crate) created: Instant,
    pub(crate) withdrawn: bool,
    /// Its place in the queue, and when it will probably have ended.
    pub(crate) place: Option<(u32, Instant)>,
    /// The day's budget is gone: nobody hears of its end before.
    pub(crate) no_looks_until: Option<Instant>,
}

impl JobRecord {
    /// What to answer to the visitor who asked; `None` while KonPro's word may still come at once,
    /// and while nobody knows whether the job has to wait.
    pub(crate) fn word(&mut self, queued: bool) -> Option<Result<(), Failure>> {
        if self.was_refused_unheard() {
            return Some(self.last_word());
        }
        let wait = match self.machine.state() {
            State::Sending { .. } if !self.machine.is_put_off() => true,
            State::Idle | State::Sending { .. } => !queued,
            _ => false,
        };
        if wait && !self.answered {
            return None;
        }
        Some(self.last_word())
    }

    /// The same when nobody can wait any longer.
    pub(crate) fn last_word(&mut self) -> Result<(), Failure> {
        if let (Some(refusal), false) = (&self.refusal, self.answered) {
            return Err(refusal.into());
        }
        self.answered = true;
        Ok(())
    }

    /// The job as its holder sees it.
    pub(crate) fn present(&self, holding: Holding) -> Job {
        let job = self.machine.job();
        let created_at = Some(crate::clock::rfc3339(holding.created));
        if holding.withdrawn {
            return Job {
                job_id: holding.job_id,
                status: Status::Failed,
                created_at,
                error: Some(JobError::new(
                    code::CANCELLED,
                    "Withdrawn before it was sent.",
                )),
                ..Job::default()
            };
        }
        let pending = job.status == Status::Pending;
        let seconds = |ends: Instant| {
            let millis = ends.since(holding.created).as_millis();
            u32::try_from((millis + 500) / 1000).unwrap_or(u32::MAX)
        };
        // From the asker's own beginning, not from KonPro's.
        let estimated_time = match (self.begun, job.estimated_time, holding.place) {
            (_, None, Some((_, ends))) if pending => Some(seconds(ends)),
            (Some(begun), Some(estimate), _) => {
                let ends = begun.after(Duration::from_secs(estimate.into()));
                let heard = holding.no_looks_until.filter(|_| !job.status.is_end());
                Some(seconds(heard.map_or(ends, |heard| ends.max(heard))))
            }
            (_, estimate, _) => estimate,
        };
        let place = holding.place.map(|(place, _)| place);
        Job {
            job_id: holding.job_id,
            created_at,
            estimated_time: estimated_time.map(|seconds| seconds.max(1)),
            queue_position: place.or(job.queue_position).filter(|_| pending),
            ..job
        }
    }
}
