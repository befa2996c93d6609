use serde::{Deserialize, Serialize};

use crate::lenient;

/// The body of the proxy's `GET /v1/limits`: what it will accept from this visitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest script, in Unicode scalar values, such as 5000.
    pub max_text: u32,
    /// What `settings.resolution` may be, such as `["1080p", "720p"]`.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub resolutions: Vec<String>,
    /// What `settings.format` may be, such as `["mp4", "webm"]`.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub formats: Vec<String>,
    /// What a video costs.
    #[serde(
        default,
        deserialize_with = "lenient::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub credits: Option<Credits>,
    /// How many videos this visitor may still make. Absent when the proxy does not count.
    #[serde(
        default,
        deserialize_with = "lenient::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub quota: Option<Quota>,
}

/// The rule that turns a video's length into credits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credits {
    /// Credits for a minute of video: 1 on one of KonPro's pages, 60 on another.
    pub per_minute: f64,
    /// Seconds that are charged as a whole: 30 on one of KonPro's pages, 1 on another.
    pub increment: u32,
}

/// How many videos a visitor may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// In all, such as 20.
    pub limit: u32,
    /// Still to be made.
    pub left: u32,
    /// When `left` next grows, RFC 3339.
    pub resets_at: String,
}
