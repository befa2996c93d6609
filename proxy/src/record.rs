use std::time::Duration;

use konpro_api::{CreateVideo, Job, JobError, Status, code};
use konpro_job::{Instant, Machine, Pace, Request, Resend, State};
use serde::{Deserialize, Serialize};

use crate::archive::Archived;
use crate::candidates::Candidates;
use crate::estimates::Kind;
use crate::failure::{Failure, KeptFailure};
use crate::upstream::{Creation, Look};

/// A link that could not be renewed is not tried again for so long; twice as long each time.
const REFRESH_PAUSE: Duration = Duration::from_secs(5 * 60);
const LONGEST_REFRESH_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// A video that could not be copied is tried again after so long; twice as long each time.
const COPY_PAUSE: Duration = Duration::from_secs(30);
/// No longer than this, unless its link was dead: asking for another one costs a request.
const LONGEST_COPY_PAUSE: Duration = Duration::from_secs(3600);
/// KonPro keeps videos for some days: no copy is tried so long after the end.
const COPY_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Nobody waits longer for a job to begin.
const LONGEST_QUEUE: Duration = Duration::from_secs(10 * 24 * 3600);

/// One job, as it survives a restart. Changed by [`crate::tracker`] alone, and by joining.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobRecord {
    pub(crate) machine: Machine,
    /// What to make; erased when the job has ended.
    pub(crate) video: Option<CreateVideo>,
    pub(crate) kind: Kind,
    pub(crate) created: Instant,
    /// Stands for the visitor who asked first.
    pub(crate) visitor: String,
    /// Visitors who still want the video.
    holders: u32,
    /// Whether a visitor was told that there is such a job.
    pub(crate) answered: bool,
    /// KonPro's word against the job, where it came before anybody was told of it.
    refusal: Option<KeptFailure>,
    /// Documents of the idempotency keys that an answer without a job frees.
    pub(crate) keys: Vec<String>,
    /// The work that others may share.
    pub(crate) reuse: Option<String>,
    /// When KonPro took it.
    pub(crate) begun: Option<Instant>,
    pub(crate) ended: Option<Instant>,
    /// KonPro's own estimate, in seconds.
    pub(crate) said: Option<u32>,
    /// When KonPro last said that it was not finished.
    pub(crate) unfinished: Option<Instant>,
    /// When KonPro has first called about it.
    pub(crate) announced: Option<Instant>,
    /// Names the attempt at the request that is under way.
    attempt: Option<u64>,
    /// The answer to the create was lost, and no id was found since.
    unsure: bool,
    /// KonPro's ids for it, as webhooks say.
    pub(crate) candidates: Candidates,
    /// When its link was last tried to be renewed, and how often in vain.
    refreshed: Option<Instant>,
    vain_refreshes: u32,
    /// Whether that is under way.
    refreshing: bool,
    pub(crate) archive: Archiving,
}

/// Whether the video is copied to the archive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Archiving {
    /// There is no archive, or the video cannot be had.
    #[default]
    No,
    /// To be copied, after so many attempts, of which so many found a dead link, not before then.
    Wanted {
        attempts: u32,
        #[serde(default)]
        dead: u32,
        after: Instant,
    },
    Kept(Archived),
}

/// What is done about a stale link.
pub(crate) enum Refresh {
    Begun,
    UnderWay,
}

impl JobRecord {
    pub(crate) fn new(video: CreateVideo, visitor: String, created: Instant) -> Self {
        Self {
            machine: Machine::new(Resend::Never),
            kind: Kind::of(&video),
            video: Some(video),
            created,
            visitor,
            holders: 1,
            answered: false,
            refusal: None,
            keys: Vec::new(),
            reuse: None,
            begun: None,
            ended: None,
            said: None,
            unfinished: None,
            announced: None,
            attempt: None,
            unsure: false,
            candidates: Candidates::default(),
            refreshed: None,
            vain_refreshes: 0,
            refreshing: false,
            archive: Archiving::No,
        }
    }

    /// Whether the job waits in the proxy's own queue.
    pub(crate) fn is_waiting(&self) -> bool {
        *self.machine.state() == State::Idle
    }

    /// Whether KonPro has got it, as far as anybody knows.
    pub(crate) fn is_sent(&self) -> bool {
        self.machine.is_sent() || self.machine.is_over()
    }

    /// Whether there is anything left to do about it.
    pub(crate) fn is_open(&self) -> bool {
        !self.machine.is_over()
            || self.machine.poll_timeout().is_some()
            || matches!(self.archive, Archiving::Wanted { .. })
    }

    /// When the job is given up if it is not found, its create's answer being lost.
    pub(crate) fn unsure_until(&self) -> Option<Instant> {
        let unsure = matches!(self.machine.state(), State::Unsure { .. });
        self.machine.poll_timeout().filter(|_| unsure)
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.machine.state(), State::Failed(_))
    }

    /// Whether KonPro may have made, and billed, a video that nobody has.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.unsure
    }

    /// Whether KonPro refused it before anybody was told of it.
    pub(crate) fn was_refused_unheard(&self) -> bool {
        self.refusal.is_some() && !self.answered
    }

    /// One more visitor has asked for the same. False: this job is no longer worth sharing.
    pub(crate) fn join(&mut self, key: Option<String>) -> bool {
        let shareable = !self.has_failed() && self.holders < u32::MAX;
        if shareable {
            self.holders += 1;
            let unheard = key.filter(|_| !self.answered);
            self.keys.extend(unheard);
        }
        shareable
    }

    /// One visitor no longer wants it. False: it is too late, KonPro has it.
    pub(crate) fn withdraw(&mut self) -> bool {
        if self.machine.is_sent() || self.machine.is_over() {
            return false;
        }
        self.holders = self.holders.saturating_sub(1);
        self.holders > 0 || self.machine.handle_withdraw()
    }

    /// What follows from how the machine stands now.
    pub(crate) fn settle(&mut self, now: Instant) {
        if *self.machine.state() == State::Idle && now.since(self.created) > LONGEST_QUEUE {
            self.machine.handle_withdraw();
        }
        match self.machine.state() {
            State::Unsure { .. } => self.unsure = true,
            State::Waiting { .. } | State::Ready => self.unsure = false,
            _ => {}
        }
        if self.machine.is_over() {
            self.ended.get_or_insert(now);
            self.video = None;
        }
        if self.answered {
            self.keys.clear();
        }
        // Nobody is told of changes by the machine itself: whoever watches compares.
        self.machine.poll_change();
    }

    /// Another process takes over: what the last one had under way is lost.
    pub(crate) fn handle_restart(&mut self, now: Instant) {
        self.machine.handle_restart(now);
        self.attempt = None;
    }

    /// What the machine asks for now, if anything.
    pub(crate) fn due(&self, now: Instant) -> Option<Request> {
        let mut machine = self.machine.clone();
        machine.handle_timeout(now);
        machine.poll_request(now)
    }

    /// Marks the request as under way; false when it is not asked for any more. The same attempt
    /// may ask again: it may not have learnt that it was marked.
    pub(crate) fn begin(&mut self, now: Instant, attempt: u64, request: Request) -> bool {
        if self.attempt == Some(attempt) {
            return true;
        }
        let begun = self.machine.poll_request(now) == Some(request);
        if begun {
            self.attempt = Some(attempt);
        }
        begun
    }

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
            let vain = self.machine.link_is_stale(now);
            self.vain_refreshes = if vain { self.vain_refreshes + 1 } else { 0 };
        }
    }

    /// What KonPro says, with the time that such jobs really take.
    fn estimated(&mut self, seen: &Job, estimate: impl Fn(&Kind, Option<u32>) -> u32) -> Job {
        self.said = seen.estimated_time.or(self.said);
        Job {
            estimated_time: Some(estimate(&self.kind, self.said)),
            ..seen.clone()
        }
    }

    /// KonPro calls, and may name an id.
    pub(crate) fn handle_webhook(&mut self, now: Instant, video_id: Option<&str>) {
        match (self.machine.state(), video_id) {
            (State::Waiting { .. }, _) => {
                self.announced.get_or_insert(now);
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

    /// What there is to do, or to wait for, about the link: nothing where it is fresh and not the one
    /// that was found `dead`, or was tried in vain a short while ago.
    pub(crate) fn refresh(&mut self, now: Instant, dead: Option<&str>) -> Option<Refresh> {
        if !self.wants_refresh(now, dead) {
            return None;
        }
        let pause = REFRESH_PAUSE * (1 << self.vain_refreshes.min(9));
        let pause = pause.min(LONGEST_REFRESH_PAUSE);
        if self.refreshed.is_some_and(|last| now.since(last) < pause) {
            return self.refreshing.then_some(Refresh::UnderWay);
        }
        self.refreshed = Some(now);
        self.refreshing = true;
        self.machine.handle_refresh(now);
        Some(Refresh::Begun)
    }

    /// Whether `refresh` would say anything: most often it does not, and not for its age alone where
    /// the operator has a copy.
    pub(crate) fn wants_refresh(&self, now: Instant, dead: Option<&str>) -> bool {
        let is_dead = || dead.is_some() && dead == self.machine.job().video_url.as_deref();
        let is_copied = matches!(self.archive, Archiving::Kept(_));
        !is_copied && self.machine.link_is_stale(now) || is_dead()
    }

    pub(crate) fn is_refreshing(&self) -> bool {
        self.refreshing
    }

    /// The video has just been finished, and there is an archive.
    pub(crate) fn want_archiving(&mut self, now: Instant) {
        if *self.machine.state() == State::Ready && matches!(self.archive, Archiving::No) {
            self.archive = Archiving::Wanted {
                attempts: 0,
                dead: 0,
                after: now,
            };
        }
    }

    /// When the video is to be copied, if at all.
    pub(crate) fn archiving_due(&self) -> Option<Instant> {
        match self.archive {
            Archiving::Wanted { after, .. } => Some(after),
            Archiving::No | Archiving::Kept(_) => None,
        }
    }

    /// The video was not copied: a fresh link may help, or time. Whoever is erased after `keep` has
    /// no more time than that.
    pub(crate) fn handle_archiving_failed(&mut self, now: Instant, stale: bool, keep: Duration) {
        let Archiving::Wanted { attempts, dead, .. } = self.archive else {
            return;
        };
        let limit = COPY_LIMIT.min(keep);
        if self.ended.is_some_and(|ended| now.since(ended) >= limit) {
            self.archive = Archiving::No;
            return;
        }
        let pause = |tried: u32| COPY_PAUSE.saturating_mul(1 << tried.min(16));
        let wait = match stale {
            true => pause(dead),
            false => pause(attempts).min(LONGEST_COPY_PAUSE),
        };
        self.archive = Archiving::Wanted {
            attempts: attempts.saturating_add(1),
            dead: dead.saturating_add(stale.into()),
            after: now.after(wait),
        };
        if stale {
            self.machine.handle_refresh(now);
        }
    }

    /// What to answer to the visitor who asked; `None` while KonPro's word may still come at once,
    /// and while nobody knows whether the job has to wait.
    pub(crate) fn word(&mut self, queued: bool) -> Option<Result<(), Failure>> {
        if let (Some(refusal), false) = (&self.refusal, self.answered) {
            return Some(Err(refusal.into()));
        }
        let wait = match self.machine.state() {
            State::Sending { .. } if !self.machine.is_put_off() => true,
            State::Idle | State::Sending { .. } => !queued,
            _ => false,
        };
        if wait && !self.answered {
            return None;
        }
        self.answered = true;
        Some(Ok(()))
    }
}

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
