//! The finished video: its link, which grows old, and the operator's copy.

use std::time::Duration;

use konpro_job::{Instant, State};
use serde::{Deserialize, Serialize};

use super::JobRecord;
use crate::archive::Archived;
use crate::links;

/// A link that could not be renewed is not tried again for so long; twice as long each time.
const REFRESH_PAUSE: Duration = Duration::from_secs(5 * 60);
/// No link works for longer than this.
const LONGEST_LINK: Duration = Duration::from_secs(30 * 24 * 3600);
/// A link that ends to work so soon is no longer given out.
const LINK_MARGIN: Duration = Duration::from_secs(60);
const LONGEST_REFRESH_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// A video that could not be copied is tried again after so long; twice as long each time.
const COPY_PAUSE: Duration = Duration::from_secs(30);
/// No longer than this, unless its link was dead: asking for another one costs a request.
const LONGEST_COPY_PAUSE: Duration = Duration::from_secs(3600);
/// KonPro keeps videos for some days: no copy is tried so long after the end.
const COPY_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Whether the video is copied to the archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// What there is to do, or to wait for, about the link: nothing where it is fresh and not the one
    /// that was found `dead`, or was tried in vain a short while ago.
    pub(crate) fn refresh(&mut self, now: Instant, dead: Option<&str>) -> Option<Refresh> {
        if !self.wants_refresh(now, dead) {
            return None;
        }
        // However many come meanwhile: one request is for them all.
        if self.refreshing && self.machine.poll_timeout().is_some() {
            return Some(Refresh::UnderWay);
        }
        let pause = match (self.vain_refreshes, dead) {
            (0, None) => Duration::ZERO,
            (vain, _) => REFRESH_PAUSE * (1 << vain.saturating_sub(1).min(9)),
        };
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
        !is_copied && self.link_is_stale(now) || is_dead()
    }

    /// What the link says of itself counts; else its age does.
    pub(super) fn link_is_stale(&self, now: Instant) -> bool {
        match (self.link_ends, self.machine.link_seen()) {
            // What is in the past, or too far away, means something else.
            (Some(ends), Some(seen)) if seen < ends && ends.since(seen) <= LONGEST_LINK => {
                let margin = (ends.since(seen) / 10).min(LINK_MARGIN);
                now.after(margin) >= ends
            }
            _ => self.machine.link_is_stale(now),
        }
    }

    /// Notes when the link ends to work: reading it each time would take longer than all else.
    pub(super) fn note_link(&mut self) {
        let ready = *self.machine.state() == State::Ready;
        let link = ready.then(|| self.machine.job().video_url).flatten();
        self.link_ends = link.as_deref().and_then(links::expires);
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
        // Not for longer than there is anybody to keep it for.
        let last = self.ended.unwrap_or(now).after(limit);
        self.archive = Archiving::Wanted {
            attempts: attempts.saturating_add(1),
            dead: dead.saturating_add(stale.into()),
            after: now.after(wait).min(last),
        };
        if stale {
            self.machine.handle_refresh(now);
        }
    }
}
