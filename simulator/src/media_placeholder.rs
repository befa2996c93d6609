//! Stands in until the real pictures, sound and videos arrive.

use std::str::FromStr;

use bytes::Bytes;

/// A face.
#[derive(Clone, Copy, Debug)]
pub struct Look(pub usize);

impl Look {
    /// The face for an index.
    pub fn nth(index: usize) -> Self {
        Self(index)
    }
}

/// The size of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Resolution(u32, u32);

impl Resolution {
    /// Width and height in pixels.
    pub fn size(self) -> (u32, u32) {
        (self.0, self.1)
    }
}

impl FromStr for Resolution {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "360p" => Ok(Self(640, 360)),
            "480p" => Ok(Self(854, 480)),
            "720p" => Ok(Self(1280, 720)),
            "1080p" => Ok(Self(1920, 1080)),
            _ => Err(()),
        }
    }
}

/// A container.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// MP4.
    Mp4,
    /// WebM.
    Webm,
}

impl Format {
    /// A file name's end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
        }
    }

    /// A media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
        }
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "mp4" => Ok(Self::Mp4),
            "webm" => Ok(Self::Webm),
            _ => Err(()),
        }
    }
}

/// A length that can be made.
pub fn length(seconds: f64) -> f64 {
    seconds.ceil()
}

/// A video.
pub fn video(_: Look, _: Resolution, _: Format, seconds: f64) -> Bytes {
    Bytes::from(format!("a video of {seconds} seconds"))
}

/// A picture.
pub fn thumbnail(_: Look, tint: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><rect width=\"1\" height=\"1\" fill=\"{tint}\"/></svg>"
    )
}

/// A clip.
pub fn preview(look: Look) -> Bytes {
    video(look, Resolution(640, 360), Format::Mp4, 2.0)
}

/// A sound.
pub fn voice_preview(_: &str, _: usize) -> &'static [u8] {
    b"a voice"
}

/// Captions.
pub fn captions(text: &str, _: f64) -> String {
    text.to_owned()
}
