//! Writes webm files: what there is and where the loops begin, then one cluster for each loop.

use mp4_atom::{Codec, Visual, Audio, Dops};

use super::clip::{Clip, PHRASE_SECONDS, PHRASES_PER_LOOP};

/// A file of this many phrases.
pub(super) fn file(picture: &Clip, sound: &Clip, phrases: usize) -> Vec<u8> {
    let starts = (0..phrases).step_by(PHRASES_PER_LOOP);
    let clusters: Vec<_> = starts
        .map(|start| {
            let end = phrases.min(start + PHRASES_PER_LOOP);
            (milliseconds(start), cluster(picture, sound, start..end))
        })
        .collect();

    let mut head = info(phrases);
    head.extend(element(TRACKS, &[picture_entry(picture), sound_entry(sound)].concat()));
    // Cues stand before what they point at. Their numbers are all of one width, so a draft tells their size.
    let draft = cues(&clusters, 0).len();
    head.extend(cues(&clusters, head.len() + draft));

    let ebml = [
        unsigned(EBML_VERSION, 1),
        ...
    ];
}
