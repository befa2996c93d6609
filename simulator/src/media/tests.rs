#![allow(clippy::unwrap_used, clippy::expect_used)]

use mp4_atom::{Codec, StszSamples, Trak};
use webm_iterable::{
    WebmIterator,
    matroska_spec::{MatroskaSpec, SimpleBlock},
};

use super::*;

mod alpha;

const LENGTHS: [f64; 6] = [0.0, 1.5, 3.84, 4.2, 61.0, 185.0];

fn every_kind() -> impl Iterator<Item = (Look, Resolution, f64)> {
    let looks = (0..Look::COUNT).map(Look::nth);
    let kinds = looks.flat_map(|look| Resolution::ALL.map(|resolution| (look, resolution)));
    // The lengths take turns: that they work does not depend on look and resolution.
    kinds
        .zip(LENGTHS.into_iter().cycle())
        .map(|((look, resolution), seconds)| (look, resolution, seconds))
}

#[test]
fn a_length_is_close_to_the_wish_and_can_be_wished_for() {
    for wish in (100..20_000).map(|hundredths| f64::from(hundredths) / 100.0) {
        let length = length(wish);
        assert!((length - wish).abs() <= 0.641, "{length} for {wish}");
        assert_eq!(super::length(length), length);
    }
    assert_eq!(length(f64::NAN), PHRASE_SECONDS);
    assert_eq!(length(-1.0), PHRASE_SECONDS);
}

#[test]
fn an_mp4_holds_picture_and_sound_for_the_stated_length() {
    for (look, resolution, seconds) in every_kind() {
        let file = video(look, resolution, Format::Mp4, Background::Wall, seconds);
        let moov = clip::moov(&file).unwrap();
        let stated = length(seconds);
        assert_eq!(moov.mvhd.duration as f64 / 1000.0, stated);

        let [picture, sound] = &moov.trak[..] else {
            panic!("not two tracks")
        };
        let (Codec::Avc1(avc1), Codec::Mp4a(_)) = (codec(picture), codec(sound)) else {
            panic!("not H.264 and AAC");
        };
        assert_eq!((avc1.visual.width, avc1.visual.height), resolution.size());
        assert_eq!(picture.tkhd.width.integer(), resolution.size().0);

        let mut last = 0;
        for track in [picture, sound] {
            let samples = samples(track, &file);
            let ticks = track.mdia.minf.stbl.stts.entries[0].sample_delta as usize * samples.len();
            let lasting = ticks as f64 / f64::from(track.mdia.mdhd.timescale);
            assert!(
                (lasting - stated).abs() < 0.001,
                "{lasting} s of {stated} s"
            );
            last = last.max(samples.last().unwrap().as_ptr_range().end as usize);
        }
        assert_eq!(
            last,
            file.as_ptr_range().end as usize,
            "the samples end with the file"
        );

        let pictures = samples(picture, &file);
        let keys = &picture.mdia.minf.stbl.stss.as_ref().unwrap().entries;
        for (number, sample) in (1..).zip(&pictures) {
            assert_eq!(
                keys.contains(&number),
                h264_key_frame(sample),
                "picture {number}"
            );
        }
    }
}

fn codec(track: &Trak) -> &Codec {
    &track.mdia.minf.stbl.stsd.codecs[0]
}

/// Where the tables say that the samples are.
fn samples<'a>(track: &Trak, file: &'a [u8]) -> Vec<&'a [u8]> {
    let table = &track.mdia.minf.stbl;
    let StszSamples::Different { sizes } = &table.stsz.samples else {
        panic!("no sizes")
    };
    let per_chunk = table.stsc.entries[0].samples_per_chunk as usize;
    let offsets = &table.stco.as_ref().unwrap().entries;
    assert_eq!(offsets.len() * per_chunk, sizes.len());
    let chunks = sizes.chunks(per_chunk).zip(offsets);
    chunks
        .flat_map(|(sizes, &offset)| {
            let mut rest = &file[offset as usize..];
            sizes
                .iter()
                .map(move |&size| rest.split_off(..size as usize).unwrap())
        })
        .collect()
}

/// Whether one of the length-prefixed units is an IDR slice; so a wrong offset cannot pass.
fn h264_key_frame(mut sample: &[u8]) -> bool {
    let mut key = false;
    while let Some((size, rest)) = sample.split_first_chunk::<4>() {
        let (unit, rest) = rest.split_at(u32::from_be_bytes(*size) as usize);
        key |= unit[0] & 0x1F == 5;
        sample = rest;
    }
    assert!(
        sample.is_empty(),
        "{} bytes behind the last unit",
        sample.len()
    );
    key
}

#[test]
fn a_webm_holds_picture_and_sound_for_the_stated_length() {
    for (look, resolution, seconds) in every_kind() {
        let file = video(look, resolution, Format::Webm, Background::Wall, seconds);
        let stated = (length(seconds) * 1000.0).round();
        let mut counts = [0; 2];
        let (mut cluster, mut key_times, mut cues) = (0, Vec::new(), Vec::new());
        let mut size = (0, 0);
        for tag in WebmIterator::new(&mut &file[..], &[]) {
            let tag = tag.unwrap();
            match tag {
                MatroskaSpec::Duration(duration) => assert_eq!(duration, stated),
                MatroskaSpec::PixelWidth(width) => size.0 = width,
                MatroskaSpec::PixelHeight(height) => size.1 = height,
                MatroskaSpec::CueTime(time) => cues.push(time),
                MatroskaSpec::Timestamp(time) => cluster = time,
                MatroskaSpec::SimpleBlock(_) => {
                    let block = SimpleBlock::try_from(&tag).unwrap();
                    let each = [40, 20][block.track as usize - 1];
                    let count = &mut counts[block.track as usize - 1];
                    let time = cluster + block.timestamp as u64;
                    assert_eq!(time, *count * each, "track {} at {count}", block.track);
                    *count += 1;
                    if block.track == 1 && block.keyframe {
                        // An uncompressed header of VP9 begins with 2 bits of marker, 2 of profile, then: an old frame? an inter frame?
                        assert_eq!(block.raw_frame_data()[0], 0b1000_0010);
                        key_times.push(time);
                    }
                }
                _ => {}
            }
        }
        assert_eq!(
            size,
            (resolution.size().0.into(), resolution.size().1.into())
        );
        assert_eq!(
            counts.map(|count| count as f64),
            [stated / 40.0, stated / 20.0]
        );
        assert_eq!(cues, key_times);
    }
}

#[test]
fn the_cues_of_a_webm_point_at_its_clusters() {
    let file = video(
        Look::nth(1),
        Resolution::P480,
        Format::Webm,
        Background::Wall,
        30.0,
    );
    let start_of = |id: [u8; 4]| file.windows(4).position(|bytes| bytes == id).unwrap();
    let segment = start_of([0x18, 0x53, 0x80, 0x67]) + 4 + 8;
    let mut unread = &file[..];
    let tags = WebmIterator::new(&mut unread, &[]);
    let positions = tags.filter_map(|tag| match tag.unwrap() {
        MatroskaSpec::CueClusterPosition(position) => Some(position as usize),
        _ => None,
    });
    let positions: Vec<_> = positions.collect();
    assert_eq!(positions.len(), 8);
    for position in positions {
        assert_eq!(file[segment + position..][..4], [0x1F, 0x43, 0xB6, 0x75]);
    }
}

#[test]
fn every_thumbnail_is_filled_in_and_twelve_tints_differ() {
    for look in (0..Look::COUNT).map(Look::nth) {
        let pictures: Vec<_> = (0..12).map(|tint| thumbnail(look, tint)).collect();
        for picture in &pictures {
            assert!(!picture.contains(['{', '}']), "{picture}");
        }
        let different: std::collections::HashSet<_> = pictures.iter().collect();
        assert_eq!(different.len(), 12);
        assert_eq!(thumbnail(look, 12), pictures[0]);
    }
}

#[test]
fn looks_of_a_gender_are_of_that_gender() {
    for gender in ["female", "male", "neutral"] {
        assert!((0..9).all(|index| Look::of(gender, index).gender() == gender));
    }
    assert_ne!(Look::of("female", 0), Look::of("female", 1));
}

#[test]
fn seven_voices_are_recorded_in_ten_languages() {
    let languages = [
        "en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR", "nl-NL", "pl-PL", "ar-EG",
    ];
    let mut recordings: Vec<_> = languages
        .iter()
        .flat_map(|language| (0..7).map(|variant| voice_preview(language, variant)))
        .collect();
    // An MPEG audio frame begins with eleven ones; at 16 kbit/s a second takes 2000 bytes.
    assert!(
        recordings
            .iter()
            .all(|sound| sound.starts_with(&[0xFF, 0xF3]) && sound.len() > 2000)
    );
    recordings.sort();
    recordings.dedup();
    assert_eq!(recordings.len(), 70);
    assert!(voice_preview("tlh", 0).is_empty());
}

#[test]
fn names_parse_back() {
    assert!(
        Resolution::ALL
            .iter()
            .all(|one| one.name().parse() == Ok(*one))
    );
    assert!(
        Format::ALL
            .iter()
            .all(|one| one.extension().parse() == Ok(*one))
    );
    assert_eq!("4k".parse::<Resolution>(), Err(NotOffered));
    assert_eq!("avi".parse::<Format>(), Err(NotOffered));
}
