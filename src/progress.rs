//! How far a video is, as far as anybody can honestly say.

use konpro_api::{Job, Status};

use crate::messages::{Phrase, Unit, Word};

/// What the progress bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// In thousandths; absent while nobody can tell.
    pub(crate) permille: Option<u32>,
    /// The same in words. Changes rarely, so that it can be read out.
    pub(crate) phrases: Vec<Phrase>,
}

/// How far `job` is, `elapsed_ms` after it was taken; `elapsed_ms` is absent before.
pub(crate) fn progress(job: &Job, elapsed_ms: Option<u64>) -> Progress {
    let unknown = |phrases| Progress {
        permille: None,
        phrases,
    };
    let Some(elapsed_ms) = elapsed_ms else {
        return unknown(vec![Phrase::Plain(Word::Sending)]);
    };
    if job.status == Status::Pending {
        let place = match job.queue_position {
            None => Phrase::Plain(Word::Queued),
            Some(0 | 1) => Phrase::Plain(Word::NextInQueue),
            Some(position) => Phrase::Number(Word::QueuePosition, position),
        };
        let total_ms = job.estimated_time.map_or(0, |s| u64::from(s) * 1000);
        let left_ms = total_ms.saturating_sub(elapsed_ms);
        // What is nearly over when it has not begun is no promise to make.
        return unknown(match left_ms {
            0..60_000 => vec![place],
            _ => vec![place, left(elapsed_ms, total_ms)],
        });
    }
    let Some(estimate_ms) = job.estimated_time.map(|seconds| u64::from(seconds) * 1000) else {
        return unknown(vec![Phrase::Plain(Word::Rendering)]);
    };
    Progress {
        permille: Some(permille(elapsed_ms, estimate_ms.max(1))),
        phrases: vec![left(elapsed_ms, estimate_ms)],
    }
}

/// Follows the clock to nine tenths, then comes ever nearer to the end without reaching it.
fn permille(elapsed_ms: u64, estimate_ms: u64) -> u32 {
    let share = elapsed_ms.saturating_mul(1000) / estimate_ms;
    let bent = match share {
        0..=900 => share,
        _ => 900 + 100 * (share - 900) / (share - 800),
    };
    u32::try_from(bent).unwrap_or(999)
}

fn left(elapsed_ms: u64, estimate_ms: u64) -> Phrase {
    // An estimate is a guess: only what is clearly over it is late.
    if elapsed_ms > estimate_ms + estimate_ms / 4 + 5_000 {
        return Phrase::Plain(Word::Late);
    }
    let left_s = u32::try_from(estimate_ms.saturating_sub(elapsed_ms) / 1000).unwrap_or(u32::MAX);
    match left_s {
        0..10 => Phrase::Plain(Word::NearlyDone),
        10..45 => Phrase::Plain(Word::SecondsLeft),
        _ => about(Word::Left, left_s.max(60)),
    }
}

/// A time as exact as anybody wants to know it.
pub(crate) fn about(word: Word, seconds: u32) -> Phrase {
    let rounded = |unit: u32| seconds.saturating_add(unit / 2) / unit;
    match seconds {
        0..60 => Phrase::Time(word, seconds.max(1), Unit::Second),
        5_400.. => Phrase::Time(word, rounded(3_600), Unit::Hour),
        _ => Phrase::Time(word, rounded(60), Unit::Minute),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendering(estimate: Option<u32>) -> Job {
        Job {
            estimated_time: estimate,
            ..Job::default()
        }
    }

    fn waiting(position: Option<u32>) -> Job {
        Job {
            status: Status::Pending,
            queue_position: position,
            ..Job::default()
        }
    }

    #[test]
    fn the_bar_never_runs_backwards_and_never_says_done() {
        let job = rendering(Some(120));
        let mut last = 0;
        for second in 0..36_000 {
            let shown = progress(&job, Some(second * 1000)).permille.unwrap();
            assert!(
                shown >= last && shown < 1000,
                "{second} s: {last} then {shown}"
            );
            last = shown;
        }
        assert!(last > 990);
    }

    #[test]
    fn the_time_left_follows_the_estimate() {
        let said = |second: u64| progress(&rendering(Some(180)), Some(second * 1000)).phrases;
        let minutes = |minutes: u32| vec![Phrase::Time(Word::Left, minutes, Unit::Minute)];
        let plain = |word| vec![Phrase::Plain(word)];
        assert_eq!(said(0), minutes(3));
        assert_eq!(said(80), minutes(2));
        assert_eq!(said(120), minutes(1));
        assert_eq!(said(150), plain(Word::SecondsLeft));
        assert_eq!(said(175), plain(Word::NearlyDone));
        assert_eq!(said(200), plain(Word::NearlyDone));
        assert_eq!(said(231), plain(Word::Late));
    }

    #[test]
    fn a_job_in_the_queue_says_its_place_and_pretends_no_progress() {
        assert_eq!(
            progress(&waiting(Some(3)), Some(5_000)),
            Progress {
                permille: None,
                phrases: vec![Phrase::Number(Word::QueuePosition, 3)]
            },
        );
        assert_eq!(
            progress(&waiting(Some(1)), Some(0)).phrases,
            [Phrase::Plain(Word::NextInQueue)]
        );
        assert_eq!(
            progress(&waiting(None), Some(0)).phrases,
            [Phrase::Plain(Word::Queued)]
        );
    }

    #[test]
    fn a_job_in_the_queue_says_how_long_it_takes_in_all() {
        let said = |total: u32, second: u64| {
            let job = Job {
                estimated_time: Some(total),
                ..waiting(Some(3))
            };
            progress(&job, Some(second * 1000)).phrases
        };
        let place = Phrase::Number(Word::QueuePosition, 3);
        let time = |number, unit| [place, Phrase::Time(Word::Left, number, unit)];
        assert_eq!(said(720, 0), time(12, Unit::Minute));
        assert_eq!(said(720, 700), [place]);
        assert_eq!(said(720, 9_000), [place]);
        // The day's budget is gone, and comes back then.
        assert_eq!(said(50_000, 0), time(14, Unit::Hour));
    }

    #[test]
    fn without_an_estimate_nothing_is_promised() {
        let shown = progress(&rendering(None), Some(60_000));
        assert_eq!(shown.permille, None);
        assert_eq!(shown.phrases, [Phrase::Plain(Word::Rendering)]);
    }

    #[test]
    fn an_estimate_of_nothing_does_not_divide_by_it() {
        assert!(
            progress(&rendering(Some(0)), Some(60_000))
                .permille
                .unwrap()
                < 1000
        );
    }
}
