//! A job whose own id was lost, and what others call it.

use konpro_api::{Job, JobError, code};
use konpro_job::{Instant, State};

use super::JobRecord;
use super::candidates::Candidates;
use crate::estimates::Kind;

impl JobRecord {
    /// KonPro calls, and may name an id.
    pub(crate) fn handle_webhook(&mut self, now: Instant, video_id: Option<&str>) {
        match (self.machine.state(), video_id) {
            (State::Waiting { .. }, _) => {
                self.announced = Some(now);
                self.machine.handle_hint(now);
            }
            // While the create is under way its answer may still be lost.
            (State::Unsure { .. }, Some(id)) => self.candidates.hear(id, now),
            (State::Sending { .. }, Some(id)) if self.machine.is_sent() => {
                self.candidates.hear(id, now);
            }
            _ => {}
        }
    }

    /// The operator has found its id.
    pub(crate) fn handle_made(&mut self, now: Instant, id: &str) {
        self.candidates.believe(id, now);
    }

    /// The next id to look at, and when, of a job whose own was lost.
    pub(crate) fn candidate(&self) -> Option<(&str, Instant)> {
        let unsure = matches!(self.machine.state(), State::Unsure { .. });
        self.candidates.next().filter(|_| unsure)
    }

    /// KonPro was asked for a candidate; `seen` when it is there and nobody else's.
    pub(crate) fn handle_candidate(
        &mut self,
        now: Instant,
        id: &str,
        seen: Option<&Job>,
        estimate: impl Fn(&Kind, Option<u32>) -> u32,
    ) {
        let Some(seen) = seen else {
            return self.candidates.look_was_vain(id, now);
        };
        let seen = Job {
            job_id: id.to_owned(),
            ..self.estimated(seen, estimate)
        };
        self.begun.get_or_insert(now);
        self.machine.handle_sighting(now, &seen, None);
        self.candidates = Candidates::default();
    }

    /// The operator says that KonPro makes no such video.
    pub(crate) fn handle_not_made(&mut self) {
        let message = "The answer was lost, and KonPro has no such video.";
        let error = JobError::new(code::UPSTREAM_TIMEOUT, message);
        if matches!(self.machine.state(), State::Unsure { .. }) {
            self.machine.handle_refused(error);
        }
        self.unsure = false;
    }
}
