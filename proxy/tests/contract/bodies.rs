//! Bad input: each a clear error, nothing lost, nothing reflected as markup.

use axum::body::Body;
use http::StatusCode;
use konpro_simulator::Call;

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, order, request, send};

async fn post_raw(stage: &Stage, kind: Option<&str>, body: impl Into<Body>) -> (u16, String) {
    let request = request("POST", VIDEOS);
    let request = match kind {
        Some(kind) => request.header("content-type", kind),
        None => request,
    };
    let answer = send(&stage.proxy(), request.body(body.into()).unwrap()).await;
    let status = answer.status.as_u16();
    (status, answer.refused(status))
}

#[tokio::test(start_paused = true)]
async fn only_json_is_read() {
    let stage = Stage::new();
    let body = order("Hi").to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some(""),
    ] {
        let (status, code) = post_raw(&stage, kind, body.clone()).await;
        assert_eq!((status, &*code), (415, "INVALID_REQUEST"), "{kind:?}");
    }
    let request = request("POST", VIDEOS).header("content-type", "Application/JSON; charset=utf-8");
    let answer = send(&stage.proxy(), request.body(body.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_json_object_is_refused() {
    let stage = Stage::new();
    let whole = order("Hi").to_string();
    let truncated = whole[..whole.len() - 4].to_owned();
    let deep = "[".repeat(60_000);
    for body in [
        &*truncated,
        "",
        "{",
        "null",
        "[]",
        "\"text\"",
        "12",
        "{} {}",
        &*deep,
    ] {
        let answer = post_raw(&stage, Some("application/json"), body.to_owned()).await;
        assert_eq!(answer, (400, "INVALID_REQUEST".to_owned()));
    }
    let no_utf8 = b"{\"text\": \"\xff\"}".to_vec();
    let answer = post_raw(&stage, Some("application/json"), no_utf8).await;
    assert_eq!(answer, (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(stage.asked(Call::Create), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_over_64_kib_is_refused_and_one_of_64_kib_is_read() {
    let stage = Stage::set(|config| config.max_text = 100_000);
    let padded = |size: usize| {
        let frame = order("").to_string().len();
        order(&"x".repeat(size - frame)).to_string()
    };
    let answer = post_raw(&stage, Some("application/json"), padded(64 * 1024 + 1)).await;
    assert_eq!(answer, (413, "PAYLOAD_TOO_LARGE".to_owned()));
    let pieces = (0..100).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let endless = Body::from_stream(futures_util::stream::iter(pieces));
    let answer = post_raw(&stage, Some("application/json"), endless).await;
    assert_eq!(answer, (413, "PAYLOAD_TOO_LARGE".to_owned()));
    let request = request("POST", VIDEOS).header("content-type", "application/json");
    let fitting = request.body(padded(64 * 1024).into()).unwrap();
    assert_eq!(
        send(&stage.proxy(), fitting).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_or_dawdles_is_given_up() {
    let stage = Stage::new();
    let broken = futures_util::stream::iter([Ok("{\"text\":"), Err(std::io::Error::other("gone"))]);
    let answer = post_raw(&stage, Some("application/json"), Body::from_stream(broken)).await;
    assert_eq!(answer, (400, "INVALID_REQUEST".to_owned()));
    let silent = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    let answer = post_raw(&stage, Some("application/json"), Body::from_stream(silent)).await;
    assert_eq!(answer.0, 400);
}
