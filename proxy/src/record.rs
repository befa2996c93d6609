mod answers;
mod candidates;
mod doubt;
mod told;
mod videos;

use std::time::Duration;

use konpro_api::CreateVideo;
use konpro_job::{Instant, Machine, Request, Resend, State};
use serde::{Deserialize, Serialize};

use crate::estimates::Kind;
use crate::failure::KeptFailure;

use candidates::Candidates;
pub(crate) use told::Holding;
pub(crate) use videos::{Archiving, Refresh};

/// Nobody waits longer for a job to begin.
const LONGEST_QUEUE: Duration = Duration::from_secs(10 * 24 * 3600);

/// One job, as it survives a restart. Changed by [`crate::tracker`] alone, and by joining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Whether a visitor was told that there is such a job, or KonPro has taken it: it stays one, whatever
    /// becomes of it.
    pub(crate) answered: bool,
    /// KonPro's word against the job, where it came before anybody was told of it.
    refusal: Option<KeptFailure>,
    /// Documents of the idempotency keys that an answer without a job frees.
    pub(crate) keys: Vec<String>,
    /// When KonPro took it.
    pub(crate) begun: Option<Instant>,
    pub(crate) ended: Option<Instant>,
    /// KonPro's own estimate, in seconds.
    pub(crate) said: Option<u32>,
    /// When KonPro last said that it was not finished.
    pub(crate) unfinished: Option<Instant>,
    /// When KonPro has last called about it, since it said that it was not finished.
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
    /// When the link ends to work, as it says itself.
    link_ends: Option<Instant>,
    pub(crate) archive: Archiving,
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
            link_ends: None,
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
            self.machine.handle_waited_in_vain();
        }
        match self.machine.state() {
            State::Unsure { .. } => self.unsure = true,
            State::Waiting { .. } | State::Ready => self.unsure = false,
            _ => {}
        }
        if self.machine.is_over() {
            self.ended.get_or_insert(now);
            self.video = None;
            self.note_link();
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

    /// Marks the request as under way, a waiting job's create as well; false when it is not asked for any
    /// more. The same attempt may ask again: it may not have learnt that it was marked.
    pub(crate) fn begin(&mut self, now: Instant, attempt: u64, request: Request) -> bool {
        if self.attempt == Some(attempt) {
            return true;
        }
        if request == Request::Create {
            self.machine.handle_ask(now);
        }
        let begun = self.machine.poll_request(now) == Some(request);
        if begun {
            self.attempt = Some(attempt);
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_too_long_is_not_told_that_it_was_withdrawn() {
        let asked = Instant::from_millis(1_800_000_000_000);
        let mut record = JobRecord::new(CreateVideo::default(), String::new(), asked);
        record.settle(asked.after(LONGEST_QUEUE));
        assert!(record.is_waiting());
        record.settle(asked.after(LONGEST_QUEUE + Duration::from_secs(1)));
        let error = record.machine.job().error;
        let message = error.map(|error| error.message).unwrap_or_default();
        assert!(message.contains("waited too long"), "{message}");
    }
}
