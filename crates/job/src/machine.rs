use std::time::Duration;

use konpro_api::{Job, JobError, Status, code};
use serde::{Deserialize, Serialize};

use crate::request::Schedule;
use crate::{Instant, Pace, Request, Resend, Sighting, State, pacing};

/// How long an ask may stay without the other side taking it.
const SEND_LIMIT: Duration = Duration::from_secs(23 * 3600);
/// How long it stays open whether a lost answer made a job.
const UNSURE_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How long a job may go on without any change, at the least; ten times its estimate otherwise.
const STUCK_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How long the other side may be silent.
const SILENCE_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// Time alone proves nothing, the computer may have slept: so many requests must have failed, or
/// brought nothing new, too.
const ENOUGH: u32 = 5;
/// A job just made may not be known everywhere yet: so many looks must say that there is none.
const ENOUGH_DENIED: u32 = 3;
/// A link is asked for anew after this time; seven days are documented.
const LINK_FRESH: Duration = Duration::from_secs(24 * 3600);

/// One job: what is known of it, and what is to be done about it.
///
/// Whatever the order in which news come, lost, repeated or late: one ask makes at most one paid
/// submission, an end is never left, and every wait has an end. Written out by serde and read back
/// it is the same machine; call [`handle_restart`](Self::handle_restart) then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    resend: Resend,
    state: State,
    job_id: String,
    seen: Sighting,
    schedule: Schedule,
    pushed: bool,
    #[serde(default)]
    pace: Pace,
    /// Hints in a row that brought nothing new.
    #[serde(default)]
    hints: u32,
    /// Whether `poll_change` has something to tell.
    changed: bool,
}

impl Machine {
    /// A job that nobody has asked for yet.
    pub fn new(resend: Resend) -> Self {
        Self {
            resend,
            state: State::Idle,
            job_id: String::new(),
            seen: Sighting::nothing(),
            schedule: Schedule::never(),
            pushed: false,
            pace: Pace::default(),
            hints: 0,
            changed: false,
        }
    }

    /// A job that somebody else asked for: only watched, from `now` on.
    pub fn watch(job_id: String, now: Instant) -> Self {
        Self {
            state: State::waiting(now),
            job_id,
            schedule: Schedule::at_once(now),
            ..Self::new(Resend::Never)
        }
    }

    /// Where the job is in its life.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// All that is known. The `job_id` is empty as long as the other side gave none.
    pub fn job(&self) -> Job {
        let job = self.seen.job(&self.job_id);
        match &self.state {
            State::Idle | State::Sending { .. } => Job {
                status: Status::Pending,
                ..job
            },
            State::Unsure { .. } => Job {
                status: Status::Processing,
                ..job
            },
            State::Waiting { .. } | State::Ready => job,
            State::Failed(error) => Job {
                status: Status::Failed,
                error: Some(error.clone()),
                queue_position: None,
                ..job
            },
        }
    }

    /// Whether nothing more will happen, but for a link that may be asked for anew.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ready | State::Failed(_))
    }

    /// Whether the other side may have got the ask: from then on it cannot be withdrawn.
    pub fn is_sent(&self) -> bool {
        match self.state {
            State::Idle => false,
            State::Sending { .. } => self.schedule.under_way(),
            _ => true,
        }
    }

    /// Whether the ask was put off: the other side would not take it for now.
    pub fn is_put_off(&self) -> bool {
        let sending = matches!(self.state, State::Sending { .. });
        sending && self.schedule.lost > 0 && !self.schedule.under_way()
    }

    /// Whether the link to the video is old enough to be asked for anew.
    pub fn link_is_stale(&self, now: Instant) -> bool {
        let age = self.seen.link_seen().map(|seen| now.since(seen));
        self.state == State::Ready && age.is_none_or(|age| age >= LINK_FRESH)
    }

    /// When the link to the video was given.
    pub fn link_seen(&self) -> Option<Instant> {
        self.seen.link_seen()
    }

    /// The visitor wants the video. Heard once; a second video is a second machine.
    pub fn handle_ask(&mut self, now: Instant) {
        if self.state == State::Idle {
            self.state = State::Sending { since: now };
            self.schedule = Schedule::at_once(now);
            self.changed = true;
        }
    }

    /// The visitor no longer wants it. True when it was not sent yet and so never will be.
    pub fn handle_withdraw(&mut self) -> bool {
        let unsent = !self.is_sent() && !self.is_over();
        if unsent {
            self.fail(code::CANCELLED, "Withdrawn before it was sent.");
        }
        unsent
    }

    /// Its turn to be sent did not come in all the time that there was. Later it no longer can.
    pub fn handle_waited_in_vain(&mut self) {
        if self.state == State::Idle {
            let message = "The job waited too long for its turn, and was not sent.";
            self.fail(code::UPSTREAM_UNAVAILABLE, message);
        }
    }

    /// The other side says how the job stands: an answer, or pushed news.
    ///
    /// `retry_after` is its word on when looking again makes sense.
    pub fn handle_sighting(&mut self, now: Instant, job: &Job, retry_after: Option<Duration>) {
        let before = self.job();
        let another = !self.job_id.is_empty() && job.job_id != self.job_id;
        match self.state {
            State::Idle | State::Failed(_) => return,
            _ if job.job_id.is_empty() || another => return self.handle_lost(now, retry_after),
            State::Sending { .. } | State::Unsure { .. } => {
                self.job_id.clone_from(&job.job_id);
                self.state = State::waiting(now);
            }
            State::Waiting { .. } | State::Ready => {}
        }
        let sighting = Sighting::of(job, now);
        if self.state == State::Ready && sighting.status() != Status::Completed {
            return self.schedule = Schedule::never();
        }
        self.seen = self.seen.clone().merge(sighting);
        let after = self.job();
        self.changed |= after != before;
        // That the estimate has moved is no sign of life.
        let news = Job {
            estimated_time: before.estimated_time,
            ..after
        } != before;
        if news {
            self.hints = 0;
        }
        let State::Waiting {
            since,
            changed,
            unchanged,
            ..
        } = self.state
        else {
            return self.schedule = Schedule::never();
        };
        self.state = State::Waiting {
            since,
            changed: if news { now } else { changed },
            heard: now,
            unchanged: if news { 0 } else { unchanged + 1 },
        };
        match self.seen.status() {
            Status::Completed => self.end(State::Ready),
            Status::Failed => {
                let error = self.seen.job("").error;
                let error = error.unwrap_or_else(|| JobError::new(code::PROCESSING_ERROR, ""));
                self.end(State::Failed(error));
            }
            Status::Pending | Status::Processing => self.plan_look(now, retry_after),
        }
    }

    /// The other side refuses the ask for good, or turns out not to have taken it.
    pub fn handle_refused(&mut self, error: JobError) {
        if matches!(self.state, State::Sending { .. } | State::Unsure { .. }) {
            self.end(State::Failed(error));
        }
    }

    /// The request certainly did nothing: refused for now, or the connection never opened.
    pub fn handle_not_sent(&mut self, now: Instant, retry_after: Option<Duration>) {
        if !self.schedule.under_way() {
            return;
        }
        self.schedule.retry(now, retry_after, self.pace);
        if self.state == State::Ready && self.schedule.lost >= ENOUGH_DENIED {
            // The old link may still do; whoever finds that it does not will ask again.
            self.schedule = Schedule::never();
        }
        self.give_up(now);
    }

    /// The request's answer is missing or makes no sense: nobody knows what it did.
    pub fn handle_lost(&mut self, now: Instant, retry_after: Option<Duration>) {
        let sending = matches!(self.state, State::Sending { .. });
        if sending && self.resend == Resend::Never && self.schedule.under_way() {
            self.state = State::Unsure { since: now };
            self.schedule = Schedule::never();
            self.changed = true;
        } else {
            self.handle_not_sent(now, retry_after);
        }
    }

    /// The other side knows no such job.
    pub fn handle_missing(&mut self, now: Instant) {
        let message = "There is no such job any more.";
        self.handle_denied(now, JobError::new(code::RESOURCE_NOT_FOUND, message));
    }

    /// The other side will not say how the job stands; believed when it has said so repeatedly.
    pub fn handle_denied(&mut self, now: Instant, error: JobError) {
        self.schedule.denied += u32::from(self.schedule.under_way());
        self.handle_not_sent(now, None);
        match self.state {
            State::Waiting { .. } if self.schedule.denied >= ENOUGH_DENIED => {
                self.end(State::Failed(error));
            }
            // The video is gone, or its link has to do.
            State::Ready => self.schedule = Schedule::never(),
            _ => {}
        }
    }

    /// News are pushed from now on, or no longer: looks are rare, or needed again.
    pub fn handle_push(&mut self, now: Instant, open: bool) {
        let was_open = std::mem::replace(&mut self.pushed, open);
        if matches!(self.state, State::Waiting { .. }) && was_open && !open {
            self.schedule.hasten(pacing::until_retry(1, self.pace), now);
        }
    }

    /// How close looks may be from now on; what is planned already stays.
    pub fn handle_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Something suggests that looking now is worth it: the network is back, a webhook came.
    ///
    /// Who sends many for nothing is no longer listened to, until something changes.
    pub fn handle_hint(&mut self, now: Instant) {
        match self.state {
            State::Sending { .. } => self.schedule.hasten(Duration::ZERO, now),
            State::Waiting { heard, .. } if self.hints < pacing::MOST_HINTS => {
                self.hints += 1;
                let wait = pacing::HINT_GAP.saturating_sub(now.since(heard));
                self.schedule.hasten(wait, now);
            }
            _ => {}
        }
    }

    /// The link did not work, or is stale: ask for a fresh one.
    pub fn handle_refresh(&mut self, now: Instant) {
        if self.state == State::Ready {
            self.schedule.hasten(Duration::ZERO, now);
        }
    }

    /// The driver began anew with a machine that was written out: what was under way is lost.
    pub fn handle_restart(&mut self, now: Instant) {
        self.pushed = false;
        self.handle_lost(now, None);
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.schedule.overdue(now) {
            self.handle_lost(now, None);
        }
        self.give_up(now);
    }

    /// The request to make now, if any. It counts as under way until its outcome is handled.
    pub fn poll_request(&mut self, now: Instant) -> Option<Request> {
        let request = match self.state {
            State::Sending { .. } => Request::Create,
            State::Waiting { .. } | State::Ready => Request::Look,
            State::Idle | State::Unsure { .. } | State::Failed(_) => return None,
        };
        self.schedule.begin(now).then_some(request)
    }

    /// The job, once after each change that a visitor could see.
    pub fn poll_change(&mut self) -> Option<Job> {
        let changed = std::mem::take(&mut self.changed);
        changed.then(|| self.job())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) and
    /// [`poll_request`](Self::poll_request) next. Absent when only news can change anything.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Unsure { since } => Some(since.after(UNSURE_LIMIT)),
            _ => self.schedule.wake(),
        }
    }

    fn plan_look(&mut self, now: Instant, retry_after: Option<Duration>) {
        let State::Waiting { since, .. } = self.state else {
            return;
        };
        let estimate = self
            .seen
            .estimated_time()
            .map(|s| Duration::from_secs(s.into()));
        let paced = pacing::until_next_look(now.since(since), estimate, self.pushed, self.pace);
        let wait = match retry_after {
            // Meant for those who would hear nothing otherwise.
            Some(told) if self.pushed || self.pace.frugal => told.max(paced),
            Some(told) => told.max(pacing::SHORTEST_GAP),
            None => paced,
        };
        self.schedule = Schedule::after(wait, retry_after, now);
        self.give_up(now);
    }

    fn give_up(&mut self, now: Instant) {
        let lost_enough = self.schedule.lost >= ENOUGH;
        match self.state {
            State::Sending { since } if lost_enough && now.since(since) >= SEND_LIMIT => {
                self.fail(
                    code::UPSTREAM_UNAVAILABLE,
                    "The job was not taken within a day.",
                );
            }
            State::Unsure { since } if now.since(since) >= UNSURE_LIMIT => {
                self.fail(
                    code::UPSTREAM_TIMEOUT,
                    "The answer was lost and no video appeared.",
                );
            }
            State::Waiting {
                changed,
                heard,
                unchanged,
                ..
            } => {
                let estimate = self.seen.estimated_time().unwrap_or_default();
                let patience = match self.job().queue_position {
                    // Whoever knows its place knows that it is not stuck.
                    Some(_) => SILENCE_LIMIT,
                    None => STUCK_LIMIT.max(Duration::from_secs(10 * u64::from(estimate))),
                };
                let silent = lost_enough && now.since(heard) >= SILENCE_LIMIT;
                let stuck = unchanged >= ENOUGH && heard.since(changed) >= patience;
                if silent || stuck {
                    self.fail(code::UPSTREAM_TIMEOUT, "The job did not end in time.");
                }
            }
            _ => {}
        }
    }

    fn fail(&mut self, code: &str, message: &str) {
        self.end(State::Failed(JobError::new(code, message)));
    }

    fn end(&mut self, state: State) {
        self.state = state;
        self.schedule = Schedule::never();
        self.changed = true;
    }
}
