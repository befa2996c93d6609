//! The description of the calls, and the calls.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::Stage;
use crate::support::visitor::{empty, get, request, send};

#[tokio::test(start_paused = true)]
async fn every_call_that_is_described_exists_and_the_contract_is_described() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let answer = get(&proxy, "/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = Vec::new();
    for (path, calls) in document["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            described.push(format!("{} {path}", method.to_uppercase()));
            assert!(
                call["responses"]
                    .as_object()
                    .is_some_and(|all| !all.is_empty())
            );
            // An address that is not there says so in the words of an address that is not there.
            let at = path.replace("{job_id}", "x").replace("{token}", "x");
            let answer = send(&proxy, empty(request(&method.to_uppercase(), &at))).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            let missing = said.contains("nothing at this address");
            let webhook = path.starts_with("/webhooks");
            assert!(webhook || !missing, "{method} {path}: {said}");
        }
    }
    described.sort_unstable();
    assert_eq!(
        described,
        [
            "DELETE /v1/video-avatars/{job_id}",
            "GET /health/live",
            "GET /health/ready",
            "GET /openapi.json",
            "GET /v1/avatars",
            "GET /v1/limits",
            "GET /v1/video-avatars/{job_id}",
            "GET /v1/video-avatars/{job_id}/events",
            "GET /v1/video-avatars/{job_id}/video",
            "GET /v1/voices",
            "OPTIONS /webhooks/konpro/{token}",
            "POST /v1/video-avatars",
            "POST /webhooks/konpro/{token}",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_fields_of_a_job_are_described() {
    let document = get(&Stage::new().proxy(), "/openapi.json").await.json();
    let job: &Value = &document["components"]["schemas"]["Job"];
    for field in [
        "job_id",
        "status",
        "estimated_time",
        "queue_position",
        "video_url",
        "error",
    ] {
        let described = job["properties"][field]["description"].as_str();
        let refers = job["properties"][field].to_string().contains("$ref");
        assert!(described.is_some() || refers, "{field}: {job}");
    }
    assert_eq!(job["required"], serde_json::json!(["job_id", "status"]));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_may_send_and_must_expect_is_described() {
    let document = get(&Stage::new().proxy(), "/openapi.json").await.json();
    let scheme = &document["components"]["securitySchemes"]["session"];
    assert_eq!(scheme["type"], "http");
    assert_eq!(scheme["scheme"], "bearer");
    let paths = &document["paths"];
    for (path, method) in [
        ("/v1/video-avatars", "post"),
        ("/v1/avatars", "get"),
        ("/v1/voices", "get"),
        ("/v1/limits", "get"),
    ] {
        let security = &paths[path][method]["security"];
        assert_eq!(security, &json!([{}, {"session": []}]), "{path}");
    }
    let settings = &document["components"]["schemas"]["Settings"]["properties"];
    assert!(settings["resolution"].is_object());
    assert!(settings["webhook_url"].is_null());

    let create = &paths["/v1/video-avatars"]["post"]["responses"];
    for status in ["402", "404"] {
        assert!(create[status].is_object(), "{status}: {create}");
    }
    for status in ["429", "503"] {
        assert!(create[status]["headers"]["retry-after"].is_object());
    }
    let video = &paths["/v1/video-avatars/{job_id}/video"]["get"];
    for (status, header) in [("200", "etag"), ("206", "etag"), ("206", "content-range")] {
        let headers = &video["responses"][status]["headers"];
        assert!(headers[header].is_object(), "{status} {header}");
    }
    let takes = |call: &Value, name: &str| {
        let parameters = call["parameters"].as_array().unwrap();
        parameters.iter().any(|it| it["name"] == name)
    };
    assert!(takes(video, "if-range") && takes(video, "if-none-match"));
    assert!(takes(&paths["/v1/avatars"]["get"], "if-none-match"));
    assert!(takes(&paths["/v1/voices"]["get"], "if-none-match"));
}
