//! Avatars, voices and limits.

use http::StatusCode;
use konpro_simulator::Dialect;
use serde_json::Value;

use crate::support::Stage;
use crate::support::visitor::{empty, get, request, send};

pub(crate) fn ids(list: &Value) -> Vec<&str> {
    let ids = list.as_array().unwrap().iter();
    ids.map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn lists_are_in_the_documentations_form_whichever_konpro_sends() {
    for stage in [Stage::new(), Stage::in_dialect(Dialect::Sdk)] {
        let proxy = stage.proxy();
        let avatars = get(&proxy, "/v1/avatars").await.json();
        let first = &avatars["avatars"][0];
        assert_eq!(first["id"], "avatar-3655");
        assert_eq!(first["name"], "Amara Okafor");
        assert_eq!(first["scope"], "public");
        for link in ["thumbnail_url", "video_url"] {
            assert!(
                first[link]
                    .as_str()
                    .unwrap()
                    .starts_with("http://konpro.test/")
            );
        }
        assert_eq!(avatars["avatars"].as_array().unwrap().len(), 20);
        let whole = serde_json::json!({"page": 1, "limit": 20, "total": 44, "total_pages": 3});
        assert_eq!(avatars["pagination"], whole);

        let voices = get(&proxy, "/v1/voices?limit=100").await.json();
        let first = &voices["voices"][0];
        assert_eq!(first["name"], "Emily");
        assert_eq!(first["language"], "en-US");
        assert_eq!(first["gender"], "female");
        assert!(first["preview_url"].as_str().unwrap().ends_with(".mp3"));
        assert_eq!(voices["pagination"]["total"], 60);
        for foreign in ["data", "meta"] {
            assert_eq!(avatars.get(foreign), None);
            assert_eq!(voices.get(foreign), None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_without_gaps_and_end() {
    let proxy = Stage::new().proxy();
    let mut seen = Vec::new();
    for page in 1..=5 {
        let answer = get(&proxy, &format!("/v1/avatars?page={page}&limit=10")).await;
        let list = answer.json();
        assert_eq!(list["pagination"]["total_pages"], 5);
        seen.extend(ids(&list["avatars"]).into_iter().map(str::to_owned));
    }
    let whole = get(&proxy, "/v1/avatars?limit=100").await.json();
    assert_eq!(ids(&whole["avatars"]), seen);
    let beyond = get(&proxy, "/v1/avatars?page=6&limit=10").await.json();
    assert_eq!(ids(&beyond["avatars"]).len(), 0);
    let sdk = get(&proxy, "/v1/avatars?page=5&page_size=10").await.json();
    assert_eq!(ids(&sdk["avatars"]).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn voices_are_filtered_by_language_and_gender() {
    let proxy = Stage::new().proxy();
    for (query, expected) in [
        ("language=en-US", 6),
        ("language=EN-us", 6),
        ("language=en", 12),
        ("language=e", 0),
        ("language=xx", 0),
        ("gender=neutral", 10),
        ("language=de-DE&gender=female", 3),
        ("scope=private", 0),
        ("scope=public", 60),
        ("unknown=1&scope=all", 60),
    ] {
        let list = get(&proxy, &format!("/v1/voices?{query}&limit=100"))
            .await
            .json();
        assert_eq!(list["pagination"]["total"], expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_that_makes_no_sense_is_refused_by_name() {
    let proxy = Stage::new().proxy();
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=99999999999999999999", "page"),
        ("limit=0", "limit"),
        ("limit=%3Cscript%3E", "limit"),
        ("page_size=x", "page_size"),
        ("scope=everything", "scope"),
    ] {
        let answer = get(&proxy, &format!("/v1/avatars?{query}")).await;
        assert_eq!(answer.blames(), field, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_list_is_not_sent_again() {
    let proxy = Stage::new().proxy();
    let first = get(&proxy, "/v1/avatars?limit=5").await;
    let tag = first.header("etag").unwrap();
    for known in [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let again = request("GET", "/v1/avatars?limit=5").header("if-none-match", known);
        let again = send(&proxy, empty(again)).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert_eq!(again.header("etag"), Some(tag));
        assert!(again.body.is_empty());
    }
    let other = request("GET", "/v1/avatars?limit=6").header("if-none-match", tag);
    assert_eq!(send(&proxy, empty(other)).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn limits_say_the_rules_and_never_ask_konpro() {
    let stage = Stage::set(|config| config.max_text = 300);
    let answer = get(&stage.proxy(), "/v1/limits").await;
    let limits = answer.json();
    assert_eq!(limits["max_text"], 300);
    assert_eq!(limits["resolutions"][0], "1080p");
    assert_eq!(limits["formats"], serde_json::json!(["mp4", "webm"]));
    assert!(limits["credits"].is_object());
    assert!(stage.wire.sent().is_empty());
}
