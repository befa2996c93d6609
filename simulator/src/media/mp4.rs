//! Writes mp4 files: everything about the samples first, then the samples, so that playing starts at once.

use mp4_atom::{
    Encode, Ftyp, Moov, Mvhd, Stco, Stsc, StscEntry, Stss, StszSamples, Stts, SttsEntry, Trak,
};

use super::clip::{Clip, PHRASE_SECONDS, PHRASES_PER_LOOP};

/// A file of this many phrases. Each phrase is a chunk of picture, then a chunk of sound.
pub(super) fn file(picture: &Clip, sound: &Clip, phrases: usize) -> Vec<u8> {
    let clips = [picture, sound];
    let mut moov = Moov {
        mvhd: Mvhd {
            timescale: MILLISECONDS,
            duration: duration(phrases, MILLISECONDS),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: 3,
            ..Mvhd::default()
        },
        trak: vec![track(picture, 1, phrases), track(sound, 2, phrases)],
        ..Moov::default()
    };

    // Only the values of the offsets are unknown here, not how much room they take.
    let first_sample = head(&moov).len() + MDAT_HEADER;
    let mut end = first_sample;
    for phrase in 0..phrases {
        for (clip, track) in clips.iter().zip(&mut moov.trak) {
            let offsets = &mut track.mdia.minf.stbl.stco.get_or_insert_default().entries;
            offsets[phrase] = end as u32;
            end += clip
                .phrase(phrase)
                .iter()
                .map(|sample| sample.len())
                .sum::<usize>();
        }
    }

    let mut file = head(&moov);
    file.reserve_exact(end - file.len());
    file.extend(
        (end - first_sample + MDAT_HEADER)
            .to_be_bytes()
            .split_at(4)
            .1,
    );
    file.extend(b"mdat");
    for phrase in 0..phrases {
        for sample in clips.iter().flat_map(|clip| clip.phrase(phrase)) {
            file.extend_from_slice(sample);
        }
    }
    file
}

/// Ticks a second of the file's own clock; each track has a finer one.
const MILLISECONDS: u32 = 1000;

const MDAT_HEADER: usize = 8;

fn track(clip: &Clip, id: u32, phrases: usize) -> Trak {
    let mut track = clip.track.clone();
    track.edts = None;
    track.tkhd.track_id = id;
    track.tkhd.duration = duration(phrases, MILLISECONDS);
    let timescale = track.mdia.mdhd.timescale;
    track.mdia.mdhd.duration = duration(phrases, timescale);

    let per_phrase = clip.samples_per_phrase();
    let table = &mut track.mdia.minf.stbl;
    let sizes = (0..phrases).flat_map(|phrase| clip.phrase(phrase));
    table.stsz.samples = StszSamples::Different {
        sizes: sizes.map(|sample| sample.len() as u32).collect(),
    };
    table.stts = Stts {
        entries: vec![SttsEntry {
            sample_count: (phrases * per_phrase) as u32,
            sample_delta: (duration(1, timescale) / per_phrase as u64) as u32,
        }],
    };
    table.stsc = Stsc {
        entries: vec![StscEntry {
            first_chunk: 1,
            samples_per_chunk: per_phrase as u32,
            sample_description_index: 1,
        }],
    };
    // Sound has no such list: all its samples stand for themselves.
    if let Some(Stss { entries }) = &mut table.stss {
        let loops = (0..phrases).step_by(PHRASES_PER_LOOP);
        *entries = loops
            .map(|phrase| (phrase * per_phrase + 1) as u32)
            .collect();
    }
    table.stco = Some(Stco {
        entries: vec![0; phrases],
    });
    track
}

fn duration(phrases: usize, timescale: u32) -> u64 {
    (phrases as f64 * PHRASE_SECONDS * f64::from(timescale)).round() as u64
}

#[expect(
    clippy::expect_used,
    reason = "all fields are in range, and memory takes any number of bytes"
)]
fn head(moov: &Moov) -> Vec<u8> {
    let ftyp = Ftyp {
        major_brand: b"isom".into(),
        minor_version: 512,
        compatible_brands: [b"isom", b"iso2", b"avc1", b"mp41"].map(Into::into).into(),
    };
    let mut head = Vec::new();
    ftyp.encode(&mut head).expect("a file type");
    moov.encode(&mut head).expect("a table of contents");
    head
}
