//! Bad input: each a clear error, nothing lost, nothing reflected as markup.

use axum::body::Body;
use http::StatusCode;
use konpro_simulator::Call;
use serde_json::{Value, json};

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, get, job, order, path, post, request, send};

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

#[tokio::test(start_paused = true)]
async fn each_wrong_part_is_named() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let with = |pointer: &str, value: Value| {
        let mut body = order("Hi");
        body["settings"] = json!({});
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body
    };
    for (pointer, value, field) in [
        ("/text", json!(""), "text"),
        ("/text", json!(" \n\t\u{3000}"), "text"),
        ("/text", json!("\u{200b}\u{0}"), "text"),
        ("/text", json!("x".repeat(5001)), "text"),
        ("/avatar_id", json!(""), "avatar_id"),
        ("/avatar_id", json!("a".repeat(1000)), "avatar_id"),
        ("/voice_id", json!("a\nb"), "voice_id"),
        ("/settings/resolution", json!("8k"), "settings.resolution"),
        ("/settings/format", json!("<script>"), "settings.format"),
        (
            "/settings/background",
            json!("http://example.com/a.png"),
            "settings.background",
        ),
        (
            "/settings/background",
            json!("https://127.0.0.1/a.png"),
            "settings.background",
        ),
        (
            "/settings/webhook_url",
            json!("https://evil.test/"),
            "settings.webhook_url",
        ),
        ("/settings/webhook_url", json!(""), "settings.webhook_url"),
    ] {
        let answer = post(&proxy, &with(pointer, value.clone())).await;
        assert_eq!(answer.blames(), field, "{value}");
    }
    for missing in ["avatar_id", "voice_id", "text"] {
        let mut body = order("Hi");
        body.as_object_mut().unwrap().remove(missing);
        assert_eq!(post(&proxy, &body).await.blames(), missing);
    }
    assert_eq!(stage.asked(Call::Create), 0);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_wrong_type_is_refused() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    for (field, value) in [
        ("text", json!(5)),
        ("text", json!(null)),
        ("text", json!(["a"])),
        ("avatar_id", json!({})),
        ("settings", json!("1080p")),
        ("settings", json!({"resolution": 1080})),
    ] {
        let mut body = order("Hi");
        body[field] = value.clone();
        assert_eq!(
            post(&proxy, &body).await.refused(400),
            "INVALID_REQUEST",
            "{value}"
        );
    }
    assert_eq!(stage.asked(Call::Create), 0);
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_are_dropped() {
    let stage = Stage::new();
    let mut body = order("Hi");
    body["callback"] = json!("https://evil.test/");
    body["settings"] = json!({"format": "webm", "secret": 1, "webhook_url": null});
    assert_eq!(
        post(&stage.proxy(), &body).await.status,
        StatusCode::CREATED
    );
    let sent = stage.wire.sent().pop().unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    let mut expected = order("Hi");
    expected["settings"] = json!({"format": "webm"});
    assert_eq!(sent, expected);
}

#[tokio::test(start_paused = true)]
async fn odd_text_reaches_konpro_as_it_was_written() {
    let stage = Stage::set(|config| config.concurrent_videos = 10);
    let proxy = stage.proxy();
    let odd = [
        "👩‍👩‍👧 says hi",
        "שלום \u{202e}abc\u{202c}",
        "a\u{0}b\u{7}c",
        "<script>alert(1)</script>",
        "\"}],{'--\\",
        "  two  spaces\n\nand lines ",
    ];
    for text in odd {
        create(&proxy, text).await;
    }
    let limit = "😀".repeat(5000);
    create(&proxy, &limit).await;
    let created = stage.simulator.counts().created;
    let said: Vec<_> = created.iter().map(|video| video.text.as_str()).collect();
    assert_eq!(said[..6], odd);
    assert_eq!(said[6], limit);
}

#[tokio::test(start_paused = true)]
async fn nobody_elses_id_opens_anything() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let mine = create(&proxy, "Mine.").await;
    let foreign = create(&Stage::new().proxy(), "Theirs.").await;
    let konpros = &stage.simulator.counts().created[0].job_id;
    let id = mine.rsplit('/').next().unwrap();
    assert!(!id.contains(konpros.as_str()));
    let altered = format!("{}{}", &id[..id.len() - 2], "AA");
    let long = "A".repeat(60_000);
    let ids = [
        konpros.as_str(),
        &altered,
        &long,
        "%00",
        "%ff",
        "..%2favatars",
        "%3Cscript%3E",
        " ",
    ];
    for id in ids.map(|id| id.replace(' ', "%20")) {
        for rest in ["", "/events", "/video"] {
            let answer = get(&proxy, &format!("{VIDEOS}/{id}{rest}")).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND");
        }
        let answer = crate::support::visitor::delete(&proxy, &format!("{VIDEOS}/{id}")).await;
        assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND");
    }
    // Another deployment seals with another secret.
    let other = Stage::set(|config| config.secret = Some("s".repeat(32).parse().unwrap()));
    assert_eq!(
        get(&other.proxy(), &foreign).await.refused(404),
        "RESOURCE_NOT_FOUND"
    );
    assert_eq!(job(&proxy, &mine).await["status"], "processing");
    assert_eq!(path(&job(&proxy, &mine).await), mine);
}
