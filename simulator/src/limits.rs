use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many requests one key may make, in windows that slide.
#[derive(Debug)]
pub(crate) struct Limits {
    windows: [(Duration, Option<u32>); 2],
    admitted: VecDeque<Instant>,
}

impl Limits {
    pub(crate) fn new(per_minute: Option<u32>, per_day: Option<u32>) -> Self {
        Self {
            windows: [(MINUTE, per_minute), (DAY, per_day)],
            admitted: VecDeque::new(),
        }
    }

    /// Whether a request may pass now. One that may not is not counted against the limits.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        while self.admitted.front().is_some_and(|at| now - *at >= DAY) {
            self.admitted.pop_front();
        }
        let exhausted = self.windows.iter().any(|(window, limit)| {
            limit.is_some_and(|limit| {
                let first_inside = self.admitted.partition_point(|at| now - *at >= *window);
                self.admitted.len() - first_inside >= limit as usize
            })
        });
        if !exhausted {
            self.admitted.push_back(now);
        }
        !exhausted
    }
}
