//! What visitors may list and use.

use http::{Method, StatusCode};
use konpro_proxy::Allowed;
use konpro_simulator::{Call, Config as Simulated, Dialect};
use serde_json::{Value, json};

use crate::support::visitor::{get, post};
use crate::support::{Stage, settings, simulated};

const PUBLIC: (&str, &str) = ("avatar-3655", "voice-123");
const PRIVATE: (&str, &str) = ("avatar-3699", "voice-107");

fn body((avatar, voice): (&str, &str)) -> Value {
    json!({"avatar_id": avatar, "voice_id": voice, "text": "Hello."})
}

fn stage(scope: &str, dialect: Dialect) -> Stage {
    let mut config = settings();
    config.scope = scope.parse().unwrap();
    config.concurrent_videos = 10;
    let konpro = Simulated {
        dialect,
        ..simulated()
    };
    Stage::of(config, konpro)
}

async fn listed(stage: &Stage, list: &str) -> (u64, String) {
    let answer = get(&stage.proxy(), &format!("/v1/{list}?limit=100"))
        .await
        .json();
    (
        answer["pagination"]["total"].as_u64().unwrap(),
        answer[list].to_string(),
    )
}

#[tokio::test(start_paused = true)]
async fn private_faces_and_voices_are_neither_listed_nor_used_by_default() {
    for dialect in [Dialect::Documentation, Dialect::Sdk] {
        let stage = stage("public", dialect);
        assert_eq!(stage.config.scope, Allowed::default());
        let (avatars, text) = listed(&stage, "avatars").await;
        assert_eq!(avatars, 44);
        assert!(!text.contains(PRIVATE.0) && !text.contains("private"));
        assert_eq!(listed(&stage, "voices").await.0, 60);
        let proxy = stage.proxy();
        for pair in [
            PRIVATE,
            (PRIVATE.0, PUBLIC.1),
            (PUBLIC.0, PRIVATE.1),
            ("avatar-1", PUBLIC.1),
            (PUBLIC.0, "voice-1"),
        ] {
            let answer = post(&proxy, &body(pair)).await;
            assert_eq!(answer.refused(403), "INSUFFICIENT_PERMISSIONS", "{pair:?}");
        }
        assert_eq!(stage.asked(Call::Create), 0, "KonPro never hears of it");
        assert_eq!(
            post(&proxy, &body(PUBLIC)).await.status,
            StatusCode::CREATED
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_konpro_that_heeds_no_scope_betrays_no_private_face() {
    let stage = stage("public", Dialect::Documentation);
    let both = r#"{"data": [{"id": "a", "is_public": true}, {"id": "b", "is_public": false}]}"#;
    stage.wire.say(Method::GET, "/v1/avatars", 200, both);
    let proxy = stage.proxy();
    let list = get(&proxy, "/v1/avatars").await.json();
    assert_eq!(list["pagination"]["total"], 1);
    assert_eq!(list["avatars"][0]["id"], "a");
    let private = post(&proxy, &body(("b", PUBLIC.1))).await;
    assert_eq!(private.refused(403), "INSUFFICIENT_PERMISSIONS");
}

#[tokio::test(start_paused = true)]
async fn all_is_everything_that_the_key_may_use() {
    let stage = stage("all", Dialect::Documentation);
    assert_eq!(listed(&stage, "avatars").await.0, 50);
    let private = get(&stage.proxy(), "/v1/avatars?scope=private")
        .await
        .json();
    assert_eq!(private["pagination"]["total"], 6);
    let proxy = stage.proxy();
    for pair in [PRIVATE, PUBLIC] {
        assert_eq!(post(&proxy, &body(pair)).await.status, StatusCode::CREATED);
    }
    // What there is not, KonPro itself refuses.
    let unknown = post(&proxy, &body(("avatar-1", PUBLIC.1))).await;
    assert_eq!(unknown.refused(404), "RESOURCE_NOT_FOUND");
}

#[tokio::test(start_paused = true)]
async fn named_ids_are_listed_and_used_private_or_not() {
    for dialect in [Dialect::Documentation, Dialect::Sdk] {
        let stage = stage("avatar-3699, avatar-3655 ,voice-123", dialect);
        assert_eq!(listed(&stage, "avatars").await.0, 2);
        assert_eq!(listed(&stage, "voices").await.0, 1);
        let proxy = stage.proxy();
        let mixed = (PRIVATE.0, PUBLIC.1);
        assert_eq!(post(&proxy, &body(mixed)).await.status, StatusCode::CREATED);
        for pair in [("avatar-3656", PUBLIC.1), (PUBLIC.0, "voice-124")] {
            assert_eq!(
                post(&proxy, &body(pair)).await.refused(403),
                "INSUFFICIENT_PERMISSIONS"
            );
        }
        assert_eq!(stage.paid(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_konpros_lists_nobody_knows_what_is_public() {
    let stage = stage("public", Dialect::Documentation);
    stage.simulator.inject("avatars:503".parse().unwrap());
    assert_eq!(
        post(&stage.proxy(), &body(PUBLIC)).await.refused(503),
        "UPSTREAM_UNAVAILABLE"
    );
    assert_eq!(stage.paid(), 0);
}
