use serde::{Deserialize, Deserializer, Serialize};

use crate::{code, lenient};

/// Where a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// Every name that a field of a job has in either of KonPro's forms.
#[derive(Default, Deserialize)]
struct JobFields {
    #[serde(default, deserialize_with = "lenient::object")]
    data: Option<Box<JobFields>>,
    #[serde(default, deserialize_with = "lenient::text")]
    job_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    video_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::whole")]
    estimated_time: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    queue_position: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    video_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    thumbnail_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    caption_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    duration: Option<f64>,
    #[serde(default, deserialize_with = "lenient::object_or_text")]
    error: Option<Result<ErrorFields, String>>,
}

#[derive(Deserialize)]
struct ErrorFields {
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
}

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut outer = JobFields::deserialize(source)?;
        let inner = outer.data.take();
        Ok(Job::from(match inner {
            // The flat form has no `data`: whatever stands there is not about the job.
            Some(inner) if outer.job_id.is_none() && inner.tell() => *inner,
            _ => outer,
        }))
    }
}

impl JobFields {
    fn tell(&self) -> bool {
        let ids = [&self.job_id, &self.id, &self.video_id];
        self.status.is_some() || ids.iter().any(|id| id.is_some())
    }
}

impl From<JobFields> for Job {
    fn from(fields: JobFields) -> Self {
        let status = fields
            .status
            .map(|word| Status::read(&word))
            .unwrap_or_default();
        let said = fields.error.map(|error| match error {
            Ok(fields) => JobError {
                code: fields
                    .code
                    .unwrap_or_else(|| code::PROCESSING_ERROR.to_owned()),
                message: fields.message.unwrap_or_default(),
            },
            Err(message) => JobError::new(code::PROCESSING_ERROR, message),
        });
        let error = match status {
            Status::Failed => Some(said.unwrap_or_else(|| {
                JobError::new(code::PROCESSING_ERROR, "KonPro gave no reason.")
            })),
            _ => None,
        };
        Job {
            job_id: fields
                .job_id
                .or(fields.id)
                .or(fields.video_id)
                .unwrap_or_default(),
            status,
            // Unix seconds, which the envelope holds, are no date that a page could show.
            created_at: fields
                .created_at
                .filter(|date| date.as_bytes().get(10) == Some(&b'T')),
            estimated_time: fields.estimated_time,
            queue_position: fields.queue_position.filter(|_| status == Status::Pending),
            video_url: fields.video_url,
            thumbnail_url: fields.thumbnail_url,
            caption_url: fields.caption_url,
            duration: fields.duration,
            error,
        }
    }
}
