//! The parts of a request for a video.

use http::StatusCode;
use konpro_simulator::Call;
use serde_json::{Value, json};

use crate::support::Stage;
use crate::support::visitor::{create, order, post};

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
        body[missing] = Value::Null;
        post(&proxy, &body).await.refused(400);
    }
    assert_eq!(stage.asked(Call::Create), 0);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_wrong_type_is_refused() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    for (field, value) in [
        ("text", json!(5)),
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
