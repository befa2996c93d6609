use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient::{Fields, Value};

/// An error in KonPro's envelope, as the proxy writes it.
///
/// ```
/// use konpro_api::{ApiError, ErrorBody, code};
///
/// let body = ErrorBody {
///     error: ApiError::new(code::RESOURCE_NOT_FOUND, "There is no such job."),
///     request_id: "req-1".to_owned(),
/// };
/// assert_eq!(
///     serde_json::to_string(&body)?,
///     r#"{"error":{"code":"RESOURCE_NOT_FOUND","message":"There is no such job."},"request_id":"req-1"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What is wrong.
    pub error: ApiError,
    /// Names this one request in the log; `x-request-id` repeats it.
    pub request_id: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    /// One of [`crate::code`], or another of KonPro's.
    pub code: String,
    /// A sentence for a developer.
    pub message: String,
    /// Which part of the request, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
}

impl ApiError {
    /// An error without details.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            details: None,
        }
    }
}

/// Which part of the request is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetails {
    /// Path of the field, such as `settings.resolution`. Absent when no one field is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong with it. Absent when the message says it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An error body as read: KonPro's envelope, or its framework's `{"detail": …}`.
///
/// `error` is absent when the body says neither; [`crate::code::for_http_status`] then has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// What is wrong. A body that gives no code has an empty one.
    pub error: Option<ApiError>,
    /// The sender's name for this request.
    pub request_id: Option<String>,
}

impl<'de> Deserialize<'de> for ErrorAnswer {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(source)?;
        let error = match fields.take("error") {
            Value::Object(error) => envelope(error),
            bare => ApiError::bare(bare),
        };
        let complaint = match fields.take("detail") {
            Value::List(complaints) => complaints.into_iter().find_map(complaint),
            bare => ApiError::bare(bare),
        };
        Ok(ErrorAnswer {
            error: error.or(complaint),
            request_id: fields.text("request_id"),
        })
    }
}

impl ApiError {
    /// A message without anything else. Blank, and whatever is no string, is absent.
    fn bare(value: Value) -> Option<Self> {
        match value {
            text @ Value::Text(_) => text.text().map(|message| Self::new("", message)),
            _ => None,
        }
    }
}

fn envelope(mut fields: Fields) -> Option<ApiError> {
    let (code, message) = (fields.text("code"), fields.text("message"));
    let says = code.is_some() || message.is_some();
    says.then(|| ApiError {
        code: code.unwrap_or_default(),
        message: message.unwrap_or_default(),
        details: fields.object("details").map(|mut details| ErrorDetails {
            field: details.text("field"),
            reason: details.text("reason"),
        }),
    })
}

/// One entry of a FastAPI `detail` list.
fn complaint(value: Value) -> Option<ApiError> {
    let mut fields = value.object()?;
    let (path, message) = (fields.texts("loc"), fields.text("msg"));
    // The first part says where in the request ("body"); the rest is the path of the field.
    let mut field = String::new();
    for part in path.iter().skip(1) {
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(part);
    }
    Some(ApiError {
        code: crate::code::VALIDATION_ERROR.to_owned(),
        message: message.clone().unwrap_or_default(),
        details: Some(ErrorDetails {
            field: Some(field).filter(|field| !field.is_empty()),
            reason: message,
        }),
    })
}
