use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use konpro_api::{ErrorAnswer, code};
use serde::de::DeserializeOwned;
use tracing::{error, warn};

use crate::failure::Failure;

/// No limit of KonPro's lasts longer.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// What KonPro answered, whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whole seconds only; KonPro documents neither form. At once is no time to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        let seconds: u64 = text.trim().parse().ok()?;
        (seconds > 0).then(|| Duration::from_secs(seconds).min(DAY))
    }

    /// A 4xx as the visitor gets it: KonPro's own words, but for the key, which is the operator's.
    pub(super) fn refusal(&self) -> Failure {
        let said = self.json::<ErrorAnswer>().and_then(|answer| answer.error);
        let silent = code::for_http_status(self.status.as_u16());
        let spoken = said.as_ref().map_or("", |error| error.code.as_str());
        let code = if spoken.is_empty() { silent } else { spoken };
        if self.status == StatusCode::UNAUTHORIZED || code == code::INVALID_API_KEY {
            report_refused_key(401);
            return Failure::unavailable("KonPro refused the key");
        }
        warn!(
            status = self.status.as_u16(),
            code, "KonPro refused a video"
        );
        // A framework's 422 is, in the documented form, a 400.
        let status = match self.status {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        let message = said
            .as_ref()
            .map_or("KonPro refused the video.", |error| &error.message);
        let mut failure = Failure::new(status, code, message);
        failure.error.details = said.and_then(|error| error.details);
        failure
    }
}

pub(super) fn report_refused_key(status: u16) {
    if matches!(status, 401 | 403) {
        error!(status, "KonPro refused the key: check KONPRO_API_KEY");
    }
}
