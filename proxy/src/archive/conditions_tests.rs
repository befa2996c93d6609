use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn ask(headers: &[(header::HeaderName, &'static str)]) -> Wanted {
    let pairs = headers.iter().cloned();
    let headers = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
    wanted(&headers.collect(), true, "\"a\"", 10)
}

#[test]
fn players_get_the_part_that_they_ask_for() {
    for (range, expected) in [
        ("bytes=0-", Wanted::Part(0..=9)),
        ("bytes=0-1", Wanted::Part(0..=1)),
        ("Bytes=9-9", Wanted::Part(9..=9)),
        ("bytes=3-99999999999999999999999", Wanted::Part(3..=9)),
        ("bytes=-3", Wanted::Part(7..=9)),
        ("bytes=-30", Wanted::Part(0..=9)),
        ("bytes=10-", Wanted::Beyond),
        ("bytes=-0", Wanted::Beyond),
        ("bytes=5-4", Wanted::Whole),
        ("bytes=0-1,3-4", Wanted::Whole),
        ("bytes=+1-2", Wanted::Whole),
        ("bytes=-", Wanted::Whole),
        ("seconds=0-1", Wanted::Whole),
    ] {
        assert_eq!(ask(&[(header::RANGE, range)]), expected, "{range}");
    }
}

#[test]
fn a_part_of_another_video_is_never_continued() {
    for (tag, expected) in [
        ("\"a\"", Wanted::Part(1..=9)),
        ("\"b\"", Wanted::Whole),
        ("W/\"a\"", Wanted::Whole),
        ("Tue, 01 Jan 2030 00:00:00 GMT", Wanted::Whole),
    ] {
        let headers = [(header::RANGE, "bytes=1-"), (header::IF_RANGE, tag)];
        assert_eq!(ask(&headers), expected, "{tag}");
    }
}

#[test]
fn what_the_visitor_has_is_not_sent_again() {
    for tags in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
        let headers = [(header::RANGE, "bytes=1-"), (header::IF_NONE_MATCH, tags)];
        assert_eq!(ask(&headers), Wanted::Nothing, "{tags}");
    }
    assert_eq!(ask(&[(header::IF_NONE_MATCH, "\"b\"")]), Wanted::Whole);
}

#[test]
fn a_head_request_has_no_range() {
    let range = (header::RANGE, HeaderValue::from_static("bytes=1-2"));
    let headers = HeaderMap::from_iter([range]);
    assert_eq!(wanted(&headers, false, "\"a\"", 10), Wanted::Whole);
}

proptest! {
    #[test]
    fn a_part_is_never_outside_the_video(range in "bytes=[0-9]{0,3}-[0-9]{0,3}", length in 0..500_u64) {
        if let Wanted::Part(part) = part(&range, length) {
            prop_assert!(part.start() <= part.end() && *part.end() < length);
        }
    }
}
