//! Real pictures and sound: videos of any length that play in a browser, thumbnails, previews and captions.
//!
//! Nothing is encoded here. A few seconds of each speaking face are compiled in, and a video is that loop, repeated
//! and written as an mp4 or webm file; a webm that can be seen through has a second loop, of how opaque each picture
//! is. `simulator/media/make.py` makes the loops.

mod captions;
mod clip;
mod face;
mod mp4;
mod webm;

use std::str::FromStr;

use bytes::Bytes;
use include_dir::{Dir, include_dir};

pub use captions::captions;
use clip::{Clip, PHRASE_SECONDS};
pub use face::{Look, thumbnail};

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// 640 × 360
    P360,
    /// 854 × 480
    P480,
    /// 1280 × 720
    P720,
    /// 1920 × 1080
    P1080,
}

impl Resolution {
    /// Every resolution, from small to large.
    pub const ALL: [Self; 4] = [Self::P360, Self::P480, Self::P720, Self::P1080];

    /// The name that KonPro's API uses, such as `1080p`; parses back.
    pub fn name(self) -> &'static str {
        match self {
            Self::P360 => "360p",
            Self::P480 => "480p",
            Self::P720 => "720p",
            Self::P1080 => "1080p",
        }
    }

    /// Width and height in pixels.
    pub fn size(self) -> (u16, u16) {
        match self {
            Self::P360 => (640, 360),
            Self::P480 => (854, 480),
            Self::P720 => (1280, 720),
            Self::P1080 => (1920, 1080),
        }
    }
}

impl FromStr for Resolution {
    type Err = NotOffered;

    fn from_str(name: &str) -> Result<Self, NotOffered> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.name() == name).ok_or(NotOffered)
    }
}

/// The kind of file that a video is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// H.264 and AAC
    Mp4,
    /// VP9 and Opus
    Webm,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Mp4, Self::Webm];

    /// The name that KonPro's API uses, which is the file's extension too: `mp4` or `webm`; parses back.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
        }
    }

    /// The media type, for a `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
        }
    }
}

impl FromStr for Format {
    type Err = NotOffered;

    fn from_str(name: &str) -> Result<Self, NotOffered> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.extension() == name).ok_or(NotOffered)
    }
}

/// What is behind the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// A wall, whatever KonPro would show there.
    Wall,
    /// What the page has there. An mp4 cannot be seen through and shows the wall.
    Transparent,
}

/// The simulator makes no videos of this resolution or format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no videos of this kind are made here")]
pub struct NotOffered;

/// How long a video will really be, in seconds, when this length is wished for: at most 0.64 s away, and at least one
/// phrase, 1.28 s. Its own result is answered unchanged.
pub fn length(seconds: f64) -> f64 {
    phrases(seconds) as f64 * PHRASE_SECONDS
}

/// A video of [`length`]`(seconds)`, with picture and sound.
pub fn video(
    look: Look,
    resolution: Resolution,
    format: Format,
    background: Background,
    seconds: f64,
) -> Bytes {
    let (_, height) = resolution.size();
    let (picture_codec, sound_codec) = match format {
        Format::Mp4 => ("h264", "aac"),
        Format::Webm => ("vp9", "opus"),
    };
    let picture = Clip::named(&format!("{}-{height}-{picture_codec}", look.index()));
    let sound = Clip::named(&format!("{}-{sound_codec}", look.speaker()));
    let file = match format {
        Format::Mp4 => mp4::file(&picture, &sound, phrases(seconds)),
        Format::Webm => {
            let alpha = (background == Background::Transparent)
                .then(|| Clip::named(&format!("{}-{height}-alpha", look.index())));
            webm::file(&picture, alpha.as_ref(), &sound, phrases(seconds))
        }
    };
    file.into()
}

/// A short video of a look, as mp4, with which an avatar introduces itself.
pub fn preview(look: Look) -> Bytes {
    let seconds = 3.0 * PHRASE_SECONDS;
    video(
        look,
        Resolution::P360,
        Format::Mp4,
        Background::Wall,
        seconds,
    )
}

/// A sentence in a language such as `en-US`, as mp3. A language has seven variants, counted from 0, and begins again
/// after them: female, male, neutral, female, male, female, male. Empty when the language has no recordings.
pub fn voice_preview(language: &str, variant: usize) -> &'static [u8] {
    static VOICES: Dir = include_dir!("$CARGO_MANIFEST_DIR/media/voices");
    let recording = VOICES.get_file(format!("{language}-{}.mp3", variant % 7));
    recording.map_or(&[], |file| file.contents())
}

/// How many phrases make a video of about this length.
fn phrases(seconds: f64) -> usize {
    // A cast saturates: nonsense becomes the shortest video.
    ((seconds / PHRASE_SECONDS).round() as usize).max(1)
}

#[cfg(test)]
mod tests;
