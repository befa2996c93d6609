use konpro_api::Credits;

use super::{LONG, Terms};
use crate::script::{SPOKEN, charged, length, letters, ready_in, speech};

/// Seconds that a segment fills where none are charged as a whole, or too few.
const UNIT: u32 = 30;
const SHORTEST_UNIT: u32 = 10;
/// Voices differ: a segment that is guessed to fill its increment to the brim runs over.
const FILLED: f64 = 0.92;
/// How long the first segment is, in units, and how much longer each next one: where only one is made at a time
/// each can take longer to make than the one before.
const FIRST: [f64; 2] = [0.5, 1.0];
const GROWTH: [f64; 5] = [1.0, 1.5, 2.0, 3.0, f64::INFINITY];

/// The cut that lets a visitor wait least, within what it may cost.
pub(super) fn plan(sentences: &[String], terms: Terms) -> Vec<String> {
    let whole = vec![sentences.concat().trim().to_owned()];
    if speech(&whole[0]) <= LONG {
        return whole;
    }
    let increment = terms.credits.map_or(UNIT, |it| it.increment);
    let unit = f64::from(if increment < SHORTEST_UNIT {
        UNIT
    } else {
        increment
    });
    let allowed = charge(&whole, terms.credits) + increment;
    let cuts = FIRST
        .iter()
        .flat_map(|first| GROWTH.iter().map(move |growth| (*first, *growth)));
    let cuts = cuts.map(|(first, growth)| fill(sentences, unit, first, growth));
    let fits = |cut: &Vec<String>| {
        u32::try_from(cut.len()).is_ok_and(|it| it <= terms.most)
            && charge(cut, terms.credits) <= allowed
    };
    let all = cuts.filter(fits).chain([whole]);
    all.min_by(|one, other| wait(one, terms).total_cmp(&wait(other, terms)))
        .unwrap_or_default()
}

/// Segments that fill so many units, the first one `first`.
fn fill(sentences: &[String], unit: f64, first: f64, growth: f64) -> Vec<String> {
    let mut segments = Vec::new();
    let (mut segment, mut filled, mut units) = (String::new(), 0, first);
    for sentence in sentences {
        let room = unit * FILLED * if units < 1.0 { units } else { units.round() };
        filled += letters(sentence);
        if !segment.trim().is_empty() && f64::from(filled) > room * f64::from(SPOKEN) {
            segments.push(std::mem::take(&mut segment));
            filled = letters(sentence);
            units *= growth;
        }
        segment.push_str(sentence);
    }
    segments.push(segment);
    let trimmed = segments.iter().map(|it| it.trim().to_owned());
    trimmed.filter(|it| !it.is_empty()).collect()
}

/// The seconds that are charged for.
fn charge(segments: &[String], credits: Option<Credits>) -> u32 {
    let increment = credits.map_or(1, |it| it.increment);
    segments
        .iter()
        .map(|it| charged(speech(it), increment))
        .sum()
}

/// How bad the waiting is: nobody likes it before the first picture; afterwards there was something to see, and
/// several short waits are better than a long one. A segment is a little trouble in itself.
fn wait(segments: &[String], terms: Terms) -> f64 {
    let waits = waits(segments, terms);
    let (first, later) = waits.split_first().unwrap_or((&0.0, &[]));
    let longest = later.iter().copied().fold(0.0, f64::max);
    5.0 * first + later.iter().sum::<f64>() + longest + 5.0 * segments.len() as f64
}

/// Seconds that a visitor who watches at once waits for each segment.
fn waits(segments: &[String], terms: Terms) -> Vec<f64> {
    let mut free_at = vec![0.0_f64; terms.estimate.at_once.clamp(1, 100) as usize];
    let mut now = 0.0_f64;
    let wait_for = |segment: &String| {
        // Each begins where the first of those before it is done.
        let slot = free_at
            .iter_mut()
            .min_by(|one, other| one.total_cmp(other))?;
        *slot += f64::from(ready_in(length(segment), terms.estimate));
        let wait = (*slot - now).max(0.0);
        now += wait + f64::from(speech(segment));
        Some(wait)
    };
    segments.iter().filter_map(wait_for).collect()
}
