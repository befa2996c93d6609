use konpro_api::{ErrorAnswer, JobError, code};

use crate::text::joined;
use crate::transport::{Answer, Lost};

/// Why a call came to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KonproError {
    /// One of [`konpro_api::code`], another of KonPro's, or [`KonproError::UNREACHABLE`].
    pub code: String,
    /// A sentence for a developer.
    pub message: String,
    /// The proxy's name for the request, where there was an answer.
    pub request_id: Option<String>,
    /// The field to blame, such as `text`, where there is one.
    pub field: Option<String>,
    /// Whether the same call may well succeed later.
    pub retryable: bool,
}

impl KonproError {
    /// The code for "nothing came back": the only one that no server sends.
    pub const UNREACHABLE: &str = "UNREACHABLE";

    /// What an answer that is no success says.
    pub(crate) fn of<T>(answer: &Answer<T>) -> Self {
        Self::said(answer.status, answer.body.as_ref().err())
    }

    /// Apart from [`of`](Self::of), so that it is compiled once for all kinds of answers.
    fn said(status: u16, said: Option<&ErrorAnswer>) -> Self {
        let nothing = ErrorAnswer::default();
        let said = said.unwrap_or(&nothing);
        let error = said.error.as_ref();
        let spoken = error
            .map(|error| error.code.as_str())
            .filter(|code| !code.is_empty());
        // A success that cannot be read comes from something that is no proxy of ours.
        let silent = match status {
            200..=299 => code::UPSTREAM_INVALID,
            _ => code::for_http_status(status),
        };
        Self {
            code: spoken.unwrap_or(silent).to_owned(),
            message: error
                .map(|error| error.message.clone())
                .filter(|message| !message.is_empty())
                .unwrap_or_else(|| unexplained(status)),
            request_id: said.request_id.clone(),
            field: error.and_then(|error| error.details.as_ref()?.field.clone()),
            retryable: status == 429 || status >= 500,
        }
    }
}

/// Says of an answer without a reason, such as a gateway's or a web server's page, what it was.
fn unexplained(status: u16) -> String {
    let kind = match status {
        200..=299 => "is none of KonPro's: is the endpoint right?",
        _ => "gives no reason.",
    };
    joined(&[
        "The answer, with HTTP status ",
        &status.to_string(),
        ", ",
        kind,
    ])
}

impl From<Lost> for KonproError {
    fn from(_: Lost) -> Self {
        Self {
            code: Self::UNREACHABLE.to_owned(),
            message: "The proxy could not be reached.".to_owned(),
            retryable: true,
            ..Self::default()
        }
    }
}

/// What a job's own word on its failure says beyond its code.
impl From<JobError> for KonproError {
    fn from(error: JobError) -> Self {
        let final_word = [
            code::VALIDATION_ERROR,
            code::INVALID_REQUEST,
            code::INSUFFICIENT_PERMISSIONS,
            code::RESOURCE_NOT_FOUND,
            code::PAYLOAD_TOO_LARGE,
            code::ORIGIN_NOT_ALLOWED,
        ];
        Self {
            retryable: !final_word.contains(&error.code.as_str()),
            code: error.code,
            message: error.message,
            ..Self::default()
        }
    }
}

impl From<KonproError> for JobError {
    fn from(error: KonproError) -> Self {
        JobError::new(error.code, error.message)
    }
}
