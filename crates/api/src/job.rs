use serde::{Deserialize, Deserializer, Serialize};

use crate::code;
use crate::lenient::{Fields, Value};

/// Where a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Queued: not yet being rendered.
    Pending,
    /// Being rendered. Also what an unknown or missing status means: still running.
    #[default]
    Processing,
    /// Ended without a video; `error` says why.
    Failed,
    /// Ended with a video; `video_url` says where.
    Completed,
}

impl Status {
    /// Whether nothing more will happen to the job.
    pub fn is_end(self) -> bool {
        matches!(self, Status::Failed | Status::Completed)
    }

    fn read(word: &str) -> Self {
        let is = |name| word.trim().eq_ignore_ascii_case(name);
        if is("pending") {
            Status::Pending
        } else if is("completed") {
            Status::Completed
        } else if is("failed") {
            Status::Failed
        } else {
            Status::Processing
        }
    }
}

/// All that is known of one job: the proxy's **Job**, and whatever KonPro says in either form.
///
/// Reading never fails on an object. What the sender left out, or said in a way that makes no
/// sense, is absent; a job without an id has an empty `job_id`.
///
/// ```
/// use konpro_api::{Job, Status};
///
/// let job: Job = serde_json::from_str(
///     r#"{"job_id": "job-456", "status": "rendering", "estimated_time": "120", "duration": null}"#,
/// )?;
/// assert_eq!(job.status, Status::Processing); // an unknown word means: still running
/// assert_eq!(job.estimated_time, Some(120));
/// assert_eq!(serde_json::to_string(&job)?,
///     r#"{"job_id":"job-456","status":"processing","estimated_time":120}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Sealed by the proxy, such as `q83v…`; KonPro's own (`job-456`) behind it.
    pub job_id: String,
    /// Where the job stands.
    pub status: Status,
    /// When it was asked for, RFC 3339 (`2026-11-23T12:00:00Z`). KonPro's flat form has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whole seconds from `created_at` to the end, as far as anybody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_time: Option<u32>,
    /// Place in the proxy's queue, 1 being next. Only while `pending`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// Where the video is, for some days. Only when `completed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// A still picture of the video. Only when `completed`, and not from every KonPro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// Captions in ASS form. Only when `completed`, and not from every KonPro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption_url: Option<String>,
    /// Length of the video in seconds. Only when `completed`, and not from every KonPro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Why there is no video. Only when `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobError {
    /// One of [`code`], or another of KonPro's.
    pub code: String,
    /// A sentence for a developer; the widget has its own sentences for visitors.
    pub message: String,
}

impl JobError {
    /// An error from its two parts.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut outer = Fields::read(source)?;
        let inner = outer.object("data").map(Telling::from);
        let outer = Telling::from(outer);
        Ok(match inner {
            // The flat form has no `data`: whatever stands there is not about the job.
            Some(inner) if !outer.flat && inner.tells => inner.job,
            _ => outer.job,
        })
    }
}

/// A job, and whether what it was read from was one.
struct Telling {
    job: Job,
    /// It has KonPro's flat form.
    flat: bool,
    /// It says of some job how that stands.
    tells: bool,
}

impl From<Fields> for Telling {
    fn from(mut fields: Fields) -> Self {
        let flat_id = fields.text("job_id");
        let flat = flat_id.is_some();
        // Every name that a job's id has in either of KonPro's forms.
        let envelope_id = fields.text("id");
        let job_id = flat_id.or(envelope_id).or(fields.text("video_id"));
        let word = fields.text("status");
        let tells = job_id.is_some() || word.is_some();
        let status = word.map(|word| Status::read(&word)).unwrap_or_default();
        let said = JobError::said(fields.take("error"));
        let error = match status {
            Status::Failed => Some(said.unwrap_or_else(|| {
                JobError::new(code::PROCESSING_ERROR, "KonPro gave no reason.")
            })),
            _ => None,
        };
        let job = Job {
            job_id: job_id.unwrap_or_default(),
            status,
            // Unix seconds, which the envelope holds, are no date that a page could show.
            created_at: fields
                .text("created_at")
                .filter(|date| date.as_bytes().get(10) == Some(&b'T')),
            estimated_time: fields.whole("estimated_time"),
            queue_position: fields
                .whole("queue_position")
                .filter(|_| status == Status::Pending),
            video_url: fields.text("video_url"),
            thumbnail_url: fields.text("thumbnail_url"),
            caption_url: fields.text("caption_url"),
            duration: fields.number("duration"),
            error,
        };
        Self { job, flat, tells }
    }
}

impl JobError {
    /// What an `error` field says: an object, or the bare message. Blank is absent.
    fn said(value: Value) -> Option<Self> {
        match value {
            Value::Object(mut fields) => {
                let code = fields.text("code");
                Some(Self {
                    code: code.unwrap_or_else(|| code::PROCESSING_ERROR.to_owned()),
                    message: fields.text("message").unwrap_or_default(),
                })
            }
            text @ Value::Text(_) => {
                let message = text.text()?;
                Some(Self::new(code::PROCESSING_ERROR, message))
            }
            _ => None,
        }
    }
}
