use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};

use crate::config::Dialect;

/// Why a request is not answered as its sender hoped. Handlers return it; [`Refusal::answer`] writes it.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    InvalidApiKey,
    TooManyRequests {
        retry_after: Option<u64>,
    },
    /// The body is no JSON object.
    UnreadableBody,
    /// A field of the body or the query has a wrong value, or none.
    Field {
        within: &'static str,
        field: &'static str,
        reason: String,
    },
    /// What a well-formed id names does not exist.
    Unknown {
        what: &'static str,
        field: &'static str,
    },
    NoSuchPath,
    WrongMethod,
    /// A media link that has expired, or was never given.
    DeadLink,
    /// KonPro's own trouble.
    Broken(StatusCode),
}

impl Refusal {
    pub(crate) fn field(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Field {
            within: "body",
            field,
            reason: reason.into(),
        }
    }

    pub(crate) fn query(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Field {
            within: "query",
            field,
            reason: reason.into(),
        }
    }

    pub(crate) fn answer(&self, dialect: Dialect, request_id: String) -> Response {
        let framework = match dialect {
            Dialect::Documentation => None,
            Dialect::Sdk => self.in_the_frameworks_form(),
        };
        let (status, body) = framework.unwrap_or_else(|| self.in_the_envelope(request_id));
        let mut response = (status, Json(body)).into_response();
        if let Self::TooManyRequests {
            retry_after: Some(seconds),
        } = self
        {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }

    fn in_the_envelope(&self, request_id: String) -> (StatusCode, Value) {
        let (status, code, message) = self.documented();
        let mut error = json!({"code": code, "message": message});
        match self {
            Self::Field { field, reason, .. } => {
                error["details"] = json!({"field": field, "reason": reason});
            }
            Self::Unknown { what, field } => {
                error["details"] = json!({"field": field, "reason": format!("no such {what}")});
            }
            _ => {}
        }
        (status, json!({"error": error, "request_id": request_id}))
    }

    /// FastAPI answers these by itself, before KonPro's own code sees the request.
    fn in_the_frameworks_form(&self) -> Option<(StatusCode, Value)> {
        let invalid = |loc: Value, message: &str, kind: &str| {
            let detail = json!([{"loc": loc, "msg": message, "type": kind}]);
            (StatusCode::UNPROCESSABLE_ENTITY, json!({"detail": detail}))
        };
        Some(match self {
            Self::UnreadableBody => invalid(json!(["body"]), "JSON decode error", "json_invalid"),
            Self::Field {
                within,
                field,
                reason,
            } => {
                let path = std::iter::once(*within).chain(field.split('.'));
                invalid(path.collect(), reason, "value_error")
            }
            Self::Unknown { what, .. } => {
                let detail = format!("No such {what}");
                (StatusCode::NOT_FOUND, json!({"detail": detail}))
            }
            Self::NoSuchPath => (StatusCode::NOT_FOUND, json!({"detail": "Not Found"})),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                json!({"detail": "Method Not Allowed"}),
            ),
            _ => return None,
        })
    }

    fn documented(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::InvalidApiKey => (
                StatusCode::UNAUTHORIZED,
                "INVALID_API_KEY",
                "The API key is missing or invalid",
            ),
            Self::TooManyRequests { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMIT_EXCEEDED",
                "Too many requests, try again later",
            ),
            Self::UnreadableBody => (
                StatusCode::BAD_REQUEST,
                "INVALID_REQUEST",
                "The body must be a JSON object",
            ),
            Self::Field { .. } => (
                StatusCode::BAD_REQUEST,
                "VALIDATION_ERROR",
                "The request is not valid",
            ),
            Self::Unknown { .. } => (
                StatusCode::NOT_FOUND,
                "RESOURCE_NOT_FOUND",
                "The requested resource does not exist",
            ),
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "No such path"),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "INVALID_REQUEST",
                "No such method on this path",
            ),
            Self::DeadLink => (
                StatusCode::FORBIDDEN,
                "INSUFFICIENT_PERMISSIONS",
                "The link has expired or is not valid",
            ),
            Self::Broken(StatusCode::SERVICE_UNAVAILABLE) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "The service is temporarily unavailable",
            ),
            Self::Broken(status) => (*status, "PROCESSING_ERROR", "Something went wrong"),
        }
    }
}

/// Carries the refusal out of a handler, to where the dialect is known.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.documented().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
