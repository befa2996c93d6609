use std::time::Duration;

use konpro_api::{CreateVideo, Job, Status};
use konpro_job::{Instant, Machine, Request, Resend, State};

use crate::failure::Failure;
use crate::upstream::{Creation, Look};

/// A link that could not be renewed is not tried again for so long.
const REFRESH_PAUSE: Duration = Duration::from_secs(5 * 60);

/// One job, as it would survive a restart. Only the tracker changes it.
#[derive(Clone, Debug)]
pub(crate) struct JobRecord {
    pub(crate) machine: Machine,
    /// What to make; erased when the job has ended.
    pub(crate) video: Option<CreateVideo>,
    pub(crate) created: Instant,
    /// Whether a visitor was told that there is such a job.
    pub(crate) answered: bool,
    /// KonPro's word against the job, where it came before anybody was told of it.
    pub(crate) refusal: Option<Failure>,
    /// When its link was last tried to be renewed.
    refreshed: Option<Instant>,
    /// Whether that is under way.
    refreshing: bool,
}

/// What one step of a job asks for.
pub(crate) struct Step {
    pub(crate) request: Option<Request>,
    pub(crate) changed: Option<Job>,
    pub(crate) wake: Option<Instant>,
    pub(crate) over: bool,
}

/// What is done about a stale link.
pub(crate) enum Refresh {
    Begun,
    UnderWay,
}

impl JobRecord {
    pub(crate) fn new(video: CreateVideo, created: Instant) -> Self {
        Self {
            machine: Machine::new(Resend::Never),
            video: Some(video),
            created,
            answered: false,
            refusal: None,
            refreshed: None,
            refreshing: false,
        }
    }

    /// Whether the job waits in the proxy's own queue.
    pub(crate) fn is_waiting(&self) -> bool {
        *self.machine.state() == State::Idle
    }

    /// Takes KonPro's answer to the create. True says that it was refused before anybody heard of
    /// the job.
    pub(crate) fn handle_creation(&mut self, now: Instant, creation: Creation) -> bool {
        match creation {
            Creation::Taken(seen, retry_after) => {
                self.machine.handle_sighting(now, &seen, retry_after);
            }
            Creation::Refused(failure) => {
                let error = failure.clone().into_job_error();
                self.machine.handle_refused(error);
                self.refusal = Some(failure);
                return !self.answered;
            }
            Creation::NotSent(retry_after) => self.machine.handle_not_sent(now, retry_after),
            Creation::Lost => self.machine.handle_lost(now, None),
        }
        false
    }

    /// Takes KonPro's answer to a look.
    pub(crate) fn handle_look(&mut self, now: Instant, look: Look) {
        match look {
            Look::Seen(seen, retry_after) => {
                // The status call need not repeat whose status it is.
                let job_id = self.machine.job().job_id;
                let seen = Job { job_id, ..*seen };
                self.machine.handle_sighting(now, &seen, retry_after);
            }
            Look::Missing => self.machine.handle_missing(now),
            Look::NotSent(retry_after) => self.machine.handle_not_sent(now, retry_after),
            Look::Lost(retry_after) => self.machine.handle_lost(now, retry_after),
        }
        self.refreshing = false;
    }

    /// Moves the job on to `now`, and says what that asks for.
    pub(crate) fn step(&mut self, now: Instant) -> Step {
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

    /// What there is to do, or to wait for, about the link: nothing where it is fresh, or was tried
    /// in vain a short while ago.
    pub(crate) fn refresh(&mut self, now: Instant) -> Option<Refresh> {
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
    pub(crate) fn word(&mut self) -> Option<Result<(), Failure>> {
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
