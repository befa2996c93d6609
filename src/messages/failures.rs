use konpro_api::code;
use konpro_client::KonproError;

use super::Word;

/// What happened, and what to do, for a failure's code.
pub(crate) fn sentence(code: &str) -> (Word, Word) {
    match code {
        KonproError::UNREACHABLE => (Word::Unreachable, Word::UnreachableAdvice),
        BLOCKED => (Word::Blocked, Word::BlockedAdvice),
        code::VALIDATION_ERROR | code::INVALID_REQUEST | code::PAYLOAD_TOO_LARGE => {
            (Word::Refused, Word::RefusedAdvice)
        }
        code::INSUFFICIENT_PERMISSIONS => (Word::NotAllowed, Word::NotAllowedAdvice),
        code::RESOURCE_NOT_FOUND => (Word::UnknownVideo, Word::UnknownVideoAdvice),
        code::QUOTA_EXCEEDED => (Word::Quota, Word::QuotaAdvice),
        code::RATE_LIMIT_EXCEEDED => (Word::Busy, Word::BusyAdvice),
        code::PROCESSING_ERROR => (Word::Broken, Word::BrokenAdvice),
        code::SESSION_REQUIRED => (Word::Session, Word::SessionAdvice),
        code::ORIGIN_NOT_ALLOWED => (Word::Origin, Word::OriginAdvice),
        code::INVALID_API_KEY | code::UPSTREAM_INVALID => {
            (Word::Misconfigured, Word::MisconfiguredAdvice)
        }
        code::IDEMPOTENCY_CONFLICT => (Word::Conflict, Word::ConflictAdvice),
        code::UPSTREAM_TIMEOUT => (Word::Timeout, Word::TimeoutAdvice),
        code::SERVICE_UNAVAILABLE | code::UPSTREAM_UNAVAILABLE => (Word::Pause, Word::PauseAdvice),
        code::CANCELLED => (Word::Withdrawn, Word::WithdrawnAdvice),
        _ => (Word::Failed, Word::FailedAdvice),
    }
}

/// The page itself keeps the widget from reaching its proxy: the shell has found out how.
pub(crate) const BLOCKED: &str = "BLOCKED_BY_PAGE";
