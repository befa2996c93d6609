use serde::{Deserialize, Deserializer};

use crate::lenient::Fields;

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

impl<'de> Deserialize<'de> for Webhook {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(source)?;
        let event = fields.object("event_data");
        Ok(Webhook {
            event_type: fields.text("event_type"),
            video_id: event.and_then(|mut event| event.text("video_id")),
        })
    }
}
