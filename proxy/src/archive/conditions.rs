use std::ops::RangeInclusive;

use http::{HeaderMap, header};

/// How much of a video a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: 200.
    Whole,
    /// The bytes from the first to the last, both within the video: 206.
    Part(RangeInclusive<u64>),
    /// Nothing, because the visitor has it: 304.
    Nothing,
    /// Bytes that the video does not have: 416.
    Beyond,
}

/// What the `headers` of a `GET` or `HEAD` want of a video of `length` bytes, whose strong `etag`
/// comes with its quotation marks. `Range` counts for `GET` only.
pub(crate) fn wanted(headers: &HeaderMap, get: bool, etag: &str, length: u64) -> Wanted {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known.filter_map(|value| value.to_str().ok()?.into());
    if known.any(|tags: &str| matches_weakly(tags, etag)) {
        return Wanted::Nothing;
    }
    // A date, or a weak tag, is no proof that the visitor's part belongs to this video.
    let same = |value: &http::HeaderValue| value.as_bytes() == etag.as_bytes();
    if !get || !headers.get(header::IF_RANGE).is_none_or(same) {
        return Wanted::Whole;
    }
    let mut ranges = headers.get_all(header::RANGE).iter();
    match (
        ranges.next().and_then(|range| range.to_str().ok()),
        ranges.next(),
    ) {
        (Some(range), None) => part(range, length),
        _ => Wanted::Whole,
    }
}

fn matches_weakly(tags: &str, etag: &str) -> bool {
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// What cannot be read, and more than one range, is ignored, as RFC 9110 allows.
fn part(range: &str, length: u64) -> Wanted {
    let range = range.trim();
    let (unit, range) = range.split_once('=').unwrap_or_default();
    let Some((first, last)) = range.trim().split_once('-') else {
        return Wanted::Whole;
    };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let (first, last) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return Wanted::Whole,
        (Some(first), Some(last)) => (first, last),
        (Some(first), None) if last.is_empty() => (first, u64::MAX),
        (None, Some(0)) if first.is_empty() => return Wanted::Beyond,
        (None, Some(tail)) if first.is_empty() => (length.saturating_sub(tail), u64::MAX),
        _ => return Wanted::Whole,
    };
    if first >= length {
        return Wanted::Beyond;
    }
    Wanted::Part(first..=last.min(length - 1))
}

/// Digits; more of them than fit mean the largest number.
fn number(digits: &str) -> Option<u64> {
    let only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    only.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
#[path = "conditions_tests.rs"]
mod tests;
