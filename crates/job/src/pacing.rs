//! When looking again is worth a request.
//!
//! A look costs budget, a video noticed late costs the visitor's patience. So nobody looks before
//! the video can be there, and from then on the gaps grow with the time that has passed: whatever
//! the estimate was worth, a finished video is noticed after a tenth of that time at most.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Share of the estimate after which the first look is worth its cost. An estimate that is a
/// quarter too long or too short is then still met within six looks.
const FIRST_LOOK: f64 = 0.828;
/// Each look comes this much later, counted from the start, than the one before.
const STEP: f64 = 1.1;
/// The same without an estimate, when the end may be anywhere.
const BLIND_FIRST_LOOK: Duration = Duration::from_secs(20);
const BLIND_STEP: f64 = 1.2;
/// A hint makes for a look no sooner after the last one.
pub(crate) const HINT_GAP: Duration = Duration::from_secs(2);
/// So many hints in a row that bring nothing new are heeded.
pub(crate) const MOST_HINTS: u32 = 8;
/// No two looks are closer than this, however short the estimate.
pub(crate) const SHORTEST_GAP: Duration = Duration::from_secs(1);
/// No two looks are further apart than this, however long the job takes, unless they are scarce.
const LONGEST_GAP: Duration = Duration::from_secs(60);
/// While news are pushed, looks only guard against a stream that died unnoticed.
const PUSHED_GAP: Duration = Duration::from_secs(45);

/// The first look of one who is told of the end waits this much longer than the estimate.
const ANNOUNCED_FIRST_LOOK: f64 = 1.5;
const ANNOUNCED_GRACE: Duration = Duration::from_secs(30);
const ANNOUNCED_BLIND: Duration = Duration::from_secs(300);
const ANNOUNCED_STEP: f64 = 1.5;
const LONGEST_ANNOUNCED_GAP: Duration = Duration::from_secs(600);

/// How close looks may be, as far as that depends on more than the one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// In percent, from 25 to 400: gaps are stretched by as much where requests are scarce, and
    /// shortened where there are plenty.
    pub stretch: u32,
    /// The other side calls when the job ends: looks only guard against a call that was lost.
    pub announced: bool,
    /// Each look costs: the other side's word on when to look again only ever puts it off.
    #[serde(default)]
    pub frugal: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            stretch: 100,
            announced: false,
            frugal: false,
        }
    }
}

impl Pace {
    /// The longest gap, longer where requests are scarce.
    fn longest(self) -> Duration {
        LONGEST_GAP * self.stretch.clamp(100, 400) / 100
    }

    /// The share of the estimate after which the first look is worth its cost, and how much later
    /// each next one comes.
    fn first_and_step(self, first: f64, step: f64) -> (f64, f64) {
        let stretch = f64::from(self.stretch.clamp(25, 400)) / 100.0;
        // Scarcity waits until nearly the estimate; plenty begins a little earlier.
        let first = match stretch {
            ..1.0 => first * (0.92 + 0.08 * stretch),
            _ => first * (1.0 + 0.06 * (stretch - 1.0)),
        };
        (first, 1.0 + (step - 1.0) * stretch)
    }
}

/// How long to wait before the next look, `elapsed` into a job estimated to take `estimate`.
///
/// ```
/// use std::time::Duration;
/// use konpro_job::{Pace, pacing::until_next_look};
///
/// let (minute, pace) = (Duration::from_secs(60), Pace::default());
/// assert_eq!(until_next_look(Duration::ZERO, Some(2 * minute), false, pace), Duration::from_millis(99_360));
/// assert_eq!(until_next_look(2 * minute, Some(2 * minute), false, pace), Duration::from_secs(12));
/// // Requests are scarce: half as often.
/// let scarce = Pace { stretch: 200, ..pace };
/// assert_eq!(until_next_look(2 * minute, Some(2 * minute), false, scarce), Duration::from_secs(24));
/// // A webhook is expected: only if it is long overdue.
/// let announced = Pace { announced: true, ..pace };
/// assert_eq!(until_next_look(Duration::ZERO, Some(2 * minute), false, announced), Duration::from_secs(210));
/// ```
pub fn until_next_look(
    elapsed: Duration,
    estimate: Option<Duration>,
    pushed: bool,
    pace: Pace,
) -> Duration {
    let (first, step, longest) = match estimate {
        _ if pace.announced => {
            let first = estimate.map(|it| it.mul_f64(ANNOUNCED_FIRST_LOOK) + ANNOUNCED_GRACE);
            let first = first.unwrap_or(ANNOUNCED_BLIND);
            (first, ANNOUNCED_STEP, LONGEST_ANNOUNCED_GAP)
        }
        Some(estimate) => {
            let (first, step) = pace.first_and_step(FIRST_LOOK, STEP);
            (estimate.mul_f64(first), step, pace.longest())
        }
        None => {
            let (_, step) = pace.first_and_step(1.0, BLIND_STEP);
            (BLIND_FIRST_LOOK, step, pace.longest())
        }
    };
    // The wait for the first look may be long. One that was made shortly before is not followed at once by another.
    let gap = first
        .saturating_sub(elapsed)
        .max(elapsed.mul_f64(step - 1.0).min(longest))
        .max(SHORTEST_GAP);
    if pushed { gap.max(PUSHED_GAP) } else { gap }
}

/// How long to wait after `lost` requests in a row came to nothing, 1 being the first.
pub fn until_retry(lost: u32, pace: Pace) -> Duration {
    Duration::from_secs(1 << lost.min(8)).min(pace.longest())
}
