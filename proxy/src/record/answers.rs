//! What KonPro says.

use konpro_api::Job;
use konpro_job::{Instant, Pace};

use super::JobRecord;
use super::candidates::Candidates;
use crate::estimates::Kind;
use crate::upstream::{Creation, Look};

impl JobRecord {
    /// Takes KonPro's answer to the create.
    pub(crate) fn handle_creation(
        &mut self,
        now: Instant,
        creation: &Creation,
        estimate: impl Fn(&Kind, Option<u32>) -> u32,
    ) {
        match creation {
            Creation::Taken(seen, retry_after) => {
                self.begun.get_or_insert(now);
                self.answered = true;
                let seen = self.estimated(seen, estimate);
                self.machine.handle_sighting(now, &seen, *retry_after);
                self.candidates = Candidates::default();
            }
            Creation::Refused(failure) => {
                self.machine
                    .handle_refused(failure.clone().into_job_error());
                self.unsure = false;
                self.refusal = Some(failure.clone().into());
            }
            Creation::NotSent(retry_after) => self.machine.handle_not_sent(now, *retry_after),
            Creation::Lost => {
                self.begun.get_or_insert(now);
                self.machine.handle_lost(now, None);
            }
        }
    }

    /// Takes KonPro's answer to a look.
    pub(crate) fn handle_look(
        &mut self,
        now: Instant,
        look: &Look,
        pace: Pace,
        estimate: impl Fn(&Kind, Option<u32>) -> u32,
    ) {
        self.machine.handle_pace(pace);
        match look {
            Look::Seen(seen, retry_after) => {
                // The status call need not repeat whose status it is.
                let job_id = self.machine.job().job_id;
                let seen = Job {
                    job_id,
                    ..self.estimated(seen, estimate)
                };
                self.machine.handle_sighting(now, &seen, *retry_after);
                if !self.machine.is_over() {
                    self.unfinished = Some(now);
                    // Whatever called was early, or somebody else.
                    self.announced = None;
                }
            }
            Look::Missing => self.machine.handle_missing(now),
            Look::NotSent(retry_after) => self.machine.handle_not_sent(now, *retry_after),
            Look::Lost(retry_after) => self.machine.handle_lost(now, *retry_after),
        }
        if self.refreshing {
            self.refreshing = false;
            self.note_link();
            let vain = self.link_is_stale(now);
            self.vain_refreshes = if vain { self.vain_refreshes + 1 } else { 0 };
        }
    }

    /// What KonPro says, with the time that such jobs really take.
    pub(super) fn estimated(
        &mut self,
        seen: &Job,
        estimate: impl Fn(&Kind, Option<u32>) -> u32,
    ) -> Job {
        self.said = seen.estimated_time.or(self.said);
        Job {
            estimated_time: Some(estimate(&self.kind, self.said)),
            ..seen.clone()
        }
    }
}
