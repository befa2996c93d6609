use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient::Fields;

/// The body of the proxy's `GET /v1/limits`: what it will accept from this visitor.
///
/// Reading it fails where `max_text` cannot be read: then it is no proxy of ours that answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// The longest script, in Unicode scalar values, such as 5000.
    pub max_text: u32,
    /// What `settings.resolution` may be, such as `["1080p", "720p"]`.
    pub resolutions: Vec<String>,
    /// What `settings.format` may be, such as `["mp4", "webm"]`.
    pub formats: Vec<String>,
    /// What a video costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// How many videos this visitor may still make. Absent when the proxy does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// How long videos take. Absent from proxies before 0.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
}

/// How long a video takes by the length of its script, as the proxy has learnt; without any wait for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Estimate {
    /// Seconds for the shortest one, such as 60.
    pub base: f64,
    /// Seconds more for each Unicode scalar value, such as 0.107.
    pub per_character: f64,
    /// How many the proxy has made at the same time, for all its visitors, such as 1.
    pub at_once: u32,
}

/// The rule that turns a video's length into credits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credits {
    /// Credits for a minute of video: 1 on one of KonPro's pages, 60 on another.
    pub per_minute: f64,
    /// Seconds that are charged as a whole: 30 on one of KonPro's pages, 1 on another.
    pub increment: u32,
}

/// How many videos a visitor may make: by the visitor's own limit, or by everybody's where that leaves fewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// In all, such as 20.
    pub limit: u32,
    /// Still to be made.
    pub left: u32,
    /// When `left` next grows, RFC 3339.
    pub resets_at: String,
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(source)?;
        let max_text = fields.whole("max_text");
        Ok(Limits {
            max_text: max_text.ok_or_else(|| serde::de::Error::missing_field("max_text"))?,
            resolutions: fields.texts("resolutions"),
            formats: fields.texts("formats"),
            credits: fields.object("credits").and_then(credits),
            quota: fields.object("quota").and_then(quota),
            estimate: fields.object("estimate").and_then(estimate),
        })
    }
}

/// Half of it is none. Early proxies did not say how many at once.
fn estimate(mut fields: Fields) -> Option<Estimate> {
    Some(Estimate {
        base: fields.number("base")?,
        per_character: fields.number("per_character")?,
        at_once: fields.whole("at_once").unwrap_or(1),
    })
}

/// Half a rule is none.
fn credits(mut fields: Fields) -> Option<Credits> {
    Some(Credits {
        per_minute: fields.number("per_minute")?,
        increment: fields.whole("increment")?,
    })
}

/// Without one of its parts a quota says nothing that a visitor could be told.
fn quota(mut fields: Fields) -> Option<Quota> {
    Some(Quota {
        limit: fields.whole("limit")?,
        left: fields.whole("left")?,
        resets_at: fields.text("resets_at")?,
    })
}
