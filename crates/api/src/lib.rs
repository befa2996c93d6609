//! The words that browser, proxy and KonPro exchange.
//!
//! **What it is:** one Rust type for each body of KonPro's video API and of the proxy in front of
//! it. Every type is *written strictly* (KonPro's documented form, unknown values absent, never
//! `null`) and *read tolerantly*: both forms of the lists, both forms of a job's status, both forms
//! of an error, numbers as strings, missing, `null` and unknown fields, unknown statuses. A field
//! that cannot be understood is absent; it never costs the rest of the body.
//!
//! **What it is not:** a client, or a judge. Nothing here does I/O, and nothing decides whether a
//! value makes sense: the proxy and the job machine do.
//!
//! serde is the only dependency, so that a browser pays for no JSON parser: it brings its own.
//!
//! ```
//! use konpro_api::{Job, Status};
//!
//! // KonPro's flat form, and its envelope, are the same job.
//! let flat: Job = serde_json::from_str(r#"{"job_id": "job-456", "status": "processing"}"#)?;
//! let envelope: Job =
//!     serde_json::from_str(r#"{"code": 100, "data": {"id": "job-456", "status": "processing"}}"#)?;
//! assert_eq!(flat, envelope);
//! assert_eq!(flat.status, Status::Processing);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod code;
mod error;
mod job;
mod lenient;
mod limits;
mod list;
mod video;
mod webhook;

pub use error::{ApiError, ErrorAnswer, ErrorBody, ErrorDetails};
pub use job::{Job, JobError, Status};
pub use limits::{Credits, Estimate, Limits, Quota};
pub use list::{Avatar, Avatars, Pagination, Scope, Voice, VoiceProperties, Voices};
pub use video::{CreateVideo, Settings};
pub use webhook::Webhook;
