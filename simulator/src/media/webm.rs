//! Writes webm files: what there is and where each loop begins, then a cluster for each loop.

use std::ops::Range;

use super::clip::{Clip, PHRASE_SECONDS, PHRASES_PER_LOOP};

/// A file of this many phrases. `alpha` has a frame for each of the picture's, whose luma is how opaque that is.
pub(super) fn file(picture: &Clip, alpha: Option<&Clip>, sound: &Clip, phrases: usize) -> Vec<u8> {
    let loops = (0..phrases).step_by(PHRASES_PER_LOOP);
    let loops = loops.map(|start| start..phrases.min(start + PHRASES_PER_LOOP));
    let clusters: Vec<_> = loops
        .map(|phrases| cluster(picture, alpha, sound, phrases))
        .collect();

    let before = [info(phrases), tracks(picture, alpha.is_some())].concat();
    // Cues stand before the clusters that they point at; all their numbers take the same room, so a draft tells how much.
    let first_cluster = before.len() + cues(0, &clusters).len();
    let cues = cues(first_cluster, &clusters);
    let clusters = clusters.concat();

    let mut file = header();
    file.extend(open(SEGMENT, before.len() + cues.len() + clusters.len()));
    file.extend(before);
    file.extend(cues);
    file.extend(clusters);
    file
}

fn header() -> Vec<u8> {
    let about = [
        number(0x4286, 1), // the version of EBML
        number(0x42F7, 1), // and what readers need
        number(0x42F2, 4), // bytes of the longest id
        number(0x42F3, 8), // bytes of the longest size
        element(0x4282, b"webm"),
        number(0x4287, 4), // the version of webm
        number(0x4285, 2), // and what readers need
    ];
    element(0x1A45_DFA3, &about.concat())
}

fn info(phrases: usize) -> Vec<u8> {
    let about = [
        number(0x002A_D7B1, 1_000_000), // nanoseconds in a tick: all times below are in milliseconds
        float(0x4489, milliseconds(phrases) as f64),
        element(0x4D80, b"konpro-simulator"),
        element(0x5741, b"konpro-simulator"),
    ];
    element(0x1549_A966, &about.concat())
}

fn tracks(picture: &Clip, alpha: bool) -> Vec<u8> {
    let size = &picture.track.tkhd;
    let when_alpha = |id| if alpha { number(id, 1) } else { Vec::new() };
    let video = [
        when_alpha(0x53C0), // additions to blocks are alpha
        number(0xB0, size.width.integer().into()),
        number(0xBA, size.height.integer().into()),
    ];
    let audio = [float(0xB5, f64::from(OPUS_RATE)), number(0x9F, 1)];
    let pre_skip_nanoseconds = u64::from(OPUS_PRE_SKIP) * 1_000_000_000 / u64::from(OPUS_RATE);
    let entries = [
        track(
            PICTURE,
            b"V_VP9",
            [
                element(0xE0, &video.concat()),
                when_alpha(0x55EE), // the highest kind of addition to a block
            ]
            .concat(),
        ),
        track(
            SOUND,
            b"A_OPUS",
            [
                element(0xE1, &audio.concat()),
                element(0x63A2, &opus_head()),
                number(0x56AA, pre_skip_nanoseconds),
                number(0x56BB, 80_000_000), // nanoseconds to decode ahead after a seek, as RFC 7845 advises
            ]
            .concat(),
        ),
    ];
    element(0x1654_AE6B, &entries.concat())
}

fn track(id: u8, codec: &[u8], particulars: Vec<u8>) -> Vec<u8> {
    let about = [
        number(0xD7, id.into()),
        number(0x73C5, id.into()),
        number(0x83, id.into()), // the type: 1 is video, 2 is audio
        number(0x9C, 0),         // one frame in a block
        element(0x86, codec),
        particulars,
    ];
    element(0xAE, &about.concat())
}

/// What RFC 7845 puts at the start of an Ogg file.
fn opus_head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec(); // version 1, one channel
    head.extend(OPUS_PRE_SKIP.to_le_bytes());
    head.extend(OPUS_RATE.to_le_bytes());
    head.extend([0, 0, 0]); // no gain, the plain channel mapping
    head
}

/// The loops begin with key frames, so that is where a player can go.
fn cues(first_cluster: usize, clusters: &[Vec<u8>]) -> Vec<u8> {
    let mut position = first_cluster;
    let mut cues = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        let place = [number(0xF7, PICTURE.into()), number(0xF1, position as u64)];
        let cue = [
            number(0xB3, milliseconds(index * PHRASES_PER_LOOP)),
            element(0xB7, &place.concat()),
        ];
        cues.extend(element(0xBB, &cue.concat()));
        position += cluster.len();
    }
    element(0x1C53_BB6B, &cues)
}

fn cluster(picture: &Clip, alpha: Option<&Clip>, sound: &Clip, phrases: Range<usize>) -> Vec<u8> {
    let mut blocks = timed_blocks(PICTURE, picture, alpha, phrases.clone());
    blocks.extend(timed_blocks(SOUND, sound, None, phrases.clone()));
    blocks.sort_by_key(|(time, _)| *time);
    let mut cluster = number(0xE7, milliseconds(phrases.start));
    cluster.extend(blocks.into_iter().flat_map(|(_, block)| block));
    element(0x1F43_B675, &cluster)
}

/// The samples of a loop, each with its time: milliseconds since the loop's beginning.
fn timed_blocks(
    track: u8,
    clip: &Clip,
    alpha: Option<&Clip>,
    phrases: Range<usize>,
) -> Vec<(i16, Vec<u8>)> {
    let samples = phrases.clone().flat_map(|phrase| clip.phrase(phrase));
    let mut alphas = alpha.map(|alpha| phrases.flat_map(|phrase| alpha.phrase(phrase)));
    let each = (milliseconds(1) / clip.samples_per_phrase() as u64) as i16;
    samples
        .enumerate()
        .map(|(index, sample)| {
            let time = index as i16 * each;
            let [high, low] = time.to_be_bytes();
            let stands_for_itself = index == 0 || track == SOUND;
            let flags = if stands_for_itself { 0x80 } else { 0 };
            let block = |flags| [&[0x80 | track, high, low, flags], *sample].concat();
            let block = match alphas.as_mut().and_then(Iterator::next) {
                Some(alpha) => see_through(&block(0), alpha, (!stands_for_itself).then_some(each)),
                None => element(0xA3, &block(flags)),
            };
            (time, block)
        })
        .collect()
}

/// A block with its alpha. Here not a flag but a `reference`, how long before it another is, says that it does not stand
/// for itself.
fn see_through(block: &[u8], alpha: &[u8], reference: Option<i16>) -> Vec<u8> {
    let more = [number(0xEE, 1), element(0xA5, alpha)]; // the first kind of addition: alpha
    let mut group = element(0xA1, block);
    group.extend(element(0x75A1, &element(0xA6, &more.concat())));
    if let Some(before) = reference {
        group.extend(element(0xFB, &(-before).to_be_bytes()));
    }
    element(0xA0, &group)
}

fn milliseconds(phrases: usize) -> u64 {
    (phrases as f64 * PHRASE_SECONDS * 1000.0).round() as u64
}

// The numbers of the tracks are those of their types.
const PICTURE: u8 = 1;
const SOUND: u8 = 2;

const SEGMENT: u32 = 0x1853_8067;

/// Samples a second that Opus counts in, whatever it was made from.
const OPUS_RATE: u32 = 48_000;

/// Samples at the start that the encoder, libopus, adds and a player drops.
const OPUS_PRE_SKIP: u16 = 312;

fn number(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

fn float(id: u32, value: f64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut element = open(id, content.len());
    element.extend_from_slice(content);
    element
}

/// An element's id, whose own leading zeros tell its length, and its size, always in eight bytes.
fn open(id: u32, size: usize) -> Vec<u8> {
    let id = id.to_be_bytes();
    let leading = id.iter().take_while(|&&byte| byte == 0).count();
    let size = (size as u64 | 1 << 56).to_be_bytes();
    [&id[leading..], &size].concat()
}
