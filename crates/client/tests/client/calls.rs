//! Single calls: where they go, and what is made of their answers.

use std::time::Duration;

use konpro_api::{Status, code};
use konpro_client::{KonproError, ListQuery, Method, Peer, video_path};
use serde_json::json;

use crate::proxies::{GATEWAY_PAGE, completed, error, processing};
use crate::world::{Reply, Sent, World, reply};

const AVATARS: &str = include_str!("../../../api/tests/vectors/avatars-sdk.json");
const VOICES: &str = include_str!("../../../api/tests/vectors/voices-documentation.json");

#[tokio::test(start_paused = true)]
async fn lists_are_asked_for_in_konpros_words_and_read_in_either_dialect() {
    let world = World::new(|sent| match sent.path.starts_with("/v1/voices") {
        true => reply(200, VOICES),
        false => reply(200, AVATARS),
    });
    let client = world.client();
    let avatars = client.avatars(&ListQuery::default()).await.unwrap();
    assert_eq!(avatars.avatars[0].name, "Ada");
    let query = ListQuery {
        page: 2,
        limit: 20,
        scope: Some("public"),
        language: Some("en-US&page=9"),
        gender: Some("né utral"),
    };
    let voices = client.voices(&query).await.unwrap();
    assert_eq!(voices.voices[0].name, "Clara");
    let sent: Vec<_> = world
        .sent()
        .into_iter()
        .map(|sent| (sent.method, sent.path))
        .collect();
    let voices = "/v1/voices?page=2&limit=20&scope=public\
                  &language=en-US%26page%3D9&gender=n%C3%A9%20utral";
    assert_eq!(
        sent,
        [
            (Method::Get, "/v1/avatars?page=1&limit=100".to_owned()),
            (Method::Get, voices.to_owned()),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_has_no_limits_is_a_bare_proxy() {
    for body in [
        json!({"detail": "Not Found"}).to_string(),
        GATEWAY_PAGE.to_owned(),
    ] {
        let world = World::new(move |_| reply(404, &body));
        assert_eq!(world.client().limits().await, Ok(None));
    }
    let limits = json!({"max_text": 5000, "resolutions": ["720p"], "formats": ["mp4"]});
    let world = World::new(move |_| reply(200, &limits));
    let limits = world.client().limits().await.unwrap().unwrap();
    assert_eq!(limits.max_text, 5000);
    assert_eq!(world.sent()[0].path, "/v1/limits");
}

#[tokio::test(start_paused = true)]
async fn a_page_from_a_wrong_endpoint_is_called_what_it_is() {
    let world = World::new(|_| reply(200, "<!doctype html><title>Our shop</title>"));
    let client = world.client();
    let wrong = [
        client.limits().await.unwrap_err(),
        client.avatars(&ListQuery::default()).await.unwrap_err(),
        client.job(Peer::Proxy, "job-1").await.unwrap_err(),
    ];
    for error in wrong {
        assert_eq!(error.code, code::UPSTREAM_INVALID);
        assert!(error.message.contains("endpoint"), "{}", error.message);
        assert!(!error.retryable);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_tells_all_that_the_answer_told() {
    let details = include_str!("../../../api/tests/vectors/error-envelope.json");
    let told = async |answer: Reply| {
        let world = World::new(move |_| answer.clone());
        world.client().limits().await.unwrap_err()
    };
    let expected = KonproError {
        code: code::VALIDATION_ERROR.to_owned(),
        message: "The request is not valid".to_owned(),
        request_id: Some("req-8f14e45f".to_owned()),
        field: Some("settings.resolution".to_owned()),
        retryable: false,
    };
    assert_eq!(told(reply(400, details)).await, expected);

    let framework = include_str!("../../../api/tests/vectors/error-detail-list.json");
    let error = told(reply(422, framework)).await;
    assert_eq!(error.field.as_deref(), Some("settings.resolution"));

    let error = told(reply(502, GATEWAY_PAGE)).await;
    assert_eq!(error.code, code::SERVICE_UNAVAILABLE);
    assert!(error.message.contains("502"), "{}", error.message);
    assert!(error.retryable);

    let error = told(reply(429, "")).await;
    assert_eq!(
        (error.code.as_str(), error.retryable),
        (code::RATE_LIMIT_EXCEEDED, true)
    );

    let error = told(Reply::Lost).await;
    assert_eq!(
        (error.code.as_str(), error.retryable),
        (KonproError::UNREACHABLE, true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_is_told_with_the_time_to_ask_again() {
    let world = World::new(|_| reply(200, processing(120)).after(40));
    let told = world.client().job(Peer::Proxy, "job/1").await.unwrap();
    assert_eq!(told.job.status, Status::Processing);
    assert_eq!(told.retry_after, Some(Duration::from_secs(40)));
    assert_eq!(world.sent()[0].path, "/v1/video-avatars/job%2F1");
    assert_eq!(video_path("job/1"), "/v1/video-avatars/job%2F1/video");
}

#[tokio::test(start_paused = true)]
async fn only_a_bare_proxy_is_asked_in_both_forms() {
    let script = |sent: &Sent| match sent.path.contains("video_status") {
        true => reply(200, completed()),
        false => reply(404, error(code::RESOURCE_NOT_FOUND, "No such job.")),
    };
    let world = World::new(script);
    let error = world.client().job(Peer::Proxy, "job-1").await.unwrap_err();
    assert_eq!(error.code, code::RESOURCE_NOT_FOUND);
    let told = world.client().job(Peer::Bare, "job-1").await.unwrap();
    assert_eq!(told.job.status, Status::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_withdrawn_by_delete() {
    let world = World::new(|_| reply(409, error("RESOURCE_CONFLICT", "It was sent.")));
    let error = world.client().withdraw("job 1").await.unwrap_err();
    assert_eq!(error.message, "It was sent.");
    let sent = &world.sent()[0];
    assert_eq!(
        (sent.method, sent.path.as_str()),
        (Method::Delete, "/v1/video-avatars/job%201")
    );
}
