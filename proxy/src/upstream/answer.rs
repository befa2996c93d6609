use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use bytes::Bytes;
use jiff::fmt::rfc2822;
use konpro_api::{ErrorAnswer, ErrorDetails, Job, JobError, Status, code};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{error, warn};

use crate::failure::Failure;

/// No limit of KonPro's lasts longer.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST_CODE: usize = 64;
const LONGEST_MESSAGE: usize = 500;

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

    /// In seconds or as a date, which counts from the answer's own. At once is no time to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let text = self.header(header::RETRY_AFTER)?.trim();
        let wait = match text.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let date = |text| Some(rfc2822::parse(text).ok()?.timestamp());
                let wait = date(text)?.duration_since(date(self.header(header::DATE)?)?);
                wait.try_into().ok()?
            }
        };
        (wait > Duration::ZERO).then(|| wait.min(DAY))
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether this says how a job stands, and names no other than the one of this id.
    pub(super) fn is_about(&self, id: &str) -> bool {
        let (job, said) = (self.json::<Job>(), self.json::<Value>().unwrap_or_default());
        let known = |place: &&str| {
            let word = said
                .pointer(place)
                .and_then(Value::as_str)
                .unwrap_or_default();
            serde_json::from_value::<Status>(word.trim().to_lowercase().into()).is_ok()
        };
        job.is_some_and(|job| job.job_id.is_empty() || job.job_id == id)
            && ["/status", "/data/status"].iter().any(known)
    }

    /// A 4xx as the visitor gets it: KonPro's own words, but for the key, which is the operator's.
    pub(super) fn refusal(&self) -> Failure {
        let said = self.json::<ErrorAnswer>().and_then(|answer| answer.error);
        let silent = code::for_http_status(self.status.as_u16());
        let spoken = said.as_ref().map_or("", |error| error.code.as_str());
        let code = if is_code(spoken) { spoken } else { silent };
        // Whoever refuses a video says more than a framework, or a gateway, that refuses the key.
        let refuses_key = match self.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::FORBIDDEN => spoken.is_empty(),
            _ => false,
        };
        if refuses_key || code == code::INVALID_API_KEY {
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
        let mut failure = Failure::new(status, code, shortened(message));
        failure.retry_after = self.retry_after().map(|wait| wait.as_secs());
        failure.error.details = said
            .and_then(|error| error.details)
            .map(|details| ErrorDetails {
                field: details.field.as_deref().map(shortened),
                reason: details.reason.as_deref().map(shortened),
            });
        failure
    }
}

/// Why a job failed, in a form that can be kept and shown.
pub(super) fn tidy(error: JobError) -> JobError {
    let code = match is_code(&error.code) {
        true => &error.code,
        false => code::PROCESSING_ERROR,
    };
    JobError::new(code, shortened(&error.message))
}

fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(fits)
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}

pub(super) fn report_refused_key(status: u16) {
    if matches!(status, 401 | 403) {
        error!(status, "KonPro refused the key: check KONPRO_API_KEY");
    }
}
