use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateVideo {
    /// From the avatar list, such as `avatar-3655`.
    #[serde(default)]
    pub avatar_id: String,
    /// From the voice list, such as `voice-123`.
    #[serde(default)]
    pub voice_id: String,
    /// What the avatar says.
    #[serde(default)]
    pub text: String,
    /// How the video looks. Absent: KonPro's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
}

/// How a video looks. Every field may be absent; KonPro then chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Such as `1080p` or `720p`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Such as `mp4` or `webm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// A name (`office`, `transparent`) or an `https` address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// Called by KonPro when the job ends. The proxy's alone: a visitor who sends one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
}
