//! How a long script becomes several short ones, so that the first plays while the others are being made.
//!
//! Where a sentence may end is for the platform to say, which knows every language (`Intl.Segmenter` in a browser);
//! what it takes for an end is looked at once more here, because it breaks after "Dr." and within quotations.
//!
//! ```
//! use konpro_job::cut::{Terms, segments};
//!
//! let script = "A sentence that takes its speaker a little more than three seconds to say. ".repeat(40);
//! let pieces: Vec<&str> = script.split_inclusive(". ").collect();
//! let cut = segments(&pieces, Terms::default());
//! assert!(cut.len() > 2);
//! assert!(cut.iter().all(|segment| segment.ends_with("to say.")));
//! ```

mod abbreviations;
mod plan;
mod sentences;

use konpro_api::{Credits, Estimate};

/// What decides into how many pieces a script is cut.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How long a video takes, and how many are made at the same time.
    pub estimate: Estimate,
    /// What a video costs; `None` where that is not known.
    pub credits: Option<Credits>,
    /// How many videos may still be made.
    pub most: u32,
}

/// A video of so many seconds is waited for in one piece.
pub const LONG: u32 = 60;

/// KonPro's free plan, and what its videos took when somebody looked.
impl Default for Terms {
    fn default() -> Self {
        Self {
            estimate: Estimate {
                base: 60.0,
                per_character: 0.107,
                at_once: 1,
            },
            credits: Some(Credits {
                per_minute: 1.0,
                increment: 30,
            }),
            most: u32::MAX,
        }
    }
}

/// Cuts a script, handed over in the pieces between which a platform sees sentences end. One segment is the whole
/// script: it is short, or nothing is gained.
///
/// No segment ends inside a sentence, a quotation, a number or an address. There are no more of them than may be made, and
/// they cost at most one increment more than the script in one piece. White space between them is gone, nothing else.
pub fn segments(pieces: &[&str], terms: Terms) -> Vec<String> {
    plan::plan(&sentences::sentences(pieces), terms)
}
