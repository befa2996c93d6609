//! What holds for every cut, whatever the script and whatever it may cost.

use konpro_api::{Credits, Estimate};
use konpro_job::cut::{Terms, segments};
use konpro_job::script::{credits, length, ready_in, speech};
use proptest::prelude::*;

prop_compose! {
    fn terms()(
        base in 0.0..300.0_f64,
        per_character in 0.0..0.5_f64,
        at_once in 0..6_u32,
        credits in proptest::option::of((0.1..60.0_f64, 0..90_u32)),
        most in 0..12_u32,
    ) -> Terms {
        Terms {
            estimate: Estimate { base, per_character, at_once },
            credits: credits.map(|(per_minute, increment)| Credits { per_minute, increment }),
            most,
        }
    }
}

/// A sentence of so many words.
fn sentence(words: usize) -> String {
    format!("Over{} over. ", " mountain".repeat(words))
}

fn bare(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_is_lost_nothing_is_blank_and_neither_quota_nor_purse_is_overdrawn(
        words in prop::collection::vec(1..60_usize, 1..60),
        terms in terms(),
    ) {
        let pieces: Vec<String> = words.into_iter().map(sentence).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let cut = segments(&pieces, terms);
        let whole = pieces.concat();
        prop_assert_eq!(bare(&cut.concat()), bare(&whole));
        for segment in &cut {
            prop_assert!(segment.ends_with("over."), "{segment}");
        }
        prop_assert!(cut.len() == 1 || cut.len() <= terms.most as usize, "{} of {}", cut.len(), terms.most);
        if let Some(rule) = terms.credits {
            let cost: f64 = cut.iter().map(|it| credits(speech(it), rule)).sum();
            let increment = credits(1, rule);
            prop_assert!(cost <= credits(speech(&whole), rule) + increment + 1e-9);
        }
        prop_assert!(cut.len() == 1 || speech(&whole) > 60);
    }

    #[test]
    fn any_text_in_any_pieces_keeps_its_letters(pieces in prop::collection::vec(".{0,80}", 0..40), terms in terms()) {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        prop_assert_eq!(bare(&segments(&pieces, terms).concat()), bare(&pieces.concat()));
    }
}

#[test]
fn the_first_of_three_thousand_characters_is_there_in_a_quarter_of_the_time() {
    let pieces: Vec<String> = (0..40).map(|_| sentence(7)).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let whole = pieces.concat();
    assert!(length(&whole) > 2_500 && length(&whole) < 3_100);
    for at_once in [1, 3, 10] {
        let mut terms = Terms::default();
        terms.estimate.at_once = at_once;
        let cut = segments(&pieces, terms);
        let first = ready_in(length(&cut[0]), terms.estimate);
        let one_piece = ready_in(length(&whole), terms.estimate);
        assert!(first * 4 <= one_piece, "{first} s of {one_piece} s");
    }
}

#[test]
fn where_many_are_made_at_once_there_are_more_of_them() {
    let pieces: Vec<String> = (0..40).map(|_| sentence(7)).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let count = |at_once| {
        let mut terms = Terms::default();
        terms.estimate.at_once = at_once;
        segments(&pieces, terms).len()
    };
    assert!(count(1) < count(8), "{} and {}", count(1), count(8));
}

#[test]
fn a_script_without_an_end_of_a_sentence_stays_whole() {
    let endless = "mountain ".repeat(300);
    assert_eq!(segments(&[&endless], Terms::default()).len(), 1);
}
