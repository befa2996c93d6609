//! What a script is as a video: how long, when, for how much. Guesses to decide by, the same for widget and cut.

use konpro_api::{Credits, Estimate};

/// Length in Unicode scalar values, which is what the proxy's limit counts.
pub fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// Letters of an alphabet that an easy speaker says in a second.
pub(crate) const SPOKEN: u32 = 14;
/// From here on one character is about as much as three letters: Chinese, Japanese, Korean.
pub(crate) const WIDE: char = '\u{2e80}';

/// How many seconds a text takes to say, begun ones too: a guess, since voices differ.
///
/// ```
/// assert_eq!(konpro_job::script::speech("Breakfast is served from seven to ten."), 3);
/// ```
pub fn speech(text: &str) -> u32 {
    letters(text.trim()).div_ceil(SPOKEN)
}

/// A text's length in letters of an alphabet.
pub(crate) fn letters(text: &str) -> u32 {
    text.chars().map(|it| if it < WIDE { 1 } else { 3 }).sum()
}

/// What a video of so many seconds costs: every begun increment is charged.
pub fn credits(seconds: u32, rule: Credits) -> f64 {
    rule.per_minute * f64::from(charged(seconds, rule.increment)) / 60.0
}

/// The seconds that are charged for.
pub(crate) fn charged(seconds: u32, increment: u32) -> u32 {
    let increment = increment.max(1);
    seconds.div_ceil(increment).saturating_mul(increment)
}

/// In how many seconds a script of so many characters will probably be a video, once its turn has come.
pub fn ready_in(characters: u32, estimate: Estimate) -> u32 {
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
            at_once: 1,
        };
        assert_eq!(ready_in(0, estimate), 60);
        assert_eq!(ready_in(1_000, estimate), 160);
        let odd = Estimate {
            base: f64::MAX,
            per_character: -1.0,
            at_once: 0,
        };
        assert_eq!(ready_in(1, odd), u32::MAX);
    }
}
