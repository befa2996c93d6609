//! The life of one job, from the ask to the video.
//!
//! **What it is:** a state machine, [`Machine`], that the widget and the proxy both drive. News go
//! in through `handle_…` methods, each with the instant at which it came; work comes out of
//! `poll_…` methods. [`pacing`] says when looking again is worth a request.
//!
//! Beside it, as pure: [`script`] (how long a script is to hear, and what it costs) and [`cut`] (how a long one becomes several).
//!
//! **What it is not:** a driver. No I/O, no clock, no randomness, no async: the manifest cannot
//! even reach them. Whoever drives the machine sends the requests, waits until
//! [`Machine::poll_timeout`] and brings back what happened.
//!
//! ```
//! use konpro_api::{Job, Status};
//! use konpro_job::{Instant, Machine, Request, Resend};
//!
//! let start = Instant::from_millis(1_000);
//! let mut machine = Machine::new(Resend::Never);
//! machine.handle_ask(start);
//! assert_eq!(machine.poll_request(start), Some(Request::Create));
//!
//! let answer = Job { job_id: "job-456".into(), estimated_time: Some(120), ..Job::default() };
//! machine.handle_sighting(start, &answer, None);
//! assert_eq!(machine.job().status, Status::Processing);
//!
//! // Nothing to do before the video can be there.
//! assert_eq!(machine.poll_request(start), None);
//! let look = machine.poll_timeout().unwrap();
//! assert!(look.since(start).as_secs() > 90);
//! assert_eq!(machine.poll_request(look), Some(Request::Look));
//! ```

pub mod cut;
mod instant;
mod machine;
pub mod pacing;
mod request;
pub mod script;
mod sighting;
mod state;

pub use instant::Instant;
pub use machine::Machine;
pub use pacing::Pace;
pub use request::Request;
pub use sighting::Sighting;
pub use state::{Resend, State};
