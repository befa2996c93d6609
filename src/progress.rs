//! How far a video is, as far as anybody can honestly say.

use konpro_api::{Job, Status};

use crate::messages::{WORDS, fill};

/// What the progress bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// In thousandths; absent while nobody can tell.
    pub(crate) permille: Option<u32>,
    /// The same in words. Changes rarely, so that it can be read out.
    pub(crate) words: String,
}

/// How far `job` is, `elapsed_ms` after it was taken; `elapsed_ms` is absent before.
pub(crate) fn progress(job: &Job, elapsed_ms: Option<u64>) -> Progress {
    let unknown = |words: String| Progress {
        permille: None,
        words,
    };
    let Some(elapsed_ms) = elapsed_ms else {
        return unknown(WORDS.sending.to_owned());
    };
    if job.status == Status::Pending {
        let place = match job.queue_position {
            None => WORDS.queued.to_owned(),
            Some(0 | 1) => WORDS.next_in_queue.to_owned(),
            Some(position) => fill(WORDS.queue_position, &[&position.to_string()]),
        };
        let total_ms = job.estimated_time.map_or(0, |s| u64::from(s) * 1000);
        let left_ms = total_ms.saturating_sub(elapsed_ms);
        // What is nearly over when it has not begun is no promise to make.
        return unknown(match left_ms {
            0..60_000 => place,
            _ => place + ". " + &words(elapsed_ms, total_ms),
        });
    }
    let Some(estimate_ms) = job.estimated_time.map(|seconds| u64::from(seconds) * 1000) else {
        return unknown(WORDS.rendering.to_owned());
    };
    Progress {
        permille: Some(permille(elapsed_ms, estimate_ms.max(1))),
        words: words(elapsed_ms, estimate_ms),
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

fn words(elapsed_ms: u64, estimate_ms: u64) -> String {
    // An estimate is a guess: only what is clearly over it is late.
    if elapsed_ms > estimate_ms + estimate_ms / 4 + 5_000 {
        return WORDS.late.to_owned();
    }
    let left_s = estimate_ms.saturating_sub(elapsed_ms) / 1000;
    match left_s {
        0..10 => WORDS.nearly_done.to_owned(),
        10..45 => WORDS.seconds_left.to_owned(),
        45..90 => WORDS.minute_left.to_owned(),
        5_400.. => fill(WORDS.hours_left, &[&((left_s + 1_800) / 3_600).to_string()]),
        _ => fill(WORDS.minutes_left, &[&((left_s + 30) / 60).to_string()]),
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
        let words = |second: u64| progress(&rendering(Some(180)), Some(second * 1000)).words;
        assert_eq!(words(0), "About 3 minutes left");
        assert_eq!(words(80), "About 2 minutes left");
        assert_eq!(words(120), "About a minute left");
        assert_eq!(words(150), "Less than a minute left");
        assert_eq!(words(175), "Nearly done");
        assert_eq!(words(200), "Nearly done");
        assert!(words(231).starts_with("This takes longer than usual"));
    }

    #[test]
    fn a_job_in_the_queue_says_its_place_and_pretends_no_progress() {
        assert_eq!(
            progress(&waiting(Some(3)), Some(5_000)),
            Progress {
                permille: None,
                words: "Number 3 in the queue".to_owned()
            },
        );
        assert_eq!(
            progress(&waiting(Some(1)), Some(0)).words,
            "Next in the queue"
        );
        assert_eq!(
            progress(&waiting(None), Some(0)).words,
            "Waiting for its turn"
        );
    }

    #[test]
    fn a_job_in_the_queue_says_how_long_it_takes_in_all() {
        let words = |total: u32, second: u64| {
            let job = Job {
                estimated_time: Some(total),
                ..waiting(Some(3))
            };
            progress(&job, Some(second * 1000)).words
        };
        assert_eq!(
            words(720, 0),
            "Number 3 in the queue. About 12 minutes left"
        );
        assert_eq!(words(720, 700), "Number 3 in the queue");
        assert_eq!(words(720, 9_000), "Number 3 in the queue");
        // The day's budget is gone, and comes back then.
        assert_eq!(
            words(50_000, 0),
            "Number 3 in the queue. About 14 hours left"
        );
    }

    #[test]
    fn without_an_estimate_nothing_is_promised() {
        let shown = progress(&rendering(None), Some(60_000));
        assert_eq!(shown.permille, None);
        assert_eq!(shown.words, "Rendering your video");
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
