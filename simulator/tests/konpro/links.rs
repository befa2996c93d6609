use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use konpro_simulator::{Config, Simulator};
use serde_json::json;
use tokio::time::advance;

use crate::caller::{Answer, config, create, create_with, ended, get, order, send, status};

/// Follows a link as a browser would: without the key.
async fn follow(simulator: &Simulator, url: &str, range: Option<&str>) -> Answer {
    let mut asked = Request::get(url.strip_prefix("https://konpro.test").unwrap());
    if let Some(range) = range {
        asked = asked.header("range", range);
    }
    send(simulator, asked.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_link_expires_and_a_new_look_gives_a_fresh_one() {
    let simulator = Simulator::new(Config {
        link_lifetime: Duration::from_secs(600),
        ..config()
    });
    let id = create(&simulator, "Hello").await;
    let link = ended(&simulator, &id).await["video_url"]
        .as_str()
        .unwrap()
        .to_owned();

    assert_eq!(follow(&simulator, &link, None).await.status, StatusCode::OK);
    advance(Duration::from_secs(598)).await;
    assert_eq!(follow(&simulator, &link, None).await.status, StatusCode::OK);
    advance(Duration::from_secs(2)).await;
    let dead = follow(&simulator, &link, None).await;
    assert_eq!(dead.status, StatusCode::FORBIDDEN);
    assert_eq!(dead.header("access-control-allow-origin"), Some("*"));

    let fresh = status(&simulator, &id).await["video_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(fresh, link);
    assert_eq!(
        follow(&simulator, &fresh, None).await.status,
        StatusCode::OK
    );
}

#[tokio::test(start_paused = true)]
async fn a_link_cannot_be_prolonged_or_guessed() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "Hello").await;
    let link = ended(&simulator, &id).await["video_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let (path, query) = link.split_once('?').unwrap();
    let prolonged = format!("{path}?{}", query.replacen("expires=1", "expires=2", 1));
    for dead in [
        path,
        &prolonged,
        &format!("{path}?expires=99999999999&signature="),
    ] {
        assert_eq!(
            follow(&simulator, dead, None).await.status,
            StatusCode::FORBIDDEN,
            "{dead}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_video_can_be_asked_for() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "Hello").await;
    let link = ended(&simulator, &id).await["video_url"]
        .as_str()
        .unwrap()
        .to_owned();

    let whole = follow(&simulator, &link, None).await;
    let total = whole.body.len();
    assert_eq!(whole.header("content-type"), Some("video/mp4"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("access-control-allow-origin"), Some("*"));

    let part = follow(&simulator, &link, Some("bytes=3-6")).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        part.header("content-range"),
        Some(&*format!("bytes 3-6/{total}"))
    );
    assert_eq!(part.header("content-length"), Some("4"));
    assert_eq!(part.body, whole.body[3..=6]);

    let end = follow(&simulator, &link, Some("bytes=-5")).await;
    assert_eq!(end.body, whole.body[total - 5..]);
    let open = follow(&simulator, &link, Some("bytes=0-")).await;
    assert_eq!(open.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(open.body, whole.body);

    let beyond = follow(&simulator, &link, Some(&format!("bytes={total}-"))).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        beyond.header("content-range"),
        Some(&*format!("bytes */{total}"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_webm_can_be_seen_through_where_that_is_asked_for() {
    let simulator = Simulator::new(config());
    for (background, transparent) in [("transparent", true), ("office", false)] {
        let mut order = order("Hello");
        order["settings"] = json!({"format": "webm", "background": background});
        let id = create_with(&simulator, &order).await;
        let status = ended(&simulator, &id).await;
        let video = follow(&simulator, status["video_url"].as_str().unwrap(), None).await;
        let block_additions = [0x75, 0xA1];
        let found = video.body.windows(2).filter(|id| *id == block_additions);
        // One for each picture; by chance these bytes are in the pictures a few times, too.
        assert_eq!(found.count() >= 32, transparent, "{background}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_picture_and_sound_in_the_lists_is_there() {
    let simulator = Simulator::new(config());
    let avatars = get(&simulator, "/v1/avatars?limit=100").await.json();
    for avatar in avatars["avatars"].as_array().unwrap() {
        let picture = follow(&simulator, avatar["thumbnail_url"].as_str().unwrap(), None).await;
        assert_eq!(picture.status, StatusCode::OK);
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        let clip = follow(&simulator, avatar["video_url"].as_str().unwrap(), None).await;
        assert_eq!(clip.header("content-type"), Some("video/mp4"));
        assert!(!clip.body.is_empty());
    }
    let voices = get(&simulator, "/v1/voices?limit=100").await.json();
    for voice in voices["voices"].as_array().unwrap() {
        let sound = follow(&simulator, voice["preview_url"].as_str().unwrap(), None).await;
        assert_eq!(sound.header("content-type"), Some("audio/mpeg"));
        assert!(!sound.body.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_finished_video_has_a_thumbnail_and_captions_and_a_running_one_has_not() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "Hello, world!").await;
    let early = format!("/media/thumbnails/{id}.svg");
    assert_eq!(get(&simulator, &early).await.status, StatusCode::NOT_FOUND);

    let status = ended(&simulator, &id).await;
    let picture = follow(&simulator, status["thumbnail_url"].as_str().unwrap(), None).await;
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    let captions = follow(&simulator, status["caption_url"].as_str().unwrap(), None).await;
    assert_eq!(captions.status, StatusCode::OK);
    assert!(
        String::from_utf8(captions.body)
            .unwrap()
            .contains("Hello, world!")
    );
}
