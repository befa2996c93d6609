//! How long a script is, to write and to hear, and what its video costs.

use konpro_api::{Credits, Estimate};

/// Length in Unicode scalar values, which is what the proxy's limit counts.
pub(crate) fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// How a script's length stands to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Plenty,
    /// So many are left: worth saying.
    Near(u32),
    /// So many are too many.
    Over(u32),
}

/// How much room `length` leaves under `limit`.
pub(crate) fn room(length: u32, limit: u32) -> Room {
    if length > limit {
        Room::Over(length - limit)
    } else if limit - length <= limit / 10 {
        Room::Near(limit - length)
    } else {
        Room::Plenty
    }
}

/// Characters of an alphabet that an easy speaker says in a second.
const SPOKEN: u32 = 14;
/// From here on one character is about as much as three: Chinese, Japanese, Korean.
const WIDE: char = '\u{2e80}';

/// How many seconds a text takes to say: a guess, since voices differ.
pub(crate) fn speech(text: &str) -> u32 {
    let weights = text.trim().chars().map(|it| if it < WIDE { 1 } else { 3 });
    weights.sum::<u32>().div_ceil(SPOKEN)
}

/// What a video of so many seconds costs.
pub(crate) fn credits(seconds: u32, rule: Credits) -> f64 {
    let increment = rule.increment.max(1);
    let charged = seconds.div_ceil(increment).saturating_mul(increment);
    rule.per_minute * f64::from(charged) / 60.0
}

/// In how many seconds a script of so many characters will probably be a video.
pub(crate) fn ready_in(characters: u32, estimate: Estimate) -> u32 {
    // Beyond the numbers that there are it is the last of them.
    (estimate.base + estimate.per_character * f64::from(characters)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_counts_once_however_many_bytes_it_has() {
        assert_eq!(length("é"), 1);
        assert_eq!(length("🎬"), 1);
        assert_eq!(length("שלום"), 4);
        assert_eq!(length("\u{0}\u{7}<script>"), 10);
        // A family is several scalar values, and the proxy counts them so.
        assert_eq!(length("👩‍👧"), 3);
    }

    #[test]
    fn the_counter_warns_near_the_limit_and_refuses_over_it() {
        assert_eq!(room(0, 5000), Room::Plenty);
        assert_eq!(room(4499, 5000), Room::Plenty);
        assert_eq!(room(4500, 5000), Room::Near(500));
        assert_eq!(room(5000, 5000), Room::Near(0));
        assert_eq!(room(5001, 5000), Room::Over(1));
    }

    #[test]
    fn a_script_takes_as_long_to_say_whatever_it_is_written_in() {
        assert_eq!(speech("  "), 0);
        assert_eq!(speech("Hello."), 1);
        // The same sentence.
        let english =
            speech("Welcome to our hotel. Breakfast is served from seven to ten on the terrace.");
        let japanese =
            speech("当ホテルへようこそ。朝食は七時から十時までテラスでご用意しております。");
        assert!(english.abs_diff(japanese) <= 2, "{english} {japanese}");
    }

    #[test]
    fn every_begun_increment_is_charged() {
        let by_half_minutes = Credits {
            per_minute: 1.0,
            increment: 30,
        };
        assert_eq!(credits(1, by_half_minutes), 0.5);
        assert_eq!(credits(30, by_half_minutes), 0.5);
        assert_eq!(credits(31, by_half_minutes), 1.0);
        let by_seconds = Credits {
            per_minute: 60.0,
            increment: 1,
        };
        assert_eq!(credits(31, by_seconds), 31.0);
        let odd = Credits {
            per_minute: 1.0,
            increment: 0,
        };
        assert_eq!(credits(60, odd), 1.0);
    }

    #[test]
    fn a_longer_script_takes_longer() {
        let estimate = Estimate {
            base: 60.0,
            per_character: 0.1,
        };
        assert_eq!(ready_in(0, estimate), 60);
        assert_eq!(ready_in(1_000, estimate), 160);
        let odd = Estimate {
            base: f64::MAX,
            per_character: -1.0,
        };
        assert_eq!(ready_in(1, odd), u32::MAX);
    }
}
