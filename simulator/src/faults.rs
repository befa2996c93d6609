mod schedule;

use std::{str::FromStr, time::Duration};

use http::StatusCode;

use crate::{counts::Call, jobs::Ending};

pub(crate) use schedule::Schedule;

/// Something that goes wrong on purpose.
///
/// As a flag of the program: `CALL:KIND`, or `CALL:KINDxTIMES` (`create:429`, `status:503x2`, `create:drop-after`). In a
/// script, in square brackets: `[KIND]` concerns each create of that very text (`[fail]`, `[stuck]`, `[429+5x2]`), and
/// `[CALL:KIND]` for `create` and `status` concerns the calls about that text's jobs (`[status:503x2]`). Without a
/// count it happens every time.
///
/// | CALL | KIND |
/// |---|---|
/// | `create` `status` `avatars` `voices` `videos` `quota` `endpoint` `health` `media` | `429` `429+SECONDS` (with `Retry-After`) `500` `503` `500-after` `503-after` `timeout` `timeout-after` `drop` `drop-after` `malformed` `html` `slow` `slow+SECONDS` `delay+SECONDS` `stuck` `fail` |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which calls are hit.
    pub on: Call,
    /// What happens to them.
    pub kind: FaultKind,
    /// How many calls are hit; [`Fault::ALWAYS`] for all that follow. A call is hit by one fault at a time, in the order
    /// in which they were injected; [`FaultKind::Stuck`] and [`FaultKind::FailingRender`] hit an accepted job besides.
    pub times: u32,
}

impl Fault {
    /// For a fault that does not pass.
    pub const ALWAYS: u32 = u32::MAX;
}

/// What can go wrong. `processed` says whether KonPro had done, and billed, what was asked before it went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// 429, with `Retry-After` in whole seconds or without. Never processed.
    TooManyRequests {
        /// The header's value; `None` sends no header.
        retry_after: Option<u64>,
    },
    /// An error status in KonPro's envelope, 500 or 503 for instance.
    Error {
        /// The status.
        status: StatusCode,
        /// Whether the work was done nevertheless.
        processed: bool,
    },
    /// No answer ever comes.
    TimeOut {
        /// Whether the work was done nevertheless.
        processed: bool,
    },
    /// The connection closes without an answer.
    Dropped {
        /// Whether the work was done nevertheless.
        processed: bool,
    },
    /// Processed; the answer is cut in the middle of its JSON.
    Malformed,
    /// A gateway's 502 page in HTML. Never processed.
    Html,
    /// Processed; the answer's head comes at once, its body in pieces over this time.
    SlowBody(Duration),
    /// Processed at once; the answer comes after this time.
    Delayed(Duration),
    /// The job is accepted and never ends. Creates only, no effect elsewhere.
    Stuck,
    /// The job is accepted and fails half-way with `PROCESSING_ERROR`. Creates only, no effect elsewhere.
    FailingRender,
}

impl FaultKind {
    /// For what happens to the job itself and not to the call.
    fn ending(&self) -> Option<Ending> {
        match self {
            Self::Stuck => Some(Ending::Never),
            Self::FailingRender => Some(Ending::Fails),
            _ => None,
        }
    }
}

/// A fault that cannot be understood; shows what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault `{0}`: CALL:KIND or CALL:KINDxTIMES is expected, such as status:503x2")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(given: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault(given.to_owned());
        let (call, event) = given.split_once(':').ok_or_else(unknown)?;
        let on = match call {
            "create" => Call::Create,
            "status" => Call::Status,
            "avatars" => Call::Avatars,
            "voices" => Call::Voices,
            "videos" => Call::Videos,
            "quota" => Call::Quota,
            "endpoint" => Call::AddEndpoint,
            "health" => Call::Health,
            "media" => Call::Media,
            _ => return Err(unknown()),
        };
        let (kind, times) = kind_and_times(event).ok_or_else(unknown)?;
        if kind.ending().is_some() && on != Call::Create {
            return Err(unknown());
        }
        Ok(Self { on, kind, times })
    }
}

fn kind_and_times(given: &str) -> Option<(FaultKind, u32)> {
    let (kind, times) = match given.rsplit_once('x') {
        Some((kind, times)) => (kind, times.parse().ok()?),
        None => (given, Fault::ALWAYS),
    };
    let (name, seconds) = match kind.split_once('+') {
        Some((name, seconds)) => (name, Some(seconds.parse::<u64>().ok()?)),
        None => (kind, None),
    };
    let (name, processed) = match name.strip_suffix("-after") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let kind = match (name, processed, seconds) {
        ("429", false, retry_after) => FaultKind::TooManyRequests { retry_after },
        ("500", processed, None) => FaultKind::Error {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            processed,
        },
        ("503", processed, None) => FaultKind::Error {
            status: StatusCode::SERVICE_UNAVAILABLE,
            processed,
        },
        ("timeout", processed, None) => FaultKind::TimeOut { processed },
        ("drop", processed, None) => FaultKind::Dropped { processed },
        ("malformed", false, None) => FaultKind::Malformed,
        ("html", false, None) => FaultKind::Html,
        ("slow", false, seconds) => FaultKind::SlowBody(Duration::from_secs(seconds.unwrap_or(60))),
        ("delay", false, Some(seconds)) => FaultKind::Delayed(Duration::from_secs(seconds)),
        ("stuck", false, None) => FaultKind::Stuck,
        ("fail", false, None) => FaultKind::FailingRender,
        _ => return None,
    };
    Some((kind, times))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_flag_names_call_kind_and_count() {
        assert_eq!(
            "status:503x2".parse(),
            Ok(Fault {
                on: Call::Status,
                kind: FaultKind::Error {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    processed: false
                },
                times: 2,
            })
        );
        assert_eq!(
            "create:429+5".parse(),
            Ok(Fault {
                on: Call::Create,
                kind: FaultKind::TooManyRequests {
                    retry_after: Some(5)
                },
                times: Fault::ALWAYS,
            })
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for given in [
            "",
            "create",
            "create:",
            "create:418",
            "lunch:500",
            "status:stuck",
            "create:500xmany",
            "create:html-after",
        ] {
            assert!(given.parse::<Fault>().is_err(), "{given} was understood");
        }
    }
}
