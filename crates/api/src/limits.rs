use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient;

/// The body of the proxy's `GET /v1/limits`: what it will accept from this visitor.
///
/// Reading it fails where `max_text` cannot be read: then it is no proxy of ours that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest script, in Unicode scalar values, such as 5000.
    #[serde(deserialize_with = "max_text")]
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
        deserialize_with = "credits",
        skip_serializing_if = "Option::is_none"
    )]
    pub credits: Option<Credits>,
    /// How many videos this visitor may still make. Absent when the proxy does not count.
    #[serde(
        default,
        deserialize_with = "quota",
        skip_serializing_if = "Option::is_none"
    )]
    pub quota: Option<Quota>,
}

/// The rule that turns a video's length into credits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Credits {
    /// Credits for a minute of video: 1 on one of KonPro's pages, 60 on another.
    pub per_minute: f64,
    /// Seconds that are charged as a whole: 30 on one of KonPro's pages, 1 on another.
    pub increment: u32,
}

/// How many videos a visitor may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// In all, such as 20.
    pub limit: u32,
    /// Still to be made.
    pub left: u32,
    /// When `left` next grows, RFC 3339.
    pub resets_at: String,
}

#[derive(Deserialize)]
struct CreditsFields {
    #[serde(default, deserialize_with = "lenient::number")]
    per_minute: Option<f64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    increment: Option<u32>,
}

#[derive(Deserialize)]
struct QuotaFields {
    #[serde(default, deserialize_with = "lenient::whole")]
    limit: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    left: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    resets_at: Option<String>,
}

fn max_text<'de, D: Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
    lenient::whole(source)?.ok_or_else(|| serde::de::Error::missing_field("max_text"))
}

/// Half a rule is none.
fn credits<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Credits>, D::Error> {
    let whole = |fields: CreditsFields| {
        Some(Credits {
            per_minute: fields.per_minute?,
            increment: fields.increment?,
        })
    };
    Ok(lenient::object(source)?.and_then(whole))
}

/// Without one of its numbers a quota says nothing that a visitor could be told.
fn quota<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Quota>, D::Error> {
    let whole = |fields: QuotaFields| {
        Some(Quota {
            limit: fields.limit?,
            left: fields.left?,
            resets_at: fields.resets_at?,
        })
    };
    Ok(lenient::object(source)?.and_then(whole))
}
