use std::{str::FromStr, time::Duration};

use http::StatusCode;

use crate::counts::Call;

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
    /// How many calls are hit; [`Fault::ALWAYS`] for all that follow. Faults on one call wait for their turn in the
    /// order in which they came.
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
        let accepted_job_only = matches!(kind, FaultKind::Stuck | FaultKind::FailingRender);
        if accepted_job_only && on != Call::Create {
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

/// Faults that wait for their calls.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// The faults that a script asks for.
    pub(crate) fn in_script(text: &str) -> Self {
        let bracketed = text
            .split('[')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(']')?.0));
        let asked = bracketed.filter_map(|marker| {
            marker
                .parse()
                .or_else(|_| format!("create:{marker}").parse())
                .ok()
        });
        let mut faults = Self::default();
        asked.for_each(|fault| faults.add(fault));
        faults
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    /// What happens to this call, if anything; used up thereby.
    pub(crate) fn take(&mut self, call: Call) -> Option<FaultKind> {
        let index = self.0.iter().position(|fault| fault.on == call)?;
        let fault = &mut self.0[index];
        if fault.times != Fault::ALWAYS {
            fault.times -= 1;
        }
        if fault.times == 0 {
            return Some(self.0.remove(index).kind);
        }
        Some(fault.kind.clone())
    }
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

    #[test]
    fn faults_on_one_call_take_turns() {
        let mut faults = Faults::in_script(
            "One [drop-after] two [status:html] three [not a fault] [malformedx1",
        );
        assert_eq!(
            faults.take(Call::Create),
            Some(FaultKind::Dropped { processed: true })
        );
        assert_eq!(faults.take(Call::Status), Some(FaultKind::Html));
        assert_eq!(faults.take(Call::Media), None);

        let mut faults = Faults::in_script("[htmlx1][malformedx2]");
        assert_eq!(faults.take(Call::Create), Some(FaultKind::Html));
        assert_eq!(faults.take(Call::Create), Some(FaultKind::Malformed));
        assert_eq!(faults.take(Call::Create), Some(FaultKind::Malformed));
        assert_eq!(faults.take(Call::Create), None);
    }
}
