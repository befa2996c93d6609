//! What goes wrong, in one place: what the visitor learns, and what the log learns.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konpro_api::{ApiError, ErrorDetails, JobError, code};
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::storage::StorageError;

/// Seconds after which a store that was away may be back.
const STORE_RETRY: u64 = 5;

/// Why a call of a visitor's is answered with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) error: Box<ApiError>,
    /// Seconds after which the call makes sense again.
    pub(crate) retry_after: Option<u64>,
    /// For the operator alone.
    pub(crate) log: Option<&'static str>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            error: Box::new(ApiError::new(code, message)),
            retry_after: None,
            log: None,
        }
    }

    pub(crate) fn not_found() -> Self {
        let message = "There is nothing at this address.";
        Self::new(StatusCode::NOT_FOUND, code::RESOURCE_NOT_FOUND, message)
    }

    pub(crate) fn no_such_job() -> Self {
        let message = "There is no such job.";
        Self::new(StatusCode::NOT_FOUND, code::RESOURCE_NOT_FOUND, message)
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::INVALID_REQUEST, message)
    }

    /// `field` names the part of the request, `reason` completes the sentence that begins with it.
    pub(crate) fn validation(field: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let message = format!("{field} {reason}.");
        let mut failure = Self::new(StatusCode::BAD_REQUEST, code::VALIDATION_ERROR, message);
        let details = ErrorDetails {
            field: Some(field.to_owned()),
            reason: Some(reason),
        };
        failure.error.details = Some(details);
        failure
    }

    pub(crate) fn unavailable(log: &'static str) -> Self {
        let message = "The video service cannot be reached at the moment.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            log: Some(log),
            ..Self::new(status, code::UPSTREAM_UNAVAILABLE, message)
        }
    }

    pub(crate) fn invalid(log: &'static str) -> Self {
        let message = "The video service gave an answer that makes no sense.";
        let status = StatusCode::BAD_GATEWAY;
        Self {
            log: Some(log),
            ..Self::new(status, code::UPSTREAM_INVALID, message)
        }
    }

    pub(crate) fn timeout(log: &'static str) -> Self {
        let message = "The video service did not answer in time.";
        let status = StatusCode::GATEWAY_TIMEOUT;
        Self {
            log: Some(log),
            ..Self::new(status, code::UPSTREAM_TIMEOUT, message)
        }
    }

    pub(crate) fn after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    pub(crate) fn into_job_error(self) -> JobError {
        JobError::new(self.error.code, self.error.message)
    }
}

/// A failure as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptFailure {
    status: u16,
    code: String,
    message: String,
    field: Option<String>,
    reason: Option<String>,
    retry_after: Option<u64>,
}

impl From<Failure> for KeptFailure {
    fn from(failure: Failure) -> Self {
        let details = failure.error.details.unwrap_or_default();
        Self {
            status: failure.status.as_u16(),
            code: failure.error.code,
            message: failure.error.message,
            field: details.field,
            reason: details.reason,
            retry_after: failure.retry_after,
        }
    }
}

impl From<&KeptFailure> for Failure {
    fn from(kept: &KeptFailure) -> Self {
        let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut failure = Self::new(status, &kept.code, &*kept.message);
        if kept.field.is_some() || kept.reason.is_some() {
            failure.error.details = Some(ErrorDetails {
                field: kept.field.clone(),
                reason: kept.reason.clone(),
            });
        }
        failure.retry_after = kept.retry_after;
        failure
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        warn!(%error, "the store does not answer");
        Self::unavailable("the store cannot be reached").after(STORE_RETRY)
    }
}

/// The body is written by [`crate::requests::identify`], which knows the request's id.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
