//! How long videos really take, learnt from those that were made.
//!
//! Two predictors compete for each kind of picture: KonPro's own word, corrected by how far it was
//! off so far, and a straight line over the length of the script. The one that was nearer lately
//! speaks.

use std::collections::BTreeMap;
use std::time::Duration;

use konpro_api::{CreateVideo, Estimate};
use serde::{Deserialize, Serialize};

/// Seconds; nothing else is believable.
const SHORTEST: f64 = 5.0;
const LONGEST: f64 = 24.0 * 3600.0;
/// What an observation weighs after the next one came: the last ten or so count.
const FADE: f64 = 0.9;
/// A job that took so many times longer than expected was stuck, and says little.
const OUTLIER: f64 = 10.0;
/// More kinds than this are somebody playing with the settings.
const MOST_KINDS: usize = 64;
/// Assumed before anything is known, in characters and seconds; KonPro names one to five minutes.
const PRIOR: [(f64, f64); 2] = [(0.0, 60.0), (1_400.0, 210.0)];
const PRIOR_WEIGHT: f64 = 0.2;

/// What decides how long a video takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kind {
    pub(crate) characters: u32,
    pub(crate) resolution: Option<String>,
    pub(crate) format: Option<String>,
}

/// What was learnt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Estimates {
    all: Experience,
    kinds: BTreeMap<String, Experience>,
}

/// With one kind of picture. Sums fade as newer observations come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Experience {
    weight: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    /// The logarithm of how many times KonPro's word is exceeded, and the weight of that.
    ratio: f64,
    ratio_weight: f64,
    /// How far each predictor was off lately, as a share of the truth.
    line_error: f64,
    said_error: f64,
}

impl Kind {
    pub(crate) fn of(video: &CreateVideo) -> Self {
        let settings = video.settings.clone().unwrap_or_default();
        Self {
            characters: u32::try_from(video.text.chars().count()).unwrap_or(u32::MAX),
            resolution: settings.resolution,
            format: settings.format,
        }
    }

    fn name(&self) -> String {
        let said = |setting: &Option<String>| setting.clone().unwrap_or_default();
        format!("{} {}", said(&self.resolution), said(&self.format))
    }
}

impl Estimates {
    /// Whole seconds that a job will take from KonPro's taking it; `said` is KonPro's own estimate.
    pub(crate) fn expect(&self, kind: &Kind, said: Option<u32>) -> u32 {
        let known = self.kinds.get(&kind.name());
        let seconds = known.unwrap_or(&self.all).expect(kind, said);
        seconds.round() as u32
    }

    /// What to expect of one video before anything is asked for, by the length of the script.
    pub(crate) fn outlook(&self) -> Estimate {
        let after = |characters: u32| {
            self.all.line(&Kind {
                characters,
                resolution: None,
                format: None,
            })
        };
        let base = after(0);
        Estimate {
            base: base.round(),
            per_character: ((after(1_000) - base).round() / 1_000.0).max(0.0),
            at_once: 1,
        }
    }

    /// A job took so long.
    pub(crate) fn learn(&mut self, kind: &Kind, said: Option<u32>, took: Duration) {
        let name = kind.name();
        let expected = f64::from(self.expect(kind, said));
        let took = took
            .as_secs_f64()
            .clamp(SHORTEST, (OUTLIER * expected).min(LONGEST));
        if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&name) {
            let borrowed = &self.all;
            let known = self.kinds.entry(name).or_insert_with(|| borrowed.clone());
            known.learn(kind, said, took);
        }
        self.all.learn(kind, said, took);
    }
}

impl Experience {
    fn expect(&self, kind: &Kind, said: Option<u32>) -> f64 {
        let line = self.line(kind);
        match said {
            Some(said) if self.weight == 0.0 || self.said_error <= self.line_error => {
                self.corrected(said)
            }
            _ => line,
        }
    }

    /// KonPro's word, times what it has been exceeded by.
    fn corrected(&self, said: u32) -> f64 {
        (f64::from(said) * self.ratio.exp()).clamp(SHORTEST, LONGEST)
    }

    /// The weighted least squares, with the prior as if it were seen a little.
    fn line(&self, kind: &Kind) -> f64 {
        let (mut n, mut x, mut y) = (self.weight, self.x, self.y);
        let (mut xx, mut xy) = (self.xx, self.xy);
        for (characters, seconds) in PRIOR {
            n += PRIOR_WEIGHT;
            x += PRIOR_WEIGHT * characters;
            y += PRIOR_WEIGHT * seconds;
            xx += PRIOR_WEIGHT * characters * characters;
            xy += PRIOR_WEIGHT * characters * seconds;
        }
        let spread = n * xx - x * x;
        let slope = if spread > f64::EPSILON {
            // Longer scripts never take less time.
            ((n * xy - x * y) / spread).max(0.0)
        } else {
            0.0
        };
        let start = (y - slope * x) / n;
        (start + slope * f64::from(kind.characters)).clamp(SHORTEST, LONGEST)
    }

    fn learn(&mut self, kind: &Kind, said: Option<u32>, took: f64) {
        let off = |expected: f64| (expected - took).abs() / took;
        let rate = if self.weight == 0.0 { 1.0 } else { 0.2 };
        self.line_error += rate * (off(self.line(kind)) - self.line_error);
        if let Some(said) = said.filter(|said| *said > 0) {
            self.said_error += rate * (off(self.corrected(said)) - self.said_error);
            self.ratio_weight = FADE * self.ratio_weight + 1.0;
            let seen = (took / f64::from(said)).ln();
            self.ratio += (seen - self.ratio) / self.ratio_weight;
        }
        let x = f64::from(kind.characters);
        self.weight = FADE * self.weight + 1.0;
        self.x = FADE * self.x + x;
        self.y = FADE * self.y + took;
        self.xx = FADE * self.xx + x * x;
        self.xy = FADE * self.xy + x * took;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(characters: u32) -> Kind {
        Kind {
            characters,
            resolution: Some("720p".to_owned()),
            format: None,
        }
    }

    /// Lengths that are all different.
    fn lengths(jobs: u32) -> impl Iterator<Item = u32> {
        (0..jobs).map(|nth| 40 + (nth * 677) % 1_900)
    }

    /// The mean error after `jobs` jobs, as a share of the truth.
    fn error_after(
        estimates: &mut Estimates,
        jobs: u32,
        said: impl Fn(u32) -> Option<u32>,
        truth: impl Fn(u32) -> f64,
    ) -> f64 {
        for characters in lengths(jobs) {
            let took = Duration::from_secs_f64(truth(characters));
            estimates.learn(&kind(characters), said(characters), took);
        }
        let off = |characters| {
            let expected = estimates.expect(&kind(characters), said(characters));
            (f64::from(expected) - truth(characters)).abs() / truth(characters)
        };
        lengths(50).map(off).sum::<f64>() / 50.0
    }

    #[test]
    fn before_anything_is_known_konpros_word_or_a_guess_is_given() {
        let estimates = Estimates::default();
        assert_eq!(estimates.expect(&kind(100), Some(120)), 120);
        assert_eq!(estimates.expect(&kind(0), None), 60);
        assert_eq!(estimates.expect(&kind(1_400), None), 210);
    }

    #[test]
    fn konpros_word_is_ignored_where_it_is_always_the_same() {
        let truth = |x| 30.0 + f64::from(x) * 0.2;
        let error = error_after(&mut Estimates::default(), 20, |_| Some(120), truth);
        assert!(error < 0.1, "{error}");
    }

    #[test]
    fn konpros_word_is_corrected_where_it_is_always_off_by_as_much() {
        let said = |x: u32| Some(50 + x % 300);
        let truth = move |x| f64::from(said(x).unwrap_or_default()) * 1.3;
        let error = error_after(&mut Estimates::default(), 20, said, truth);
        assert!(error < 0.1, "{error}");
    }

    #[test]
    fn one_stuck_job_does_not_spoil_the_next_estimates_for_long() {
        let mut estimates = Estimates::default();
        let truth = |x| 60.0 + f64::from(x) * 0.1;
        error_after(&mut estimates, 20, |_| None, truth);
        estimates.learn(&kind(500), None, Duration::from_secs(80_000));
        let error = error_after(&mut estimates, 20, |_| None, truth);
        assert!(error < 0.6, "{error}");
    }

    #[test]
    fn another_kind_borrows_what_is_known_of_all() {
        let mut estimates = Estimates::default();
        error_after(&mut estimates, 20, |_| None, |x| 300.0 + f64::from(x));
        let other = Kind {
            format: Some("webm".to_owned()),
            ..kind(1_000)
        };
        assert!(estimates.expect(&other, None) > 1_000);
    }

    proptest! {
        #[test]
        fn twenty_jobs_teach_any_straight_line(start in 20.0..300.0f64, slope in 0.01..1.0f64) {
            let truth = |x| start + slope * f64::from(x);
            let error = error_after(&mut Estimates::default(), 20, |_| None, truth);
            prop_assert!(error < 0.1, "{}", error);
        }

        #[test]
        fn a_change_is_followed_within_thirty_jobs(first in 20.0..300.0f64, second in 20.0..300.0f64) {
            let mut estimates = Estimates::default();
            error_after(&mut estimates, 30, |_| None, |x| first + 0.1 * f64::from(x));
            let error = error_after(&mut estimates, 30, |_| None, |x| second + 0.1 * f64::from(x));
            prop_assert!(error < 0.2, "{}", error);
        }

        #[test]
        fn whatever_came_before_the_estimate_is_believable(
            history in proptest::collection::vec((0u32..100_000, proptest::option::of(0u32..1_000_000), 0u64..10_000_000), 0..40),
            characters in any::<u32>(), said in proptest::option::of(any::<u32>()),
        ) {
            let mut estimates = Estimates::default();
            for (characters, said, took) in history {
                estimates.learn(&kind(characters), said, Duration::from_secs(took));
            }
            let written = serde_json::to_string(&estimates).unwrap();
            let read: Estimates = serde_json::from_str(&written).unwrap();
            let expected = estimates.expect(&kind(characters), said);
            prop_assert!((5..=86_400).contains(&expected), "{}", expected);
            prop_assert!(read.expect(&kind(characters), said).abs_diff(expected) <= 1);
        }
    }
}
