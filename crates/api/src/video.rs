use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient::{Fields, Value};

/// The body of `POST /v1/video-avatars`: a video to be made.
///
/// Read as it comes: a missing field is empty, and the proxy says which one it misses. A field of
/// the wrong type is an error.
///
/// ```
/// use konpro_api::CreateVideo;
///
/// let video: CreateVideo = serde_json::from_str(
///     r#"{"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Welcome!"}"#,
/// )?;
/// assert_eq!(video.text, "Welcome!");
/// assert!(video.settings.is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateVideo {
    /// From the avatar list, such as `avatar-3655`.
    pub avatar_id: String,
    /// From the voice list, such as `voice-123`.
    pub voice_id: String,
    /// What the avatar says.
    pub text: String,
    /// How the video looks. Absent: KonPro's own choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
}

/// How a video looks. Every field may be absent; KonPro then chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Such as `1080p` or `720p`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Such as `mp4` or `webm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// A name (`office`, `transparent`) or an `https` address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// Called by KonPro when the job ends. The proxy's alone: a visitor who sends one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
}

impl<'de> Deserialize<'de> for CreateVideo {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        video(Fields::read(source)?).map_err(D::Error::custom)
    }
}

fn video(mut fields: Fields) -> Result<CreateVideo, &'static str> {
    Ok(CreateVideo {
        avatar_id: string(&mut fields, "avatar_id")?.unwrap_or_default(),
        voice_id: string(&mut fields, "voice_id")?.unwrap_or_default(),
        text: string(&mut fields, "text")?.unwrap_or_default(),
        settings: match fields.take("settings") {
            Value::Nothing => None,
            Value::Object(fields) => Some(settings(fields)?),
            _ => return Err("settings is no object"),
        },
    })
}

fn settings(mut fields: Fields) -> Result<Settings, &'static str> {
    Ok(Settings {
        resolution: string(&mut fields, "resolution")?,
        format: string(&mut fields, "format")?,
        background: string(&mut fields, "background")?,
        webhook_url: string(&mut fields, "webhook_url")?,
    })
}

/// Nothing else is lenient here: whoever sends a request is told, and can mend it.
fn string(fields: &mut Fields, name: &str) -> Result<Option<String>, &'static str> {
    match fields.take(name) {
        Value::Nothing => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        _ => Err(NO_STRING),
    }
}

const NO_STRING: &str = "a field that is a string holds something else";
