//! Avatars, voices and limits.

use std::time::Duration;

use http::{Method, StatusCode};
use konpro_proxy::NetworkError;
use konpro_simulator::{Call, Config as Simulated, Dialect, Fault, FaultKind};
use serde_json::Value;
use tokio::time::{advance, sleep};

use crate::support::visitor::{create, empty, get, request, send};
use crate::support::{Stage, settings, simulated};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn stage_in_the_sdks_dialect() -> Stage {
    let dialect = Dialect::Sdk;
    let konpro = Simulated {
        dialect,
        ..simulated()
    };
    Stage::of(settings(), konpro)
}

fn ids(list: &Value) -> Vec<&str> {
    let ids = list.as_array().unwrap().iter();
    ids.map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn lists_are_in_the_documentations_form_whichever_konpro_sends() {
    for stage in [Stage::new(), stage_in_the_sdks_dialect()] {
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
async fn each_list_is_fetched_whole_and_once_however_many_ask() {
    for stage in [Stage::new(), stage_in_the_sdks_dialect()] {
        stage.inject(Call::Voices, FaultKind::Delayed(Duration::from_secs(5)), 1);
        let proxy = stage.proxy();
        let crowd = (0..50).map(|n| {
            let proxy = proxy.clone();
            tokio::spawn(async move { get(&proxy, &format!("/v1/voices?page={n}1")).await.status })
        });
        for visitor in crowd.collect::<Vec<_>>() {
            assert_eq!(visitor.await.unwrap(), StatusCode::OK);
        }
        let once = stage.asked(Call::Voices);
        // Both dialects were tried where the first was redirected.
        assert!(once <= 2, "{once}");
        sleep(DAY - Duration::from_secs(60)).await;
        get(&proxy, "/v1/voices?gender=male&language=fr").await;
        assert_eq!(stage.asked(Call::Voices), once);
        advance(Duration::from_secs(61)).await;
        get(&proxy, "/v1/voices").await;
        assert_eq!(stage.asked(Call::Voices), 2 * once);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_many_pages_is_fetched_to_its_end() {
    let stage = Stage::new();
    for (page, id) in [(1, "a"), (2, "b"), (3, "c")] {
        let body = format!(
            r#"{{"data": [{{"id": "{id}", "name": "{id}", "is_public": true}}],
                "meta": {{"page": {page}, "page_size": 1, "total": 3, "total_pages": 3}}}}"#
        );
        stage.wire.say(Method::GET, "/v1/avatars", 200, &body);
    }
    let list = get(&stage.proxy(), "/v1/avatars").await.json();
    assert_eq!(ids(&list["avatars"]), ["a", "b", "c"]);
    assert_eq!(stage.wire.sent().len(), 3);
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
async fn a_list_is_served_stale_while_konpro_fails_and_fetched_when_it_is_back() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    get(&proxy, "/v1/avatars").await;
    sleep(DAY).await;
    stage.simulator.inject("avatars:503".parse().unwrap());
    for _ in 0..20 {
        assert_eq!(get(&proxy, "/v1/avatars").await.status, StatusCode::OK);
    }
    assert_eq!(
        stage.asked(Call::Avatars),
        2,
        "KonPro is left in peace after a failure"
    );
    sleep(Duration::from_secs(31)).await;
    get(&proxy, "/v1/avatars").await;
    assert_eq!(stage.asked(Call::Avatars), 3);
}

#[tokio::test(start_paused = true)]
async fn without_any_list_the_visitor_learns_when_to_ask_again() {
    let unavailable = (503, "UPSTREAM_UNAVAILABLE");
    for (fault, (status, code)) in [
        ("avatars:500", unavailable),
        ("avatars:drop", unavailable),
        ("avatars:429", unavailable),
        ("avatars:html", unavailable),
        ("avatars:malformed", (502, "UPSTREAM_INVALID")),
        ("avatars:timeout", (504, "UPSTREAM_TIMEOUT")),
    ] {
        let stage = Stage::new();
        stage.simulator.inject(fault.parse::<Fault>().unwrap());
        let answer = get(&stage.proxy(), "/v1/avatars").await;
        assert_eq!(answer.refused(status), code, "{fault}");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{fault}: {wait}");
    }
    let stage = Stage::new();
    stage
        .wire
        .answer(Method::GET, "/v1/avatars", Err(NetworkError::NeverOpened));
    let proxy = stage.proxy();
    assert_eq!(get(&proxy, "/v1/avatars").await.refused(503), unavailable.1);
    sleep(Duration::from_secs(30)).await;
    assert_eq!(get(&proxy, "/v1/avatars").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn konpros_word_on_when_to_list_again_is_obeyed() {
    let stage = Stage::new();
    stage.simulator.inject("avatars:429+300x1".parse().unwrap());
    let proxy = stage.proxy();
    get(&proxy, "/v1/avatars").await.refused(503);
    sleep(Duration::from_secs(290)).await;
    let early = get(&proxy, "/v1/avatars").await;
    early.refused(503);
    assert_eq!(early.header("retry-after"), Some("10"));
    assert_eq!(stage.asked(Call::Avatars), 1);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(get(&proxy, "/v1/avatars").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn visitors_who_leave_do_not_make_konpro_be_asked_again() {
    let stage = Stage::new();
    stage.inject(
        Call::Avatars,
        FaultKind::Delayed(Duration::from_secs(10)),
        1,
    );
    let proxy = stage.proxy();
    for _ in 0..8 {
        let visit = tokio::time::timeout(Duration::from_secs(1), get(&proxy, "/v1/avatars"));
        assert!(visit.await.is_err());
    }
    assert_eq!(get(&proxy, "/v1/avatars").await.status, StatusCode::OK);
    assert_eq!(stage.asked(Call::Avatars), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_leads_to_the_other_slash_and_nowhere_else() {
    let elsewhere = [
        "http://evil.test/v1/avatars/",
        "http://konpro.test/v1/videos",
        "//evil.test/v1/avatars/",
        "/",
    ];
    for location in elsewhere {
        let stage = Stage::new();
        let answer = http::Response::builder()
            .status(307)
            .header("location", location);
        let answer = answer.body(axum::body::Body::empty()).unwrap();
        stage.wire.answer(Method::GET, "/v1/avatars", Ok(answer));
        let refused = get(&stage.proxy(), "/v1/avatars").await;
        assert_eq!(refused.refused(502), "UPSTREAM_INVALID", "{location}");
        assert_eq!(stage.wire.sent().len(), 1, "{location}");
    }
    // A framework behind a gateway that ends TLS does not know that it was called by https.
    let stage = Stage::set(|config| config.api_url = "https://konpro.test".parse().unwrap());
    let answer = http::Response::builder().status(307);
    let answer = answer.header("location", "http://konpro.test/v1/avatars/?scope=public");
    let answer = answer.body(axum::body::Body::empty()).unwrap();
    stage.wire.answer(Method::GET, "/v1/avatars", Ok(answer));
    stage.wire.say(
        Method::GET,
        "/v1/avatars/",
        200,
        r#"{"avatars": [{"id": "a"}]}"#,
    );
    let list = get(&stage.proxy(), "/v1/avatars").await.json();
    assert_eq!(ids(&list["avatars"]), ["a"]);
    let sent = stage.wire.sent();
    assert!(
        sent.iter()
            .all(|sent| sent.uri.scheme_str() == Some("https"))
    );
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

#[tokio::test(start_paused = true)]
async fn a_proxy_is_alive_before_konpro_is_and_ready_once_it_has_answered() {
    let stage = Stage::new();
    stage.inject(Call::Avatars, FaultKind::Dropped { processed: false }, 1);
    let proxy = stage.proxy();
    assert_eq!(get(&proxy, "/health/live").await.status, StatusCode::OK);
    get(&proxy, "/health/ready").await.refused(503);
    sleep(Duration::from_secs(31)).await;
    assert_eq!(get(&proxy, "/health/ready").await.status, StatusCode::OK);
    create(&proxy, "Ready.").await;
}
