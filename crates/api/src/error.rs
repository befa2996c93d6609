use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient;

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
pub struct ErrorBody {
    /// What is wrong.
    pub error: ApiError,
    /// Names this one request in the log; `x-request-id` repeats it.
    pub request_id: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// Path of the field, such as `settings.resolution`. Absent when no one field is to blame.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub field: Option<String>,
    /// What is wrong with it. Absent when the message says it all.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
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

#[derive(Deserialize)]
struct AnswerFields {
    #[serde(default, deserialize_with = "lenient::object_or_text")]
    error: Option<Result<EnvelopeError, String>>,
    #[serde(default, deserialize_with = "lenient::text")]
    request_id: Option<String>,
    #[serde(
        default,
        rename = "detail",
        deserialize_with = "lenient::objects_or_text"
    )]
    complaints: Option<Result<Vec<Complaint>, String>>,
}

#[derive(Deserialize)]
struct EnvelopeError {
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    details: Option<ErrorDetails>,
}

/// One entry of a FastAPI `detail` list.
#[derive(Deserialize)]
struct Complaint {
    #[serde(default, deserialize_with = "lenient::texts")]
    loc: Vec<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    msg: Option<String>,
}

impl<'de> Deserialize<'de> for ErrorAnswer {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let AnswerFields {
            error,
            request_id,
            complaints,
        } = AnswerFields::deserialize(source)?;
        let error = error.and_then(|error| match error {
            Ok(fields) => fields.into_error(),
            Err(message) => Some(ApiError::new("", message)),
        });
        let complaint = complaints.and_then(|complaints| match complaints {
            Ok(complaints) => complaints.into_iter().next().map(ApiError::from),
            Err(message) => Some(ApiError::new("", message)),
        });
        Ok(ErrorAnswer {
            error: error.or(complaint),
            request_id,
        })
    }
}

impl EnvelopeError {
    fn into_error(self) -> Option<ApiError> {
        let says = self.code.is_some() || self.message.is_some();
        says.then(|| ApiError {
            code: self.code.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
            details: self.details,
        })
    }
}

impl From<Complaint> for ApiError {
    fn from(complaint: Complaint) -> Self {
        // The first part says where in the request ("body"); the rest is the path of the field.
        let field = complaint
            .loc
            .get(1..)
            .map(|path| path.join("."))
            .filter(|path| !path.is_empty());
        ApiError {
            code: crate::code::VALIDATION_ERROR.to_owned(),
            message: complaint.msg.clone().unwrap_or_default(),
            details: Some(ErrorDetails {
                field,
                reason: complaint.msg,
            }),
        }
    }
}
