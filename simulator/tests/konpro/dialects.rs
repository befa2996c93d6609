use http::StatusCode;
use konpro_simulator::{Config, Dialect, Simulator};
use serde_json::{Value, json};

use crate::caller::{EPOCH, config, create, ended, get, order, post};

fn of_the_sdk() -> Simulator {
    Simulator::new(Config {
        dialect: Dialect::Sdk,
        ..config()
    })
}

#[tokio::test(start_paused = true)]
async fn the_documentation_pages_lists_by_limit() {
    let simulator = Simulator::new(config());
    let list = get(&simulator, "/v1/avatars?page=3&limit=20").await.json();

    assert_eq!(
        list["pagination"],
        json!({"page": 3, "limit": 20, "total": 50, "total_pages": 3})
    );
    let avatars = list["avatars"].as_array().unwrap();
    assert_eq!(avatars.len(), 10);
    let last = &avatars[9];
    for field in [
        "id",
        "name",
        "thumbnail_url",
        "video_url",
        "created_at",
        "scope",
    ] {
        assert!(last[field].is_string(), "{field} of {last}");
    }
    assert_eq!(last["scope"], "private");
}

#[tokio::test(start_paused = true)]
async fn the_sdk_pages_lists_by_page_size() {
    let simulator = of_the_sdk();
    let list = get(&simulator, "/v1/avatars/?page=2&page_size=30&limit=1")
        .await
        .json();

    assert_eq!(list["data"].as_array().unwrap().len(), 20);
    assert_eq!(
        list["meta"],
        json!({
            "page": 2, "page_size": 30, "total": 50, "total_pages": 2,
            "has_next": false, "has_prev": true,
        })
    );
    let avatar = &list["data"][0];
    for field in [
        "id",
        "name",
        "gender",
        "occupation",
        "cdn_url",
        "preview_image",
        "created_at",
    ] {
        assert!(avatar[field].is_string(), "{field} of {avatar}");
    }
    assert_eq!(avatar["is_public"], true);
}

#[tokio::test(start_paused = true)]
async fn voices_are_filtered_by_scope_language_and_gender() {
    let simulator = Simulator::new(config());
    let total = async |query: &str| {
        let path = format!("/v1/voices?limit=100&{query}");
        let list = get(&simulator, &path).await.json();
        let voices = list["voices"].as_array().unwrap().clone();
        assert_eq!(list["pagination"]["total"], voices.len());
        voices
    };
    let all = total("").await;
    assert_eq!(all.len(), 70);
    assert_eq!(total("scope=public").await.len(), 60);
    assert_eq!(total("scope=private").await.len(), 10);
    assert_eq!(total("language=fr-FR").await.len(), 7);

    let chosen = total("language=nl-NL&gender=neutral").await;
    assert_eq!(chosen.len(), 1);
    for voice in chosen {
        assert_eq!(voice["language"], "nl-NL");
        assert_eq!(voice["gender"], "neutral");
        for property in ["accent", "age", "style"] {
            assert!(voice["properties"][property].is_string());
        }
    }
    let mut languages: Vec<&str> = all
        .iter()
        .map(|voice| voice["language"].as_str().unwrap())
        .collect();
    languages.dedup();
    assert_eq!(languages.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_private_voice_of_the_sdk_speaks_under_its_only_name() {
    let simulator = of_the_sdk();
    let list = get(&simulator, "/v1/voices/?scope=private").await.json();
    let voice = &list["data"][0];
    assert!(voice.get("id").is_none());

    let mut order = order("Hello");
    order["voice_id"] = voice["elevenlabs_voice_id"].clone();
    let answer = post(&simulator, "/v1/video-avatars", &order).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_other_slash_redirects_and_keeps_the_query() {
    for (simulator, asked, location) in [
        (
            Simulator::new(config()),
            "/v1/avatars/?page=2",
            "http://konpro.test/v1/avatars?page=2",
        ),
        (of_the_sdk(), "/v1/voices", "http://konpro.test/v1/voices/"),
    ] {
        let answer = get(&simulator, asked).await;
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.header("location"), Some(location));
    }
}

#[tokio::test(start_paused = true)]
async fn statuses_are_flat_in_the_documentation_and_enveloped_elsewhere() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "A few words to say.").await;
    let running = get(&simulator, &format!("/v1/video-avatars/{id}"))
        .await
        .json();
    assert_eq!(running["status"], "processing");
    assert_eq!(running["created_at"], "2026-11-23T12:00:00Z");
    assert!(running["estimated_time"].is_u64());
    assert!(running.get("video_url").is_none());

    let flat = ended(&simulator, &id).await;
    for field in ["video_url", "thumbnail_url", "caption_url"] {
        assert!(
            flat[field]
                .as_str()
                .unwrap()
                .starts_with("https://konpro.test/media/")
        );
    }
    let envelope = get(&simulator, &format!("/v1/video_status?video_id={id}"))
        .await
        .json();
    assert_eq!(envelope["code"], 100);
    let data = &envelope["data"];
    assert_eq!(data["id"], *id);
    assert_eq!(data["created_at"], EPOCH);
    assert_eq!(data["video_url"], flat["video_url"]);
    assert_eq!(data["duration"], flat["duration"]);
    assert_eq!(data["error"], Value::Null);
    assert_eq!(data["gif_url"], Value::Null);

    let simulator = of_the_sdk();
    let id = create(&simulator, "A few words to say.").await;
    let status = get(&simulator, &format!("/v1/video-avatars/{id}"))
        .await
        .json();
    assert_eq!(status["data"]["status"], "processing");
    assert_eq!(status["data"]["video_url"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn bad_requests_are_refused_in_either_form() {
    let mut blank = order(" \n");
    blank["settings"] = json!({"resolution": "720p"});

    let documented = post(&Simulator::new(config()), "/v1/video-avatars", &blank).await;
    assert_eq!(documented.status, StatusCode::BAD_REQUEST);
    let body = documented.json();
    assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
    assert_eq!(body["error"]["details"]["field"], "text");
    assert!(body["request_id"].is_string());

    let framework = post(&of_the_sdk(), "/v1/video-avatars", &blank).await;
    assert_eq!(framework.status, StatusCode::UNPROCESSABLE_ENTITY);
    let detail = &framework.json()["detail"][0];
    assert_eq!(detail["loc"], json!(["body", "text"]));
    assert!(detail["msg"].is_string() && detail["type"].is_string());
}
