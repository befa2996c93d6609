//! What can be seen through.

use webm_iterable::matroska_spec::Block;

use super::*;

#[test]
fn every_picture_of_a_transparent_webm_has_its_alpha() {
    for (look, resolution, seconds) in every_kind() {
        let file = video(
            look,
            resolution,
            Format::Webm,
            Background::Transparent,
            seconds,
        );
        let (mut mode, mut most) = (0, 0);
        let (mut pictures, mut alphas, mut references) = (Vec::new(), Vec::new(), 0);
        for tag in WebmIterator::new(&mut &file[..], &[]) {
            let tag = tag.unwrap();
            match tag {
                MatroskaSpec::AlphaMode(alpha) => mode = alpha,
                MatroskaSpec::MaxBlockAdditionID(id) => most = id,
                MatroskaSpec::SimpleBlock(_) => {
                    let block = SimpleBlock::try_from(&tag).unwrap();
                    assert_eq!(block.track, 2, "a picture without alpha");
                }
                MatroskaSpec::Block(_) => {
                    let block = Block::try_from(&tag).unwrap();
                    assert_eq!(block.track, 1);
                    pictures.push(block.raw_frame_data()[0]);
                }
                MatroskaSpec::BlockAddID(id) => assert_eq!(id, 1),
                MatroskaSpec::BlockAdditional(alpha) => alphas.push(alpha[0]),
                MatroskaSpec::ReferenceBlock(before) => {
                    assert_eq!(before, -40);
                    references += 1;
                }
                _ => {}
            }
        }
        assert_eq!((mode, most), (1, 1));
        assert_eq!(pictures.len() as f64, (length(seconds) * 25.0).round());
        // The first byte of a VP9 frame says whether it stands for itself.
        let keys = |frames: &[u8]| -> Vec<_> {
            let all = 0..frames.len();
            all.filter(|&at| frames[at] == 0b1000_0010).collect()
        };
        let expected: Vec<_> = (0..pictures.len()).step_by(96).collect();
        assert_eq!(keys(&pictures), expected);
        assert_eq!(keys(&alphas), expected);
        assert_eq!(alphas.len(), pictures.len());
        assert_eq!(references, pictures.len() - expected.len());
    }
}

/// Browsers draw nothing where they differ.
#[test]
fn an_alpha_is_as_large_as_its_picture() {
    for (look, resolution, _) in every_kind() {
        let (width, height) = resolution.size();
        let alpha = Clip::named(&format!("{}-{height}-alpha", look.index()));
        let size = &alpha.track.tkhd;
        assert_eq!(
            (size.width.integer(), size.height.integer()),
            (width, height)
        );
    }
}

#[test]
fn a_video_with_a_wall_has_no_alpha_and_an_mp4_keeps_its_wall() {
    let of = |format, background| video(Look::nth(0), Resolution::P360, format, background, 5.0);
    let file = of(Format::Webm, Background::Wall);
    for tag in WebmIterator::new(&mut &file[..], &[]) {
        let tag = tag.unwrap();
        let alpha = matches!(
            tag,
            MatroskaSpec::AlphaMode(_) | MatroskaSpec::Block(_) | MatroskaSpec::BlockAdditional(_)
        );
        assert!(!alpha, "{tag:?}");
    }
    assert_eq!(
        of(Format::Mp4, Background::Transparent),
        of(Format::Mp4, Background::Wall)
    );
}
