//! When looking again is worth a request.
//!
//! A look costs budget, a video noticed late costs the visitor's patience. So nobody looks before
//! the video can be there, and from then on the gaps grow with the time that has passed: whatever
//! the estimate was worth, a finished video is noticed after a tenth of that time at most.

use std::time::Duration;

/// Share of the estimate after which the first look is worth its cost. An estimate that is a
/// quarter too long or too short is then still met within six looks.
const FIRST_LOOK: f64 = 0.828;
/// Each look comes this much later, counted from the start, than the one before.
const STEP: f64 = 1.1;
/// The same without an estimate, when the end may be anywhere.
const BLIND_FIRST_LOOK: Duration = Duration::from_secs(20);
const BLIND_STEP: f64 = 1.2;
/// No two looks are closer than this, however short the estimate.
pub(crate) const SHORTEST_GAP: Duration = Duration::from_secs(1);
/// No two looks are further apart than this, however long the job takes.
const LONGEST_GAP: Duration = Duration::from_secs(60);
/// While news are pushed, looks only guard against a stream that died unnoticed.
const PUSHED_GAP: Duration = Duration::from_secs(45);

/// How long to wait before the next look, `elapsed` into a job estimated to take `estimate`.
///
/// ```
/// use std::time::Duration;
/// use konpro_job::pacing::until_next_look;
///
/// let minute = Duration::from_secs(60);
/// assert_eq!(until_next_look(Duration::ZERO, Some(2 * minute), false), Duration::from_millis(99_360));
/// assert_eq!(until_next_look(2 * minute, Some(2 * minute), false), Duration::from_secs(12));
/// ```
pub fn until_next_look(elapsed: Duration, estimate: Option<Duration>, pushed: bool) -> Duration {
    let (first, step) = match estimate {
        Some(estimate) => (estimate.mul_f64(FIRST_LOOK), STEP),
        None => (BLIND_FIRST_LOOK, BLIND_STEP),
    };
    let next = if elapsed < first {
        first
    } else {
        elapsed.mul_f64(step)
    };
    let gap = (next - elapsed).max(SHORTEST_GAP);
    // Before the first look the gap is the wait for the estimate, which may be long.
    let gap = if elapsed < first {
        gap
    } else {
        gap.min(LONGEST_GAP)
    };
    if pushed { gap.max(PUSHED_GAP) } else { gap }
}

/// How long to wait after `lost` requests in a row came to nothing, 1 being the first.
pub fn until_retry(lost: u32) -> Duration {
    Duration::from_secs(1 << lost.min(6)).min(LONGEST_GAP)
}

/// stub
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pace {
    /// s
    pub stretch: u32,
    /// a
    pub announced: bool,
}
