use konpro_api::JobError;
use serde::{Deserialize, Serialize};

use crate::Instant;

/// What may be done about an ask whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resend {
    /// Nothing: KonPro would make, and bill, a second video.
    Never,
    /// Ask again: the proxy knows the ask by its `Idempotency-Key`.
    SameKey,
}

/// Where a job is in its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Not asked for yet.
    Idle,
    /// Asked for since `since`: to be sent, or on its way.
    Sending {
        /// When the ask came.
        since: Instant,
    },
    /// Sent, and the answer was lost: there may be a video, there may be none.
    Unsure {
        /// When the answer was given up.
        since: Instant,
    },
    /// The other side works on it.
    Waiting {
        /// When the work began, as far as pacing cares.
        since: Instant,
        /// When anything last changed that a visitor could see.
        changed: Instant,
        /// When the other side last said anything.
        heard: Instant,
        /// How often in a row it said nothing new.
        unchanged: u32,
    },
    /// There is a video.
    Ready,
    /// There is none, and there will not be.
    Failed(JobError),
}

impl State {
    /// Work begins now.
    pub(crate) fn waiting(now: Instant) -> Self {
        State::Waiting {
            since: now,
            changed: now,
            heard: now,
            unchanged: 0,
        }
    }
}
