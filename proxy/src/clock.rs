use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use konpro_job::Instant;

/// The time of day, counted on from one moment by tokio's clock: a test that pauses tokio's clock
/// owns this one, too.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: Duration,
    start: tokio::time::Instant,
}

impl Clock {
    /// A clock that reads `epoch` now.
    pub fn starting_at(epoch: SystemTime) -> Self {
        let epoch = epoch.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            epoch,
            start: tokio::time::Instant::now(),
        }
    }

    /// The present moment, in milliseconds since the Unix epoch.
    pub fn now(&self) -> Instant {
        Instant::default().after(self.epoch + self.start.elapsed())
    }
}

/// `2026-11-23T12:00:00Z`, in whole seconds.
pub(crate) fn rfc3339(instant: Instant) -> String {
    let seconds = i64::try_from(instant.as_millis() / 1000).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds)
        .unwrap_or(Timestamp::MAX)
        .to_string()
}
