use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::Instant;

/// Tokio's clock, read as a time of day: a paused test owns both.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    started: Instant,
    epoch: SystemTime,
}

impl Clock {
    pub(crate) fn starting_at(epoch: SystemTime) -> Self {
        Self {
            started: Instant::now(),
            epoch,
        }
    }

    /// Unix time in whole seconds.
    pub(crate) fn unix_seconds(&self, at: Instant) -> u64 {
        self.since_unix_epoch(at).as_secs()
    }

    /// RFC 3339, in whole seconds.
    pub(crate) fn rfc3339(&self, at: Instant) -> String {
        rfc3339(self.unix_seconds(at))
    }

    fn since_unix_epoch(&self, at: Instant) -> Duration {
        let time_of_day = self.epoch + at.saturating_duration_since(self.started);
        time_of_day
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// Writes Unix seconds as RFC 3339.
pub(crate) fn rfc3339(unix_seconds: u64) -> String {
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
        .to_string()
}
