use serde::{Deserialize, Deserializer};

use crate::lenient;

/// The body of KonPro's webhook, as far as it can be of use: a hint that something has changed.
///
/// KonPro publishes no signature, so nothing here is the truth; the status call is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhook {
    /// Such as `avatar_video.success` or `avatar_video.fail`.
    pub event_type: Option<String>,
    /// KonPro's id of the video that the event is about.
    pub video_id: Option<String>,
}

#[derive(Deserialize)]
struct WebhookFields {
    #[serde(default, deserialize_with = "lenient::text")]
    event_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    event_data: Option<EventFields>,
}

#[derive(Deserialize)]
struct EventFields {
    #[serde(default, deserialize_with = "lenient::text")]
    video_id: Option<String>,
}

impl<'de> Deserialize<'de> for Webhook {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let fields = WebhookFields::deserialize(source)?;
        let video_id = fields.event_data.and_then(|data| data.video_id);
        Ok(Webhook {
            event_type: fields.event_type,
            video_id,
        })
    }
}
