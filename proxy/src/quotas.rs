//! How many videos may be asked for: by one visitor, and by all together.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use konpro_api::Quota;
use konpro_job::Instant;
use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// More than this is no limit.
const MOST: u32 = 100_000;

/// So many videos in any such time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    videos: u32,
    window: Duration,
}

impl Rate {
    /// So many in any 24 hours.
    pub(crate) fn per_day(videos: u32) -> Self {
        let window = DAY;
        Self { videos, window }
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "a number of videos and a time are needed, such as 20/hour, 5/day or 2/minute; or none"
                .to_owned()
        };
        let (videos, window) = text.trim().split_once('/').ok_or_else(wrong)?;
        let window = match window.trim() {
            "minute" => MINUTE,
            "hour" => HOUR,
            "day" => DAY,
            _ => return Err(wrong()),
        };
        let videos = videos.trim().parse().map_err(|_| wrong())?;
        match videos {
            1..=MOST => Ok(Self { videos, window }),
            _ => Err(wrong()),
        }
    }
}

/// When one visitor asked for videos: in any window, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spent {
    videos: Vec<Instant>,
    /// Those that KonPro refused, and that do not count: as many as videos are allowed, since each
    /// of them costs a request all the same.
    refused: Vec<Instant>,
}

impl Spent {
    /// Counts one video; or says how long it takes until one more is allowed.
    pub(crate) fn take(&mut self, rate: &Rate, now: Instant) -> Result<(), Duration> {
        self.forget(rate, now);
        let excess = (self.videos.len() + 1).saturating_sub(rate.videos as usize);
        match excess.checked_sub(1).and_then(|last| self.videos.get(last)) {
            None => {
                self.videos.push(now);
                Ok(())
            }
            Some(awaited) => Err(awaited.after(rate.window).since(now)),
        }
    }

    /// What was asked for at `at` became no video.
    pub(crate) fn give_back(&mut self, rate: &Rate, at: Instant) {
        let found = self.videos.iter().rposition(|one| *one >= at);
        let found = found.filter(|_| self.refused.len() < rate.videos as usize);
        if let Some(found) = found {
            self.refused.push(self.videos.remove(found));
        }
    }

    /// What the visitor may be told.
    pub(crate) fn state(&self, rate: &Rate, now: Instant) -> Quota {
        let mut counted = self.clone();
        counted.forget(rate, now);
        let spent = u32::try_from(counted.videos.len()).unwrap_or(u32::MAX);
        let first = counted.videos.first().map(|first| first.after(rate.window));
        Quota {
            limit: rate.videos,
            left: rate.videos.saturating_sub(spent),
            resets_at: rfc3339(first.unwrap_or(now)),
        }
    }

    fn forget(&mut self, rate: &Rate, now: Instant) {
        // A clock that was set back must not lock anybody out for longer than the window.
        for counted in [&mut self.videos, &mut self.refused] {
            counted.iter_mut().for_each(|at| *at = (*at).min(now));
            counted.retain(|at| now.since(*at) < rate.window);
        }
    }
}

/// How many videos all visitors asked for, by the minute; each minute counts until it is wholly over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Ceiling(BTreeMap<u64, u32>);

impl Ceiling {
    /// Counts one video; or says how long it takes until one more is allowed.
    pub(crate) fn take(&mut self, rate: &Rate, now: Instant) -> Result<(), Duration> {
        let minute = now.as_millis() / MILLIS;
        let future = self.0.split_off(&(minute + 1));
        let moved: u32 = future.into_values().sum();
        self.0.retain(|minute, _| over(*minute, rate) > now);
        *self.0.entry(minute).or_default() += moved;
        let mut excess = (self.0.values().sum::<u32>() + 1).saturating_sub(rate.videos);
        if excess == 0 {
            *self.0.entry(minute).or_default() += 1;
            return Ok(());
        }
        for (minute, count) in &self.0 {
            excess = excess.saturating_sub(*count);
            if excess == 0 {
                return Err(over(*minute, rate).since(now));
            }
        }
        Err(rate.window)
    }

    /// What everybody may be told.
    pub(crate) fn state(&self, rate: &Rate, now: Instant) -> Quota {
        let counted = || {
            self.0
                .iter()
                .filter(|(minute, _)| over(**minute, rate) > now)
        };
        let spent = counted().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count));
        let first = counted().find(|(_, count)| **count > 0);
        Quota {
            limit: rate.videos,
            left: rate.videos.saturating_sub(spent),
            resets_at: rfc3339(first.map_or(now, |(minute, _)| over(*minute, rate))),
        }
    }

    /// What was asked for at `at` became no video.
    pub(crate) fn give_back(&mut self, at: Instant) {
        // It was counted at that moment, or a little later.
        let since = self.0.range_mut(at.as_millis() / MILLIS..);
        if let Some((_, count)) = since.rev().find(|(_, count)| **count > 0) {
            *count -= 1;
        }
    }
}

const MILLIS: u64 = MINUTE.as_millis() as u64;

/// When what was asked for in a minute no longer counts.
fn over(minute: u64, rate: &Rate) -> Instant {
    Instant::from_millis(minute.saturating_add(1).saturating_mul(MILLIS)).after(rate.window)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        let rate: Rate = "20/hour".parse().unwrap();
        assert_eq!((rate.videos, rate.window), (20, HOUR));
        assert_eq!("5 / day".parse::<Rate>().unwrap(), Rate::per_day(5));
        for wrong in [
            "",
            "20",
            "0/hour",
            "-1/hour",
            "20/week",
            "20/hour/day",
            "200000/day",
        ] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_has_spent_all_is_told_when_there_is_more() {
        let rate: Rate = "2/hour".parse().unwrap();
        let mut spent = Spent::default();
        assert_eq!(spent.take(&rate, at(0)), Ok(()));
        assert_eq!(spent.take(&rate, at(600)), Ok(()));
        assert_eq!(
            spent.take(&rate, at(1_200)),
            Err(Duration::from_secs(2_400))
        );
        let quota = spent.state(&rate, at(1_200));
        assert_eq!((quota.limit, quota.left), (2, 0));
        assert_eq!(quota.resets_at, rfc3339(at(3_600)));
        assert_eq!(spent.take(&rate, at(3_600)), Ok(()));
        spent.give_back(&rate, at(3_600));
        assert_eq!(spent.state(&rate, at(3_600)).left, 1);
    }

    #[test]
    fn who_is_refused_again_and_again_has_spent_it_at_last() {
        let rate: Rate = "2/hour".parse().unwrap();
        let mut spent = Spent::default();
        let refused = (0..100).filter(|second| {
            let taken = spent.take(&rate, at(*second)).is_ok();
            spent.give_back(&rate, at(*second));
            taken
        });
        assert_eq!(refused.count(), 4);
        assert_eq!(spent.take(&rate, at(3_800)), Ok(()));
    }

    #[test]
    fn what_became_no_video_does_not_count_against_the_ceiling() {
        let rate = Rate::per_day(1);
        let mut ceiling = Ceiling::default();
        assert_eq!(ceiling.take(&rate, at(10)), Ok(()));
        assert!(ceiling.take(&rate, at(20)).is_err());
        ceiling.give_back(at(10));
        assert_eq!(ceiling.take(&rate, at(20)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_and_who_waits_as_told_gets_one(
            gaps in proptest::collection::vec(0u64..2_000, 1..200), videos in 1u32..10,
        ) {
            let rate = Rate { videos, window: HOUR };
            let (mut spent, mut ceiling) = (Spent::default(), Ceiling::default());
            let (mut taken, mut shared, mut now) = (Vec::new(), Vec::new(), at(0));
            for gap in gaps {
                now = now.after(Duration::from_secs(gap));
                match spent.take(&rate, now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => prop_assert!(spent.clone().take(&rate, now.after(wait)).is_ok()),
                }
                match ceiling.take(&rate, now) {
                    Ok(()) => shared.push(now),
                    Err(wait) => prop_assert!(ceiling.clone().take(&rate, now.after(wait)).is_ok()),
                }
            }
            for all in [taken, shared] {
                for (nth, first) in all.iter().enumerate() {
                    let within = all[nth..].iter().filter(|it| it.since(*first) < HOUR).count();
                    prop_assert!(within <= videos as usize);
                }
            }
        }
    }
}
