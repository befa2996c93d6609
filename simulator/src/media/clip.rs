//! Reads the loops that are compiled in.

use std::io::Cursor;

use include_dir::{Dir, include_dir};
use mp4_atom::{Atom, DecodeMaybe, Header, Moov, StszSamples, Trak};

/// The smallest part of a loop that can be shown for itself: the speech pauses at its end.
pub(super) const PHRASE_SECONDS: f64 = 1.28;

/// After how many phrases a loop begins again.
pub(super) const PHRASES_PER_LOOP: usize = 3;

/// One loop of picture or sound, encoded.
pub(super) struct Clip {
    /// The track's description, as the file in the repository has it.
    pub(super) track: Trak,
    /// In order; only the first is sure to stand for itself.
    samples: Vec<&'static [u8]>,
}

impl Clip {
    /// The clip of this file, without its extension, in `simulator/media/clips`.
    ///
    /// # Panics
    ///
    /// When there is no such clip: the names are made in this crate, and a test asks for all of them.
    #[expect(
        clippy::expect_used,
        reason = "clips are part of the program, and all of them are read in a test"
    )]
    pub(super) fn named(name: &str) -> Self {
        static CLIPS: Dir = include_dir!("$CARGO_MANIFEST_DIR/media/clips");
        let file = CLIPS
            .get_file(format!("{name}.mp4"))
            .expect("a clip for every name");
        Self::read(file.contents()).expect("a clip of one track whose samples lie together")
    }

    fn read(file: &'static [u8]) -> Option<Self> {
        let mut track = moov(file)?.trak.pop()?;
        let table = &mut track.mdia.minf.stbl;
        let StszSamples::Different { sizes } = std::mem::take(&mut table.stsz.samples) else {
            return None;
        };
        let start = *table.stco.take()?.entries.first()?;
        let mut rest = file.get(start as usize..)?;
        let samples = sizes.iter().map(|&size| rest.split_off(..size as usize));
        Some(Self {
            samples: samples.collect::<Option<_>>()?,
            track,
        })
    }

    /// The samples of a phrase of a video, counted from 0. The first of each loop stands for itself.
    pub(super) fn phrase(&self, number: usize) -> &[&'static [u8]] {
        let count = self.samples_per_phrase();
        let start = number % PHRASES_PER_LOOP * count;
        &self.samples[start..start + count]
    }

    pub(super) fn samples_per_phrase(&self) -> usize {
        self.samples.len() / PHRASES_PER_LOOP
    }
}

/// The table of contents of an mp4 file.
pub(super) fn moov(file: &[u8]) -> Option<Moov> {
    let mut rest = Cursor::new(file);
    while let Some(header) = Header::decode_maybe(&mut rest).ok()? {
        if header.kind == Moov::KIND {
            return mp4_atom::DecodeAtom::decode_atom(&header, &mut rest).ok();
        }
        rest.set_position(rest.position() + header.size? as u64);
    }
    None
}
