//! The codes in an error's `code` field: KonPro's own, and the proxy's.
//!
//! They are plain strings because the set is open: KonPro may send others, which pass through.

/// The body is not JSON, or not of the expected content type. KonPro's.
pub const INVALID_REQUEST: &str = "INVALID_REQUEST";
/// KonPro refuses the key. The operator's trouble: no visitor ever sees it. KonPro's.
pub const INVALID_API_KEY: &str = "INVALID_API_KEY";
/// The avatar or voice is not for this key or this visitor. KonPro's, and the proxy's for its scope.
pub const INSUFFICIENT_PERMISSIONS: &str = "INSUFFICIENT_PERMISSIONS";
/// Nothing is there. KonPro's, and the proxy's for an unknown or altered job id.
pub const RESOURCE_NOT_FOUND: &str = "RESOURCE_NOT_FOUND";
/// A field's value cannot be used; `details.field` names it. KonPro's, and the proxy's.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";
/// Too many requests. KonPro's; the proxy waits instead of passing it on.
pub const RATE_LIMIT_EXCEEDED: &str = "RATE_LIMIT_EXCEEDED";
/// The render failed. KonPro's.
pub const PROCESSING_ERROR: &str = "PROCESSING_ERROR";
/// KonPro is down for now. KonPro's.
pub const SERVICE_UNAVAILABLE: &str = "SERVICE_UNAVAILABLE";
/// The page's origin may not use this proxy.
pub const ORIGIN_NOT_ALLOWED: &str = "ORIGIN_NOT_ALLOWED";
/// The proxy wants a bearer token.
pub const SESSION_REQUIRED: &str = "SESSION_REQUIRED";
/// The visitor has made as many videos as the operator allows for now.
pub const QUOTA_EXCEEDED: &str = "QUOTA_EXCEEDED";
/// The same `Idempotency-Key` came with another body.
pub const IDEMPOTENCY_CONFLICT: &str = "IDEMPOTENCY_CONFLICT";
/// The body is over the proxy's limit.
pub const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
/// KonPro's answer makes no sense.
pub const UPSTREAM_INVALID: &str = "UPSTREAM_INVALID";
/// KonPro cannot be reached or refuses to work for now.
pub const UPSTREAM_UNAVAILABLE: &str = "UPSTREAM_UNAVAILABLE";
/// KonPro did not answer, or a job did not end, in time.
pub const UPSTREAM_TIMEOUT: &str = "UPSTREAM_TIMEOUT";
/// The visitor withdrew the job before it was sent.
pub const CANCELLED: &str = "CANCELLED";

/// The code that stands for an HTTP status whose body says nothing readable.
///
/// ```
/// assert_eq!(konpro_api::code::for_http_status(404), "RESOURCE_NOT_FOUND");
/// assert_eq!(konpro_api::code::for_http_status(502), "SERVICE_UNAVAILABLE");
/// ```
pub fn for_http_status(status: u16) -> &'static str {
    match status {
        401 => INVALID_API_KEY,
        403 => INSUFFICIENT_PERMISSIONS,
        404 => RESOURCE_NOT_FOUND,
        413 => PAYLOAD_TOO_LARGE,
        422 => VALIDATION_ERROR,
        429 => RATE_LIMIT_EXCEEDED,
        400..=499 => INVALID_REQUEST,
        _ => SERVICE_UNAVAILABLE,
    }
}
