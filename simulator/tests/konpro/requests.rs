use axum::body::Body;
use http::{Request, StatusCode};
use konpro_simulator::Simulator;
use serde_json::json;

use crate::caller::{config, create, ended, get, order, post, request, send};

#[tokio::test(start_paused = true)]
async fn no_key_no_answer() {
    let simulator = Simulator::new(config());
    for key in [None, Some(""), Some("another-key")] {
        let mut asked = Request::get("/v1/avatars");
        if let Some(key) = key {
            asked = asked.header("x-api-key", key);
        }
        let answer = send(&simulator, asked.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"]["code"], "INVALID_API_KEY");
    }
    for open in ["/", "/health"] {
        let asked = Request::get(open).body(Body::empty()).unwrap();
        assert_eq!(
            send(&simulator, asked).await.unwrap().status,
            StatusCode::OK
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_wrong_field_is_named() {
    let simulator = Simulator::new(config());
    let wrong = [
        ("text", json!({"text": 7})),
        ("text", json!({"text": null})),
        ("avatar_id", json!({"avatar_id": ""})),
        ("settings", json!({"settings": "720p"})),
        (
            "settings.resolution",
            json!({"settings": {"resolution": "9000p"}}),
        ),
        ("settings.format", json!({"settings": {"format": "avi"}})),
        (
            "settings.background",
            json!({"settings": {"background": 1}}),
        ),
        (
            "settings.webhook_url",
            json!({"settings": {"webhook_url": "http://example.com/"}}),
        ),
        (
            "settings.webhook_url",
            json!({"settings": {"webhook_url": "ftp://127.0.0.1/"}}),
        ),
    ];
    for (field, change) in wrong {
        let mut order = order("Hello");
        order
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = post(&simulator, "/v1/video-avatars", &order).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{order}");
        assert_eq!(answer.json()["error"]["details"]["field"], field, "{order}");
    }
    assert!(simulator.counts().created.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_json_is_an_invalid_request() {
    let simulator = Simulator::new(config());
    let mut as_text = request(
        "POST",
        "/v1/video-avatars",
        Body::from(order("Hello").to_string()),
    );
    as_text
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    let truncated = request("POST", "/v1/video-avatars", Body::from("{\"text\": \"Hel"));
    let a_list = request("POST", "/v1/video-avatars", Body::from("[]"));
    for asked in [as_text, truncated, a_list] {
        let answer = send(&simulator, asked).await.unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["error"]["code"], "INVALID_REQUEST");
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_not_found() {
    let simulator = Simulator::new(config());
    for (field, id) in [("avatar_id", "avatar-1"), ("voice_id", "voice-<script>")] {
        let mut order = order("Hello");
        order[field] = json!(id);
        let answer = post(&simulator, "/v1/video-avatars", &order).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.json()["error"]["code"], "RESOURCE_NOT_FOUND");
        assert_eq!(answer.json()["error"]["details"]["field"], field);
    }
    for path in [
        "/v1/video-avatars/job-1",
        "/v1/video_status?video_id=job-1",
        "/v2",
        "/v1/nothing",
    ] {
        let answer = get(&simulator, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.json()["error"]["code"], "RESOURCE_NOT_FOUND");
    }
}

#[tokio::test(start_paused = true)]
async fn list_parameters_are_checked() {
    let simulator = Simulator::new(config());
    for query in [
        "page=0",
        "limit=0",
        "limit=101",
        "page=two",
        "scope=mine",
        "gender=other",
    ] {
        let answer = get(&simulator, &format!("/v1/voices?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let beyond = get(&simulator, "/v1/voices?page=18446744073709551615")
        .await
        .json();
    assert_eq!(beyond["voices"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn the_account_knows_its_videos_and_what_is_left() {
    let simulator = Simulator::new(config());
    let first = create(&simulator, "The first of two.").await;
    ended(&simulator, &first).await;
    let second = create(&simulator, "The second of two.").await;

    let videos = get(&simulator, "/v1/videos").await.json();
    assert_eq!(videos["code"], 100);
    assert_eq!(videos["data"]["total"], 2);
    assert_eq!(videos["data"]["videos"][0]["video_id"], *second);
    assert_eq!(videos["data"]["videos"][0]["status"], "processing");
    assert_eq!(videos["data"]["videos"][1]["status"], "completed");

    let quota = get(&simulator, "/v1/user/remaining_quota").await.json();
    assert_eq!(quota["remaining_quota"], json!(36_000.0 - 30.0));
}
