//! Jobs that end without a video.

use http::Method;
use serde_json::Value;

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, ended, get};

#[tokio::test(start_paused = true)]
async fn a_failing_render_says_why_and_frees_its_slot() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let failing = create(&proxy, "This will not do. [fail]").await;
    let next = create(&proxy, "Next.").await;
    let failed = ended(&proxy, &failing).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["code"], "PROCESSING_ERROR");
    assert!(!failed["error"]["message"].as_str().unwrap().is_empty());
    assert_eq!(failed.get("video_url"), None);
    assert_eq!(ended(&proxy, &next).await["status"], "completed");
    assert_eq!(
        get(&proxy, &format!("{failing}/video")).await.refused(404),
        "RESOURCE_NOT_FOUND"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stuck_render_ends() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let stuck = create(&proxy, "On and on. [stuck]").await;
    let next = create(&proxy, "Next.").await;
    let end = ended(&proxy, &stuck).await;
    assert_eq!(end["error"]["code"], "UPSTREAM_TIMEOUT");
    assert_eq!(ended(&proxy, &next).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_konpro_has_forgotten_ends() {
    let stage = Stage::new();
    stage
        .wire
        .say(Method::POST, VIDEOS, 200, r#"{"job_id": "job-forgotten"}"#);
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    assert_eq!(
        ended(&proxy, &made).await["error"]["code"],
        "RESOURCE_NOT_FOUND"
    );
}

#[tokio::test(start_paused = true)]
async fn a_video_at_an_unsafe_address_is_no_video() {
    for link in [
        "http://cdn.test/video.mp4",
        "https://127.0.0.1/video.mp4",
        "https://user:password@cdn.test/video.mp4",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let stage = Stage::new();
        let body = format!(r#"{{"status": "completed", "video_url": "{link}"}}"#);
        stage.wire.say(Method::GET, VIDEOS, 200, &body);
        let proxy = stage.proxy();
        let made = create(&proxy, "Hello.").await;
        let end = ended(&proxy, &made).await;
        assert_eq!(end["status"], "failed", "{link}");
        assert_eq!(end["error"]["code"], "UPSTREAM_INVALID", "{link}");
        assert!(!end.to_string().contains(link));
        get(&proxy, &format!("{made}/video")).await.refused(404);
    }
    // Of pictures and captions only those are left out.
    let stage = Stage::new();
    let body = r#"{"status": "completed", "video_url": "https://cdn.test/v.mp4",
        "thumbnail_url": "http://10.0.0.1/t.png", "caption_url": "https://cdn.test/c.ass"}"#;
    stage.wire.say(Method::GET, VIDEOS, 200, body);
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let end: Value = ended(&proxy, &made).await;
    assert_eq!(end["status"], "completed");
    assert_eq!(end.get("thumbnail_url"), None);
    assert_eq!(end["caption_url"], "https://cdn.test/c.ass");
}
