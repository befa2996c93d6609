//! KonPro's calls: hints, and nothing else.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Method, StatusCode};
use konpro_simulator::{Call, FaultKind, Simulator, WebhookSender};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use tower::service_fn;
use url::Url;

use crate::support::events::Events;
use crate::support::visitor::{VIDEOS, create, ended, job, order, path, post, request, send};
use crate::support::{Stage, settings, simulated};

const PUBLIC: &str = "https://video.example.com/konpro";

/// A proxy that KonPro can call; the test carries the calls, or loses them.
fn announced() -> Stage {
    let mut config = settings();
    config.public_url = Some(Url::parse(PUBLIC).unwrap());
    Stage::of(config, simulated())
}

/// Where KonPro was told to call for its n-th video.
fn webhook(stage: &Stage, nth: usize) -> String {
    let created = stage.simulator.counts().created;
    let url = created[nth].webhook_url.clone().unwrap();
    let path = url.strip_prefix(PUBLIC).expect("the public address");
    path.to_owned()
}

async fn call(proxy: &Router, path: &str, body: impl Into<Body>) -> StatusCode {
    let request = request("POST", path).body(body.into()).unwrap();
    send(proxy, request).await.status
}

fn success(id: &str) -> String {
    json!({"event_type": "avatar_video.success", "event_data": {"video_id": id}}).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_webhook_makes_the_proxy_look_and_the_visitor_hear() {
    let stage = announced();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let mut events = Events::of(&proxy, &made).await;
    assert_eq!(events.next().await.unwrap()["status"], "processing");
    sleep(Duration::from_secs(100)).await;
    let before = stage.asked(Call::Status);
    let called = Instant::now();
    assert_eq!(call(&proxy, &webhook(&stage, 0), success("x")).await, 200);
    let heard = timeout(Duration::from_millis(100), events.next()).await;
    assert_eq!(heard.unwrap().unwrap()["status"], "completed");
    assert!(called.elapsed() < Duration::from_millis(100));
    assert_eq!(stage.asked(Call::Status), before + 1);
}

#[tokio::test(start_paused = true)]
async fn no_body_is_believed_and_any_is_taken() {
    let stage = announced();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let token = webhook(&stage, 0);
    let failure = r#"{"event_type": "avatar_video.fail", "event_data": {"video_id": "job-1"}}"#;
    for body in [
        "",
        "{",
        "null",
        "[]",
        failure,
        "\u{0}",
        &"x".repeat(100_000),
    ] {
        assert_eq!(call(&proxy, &token, body.to_owned()).await, StatusCode::OK);
        assert_eq!(job(&proxy, &made).await["status"], "processing");
    }
    assert_eq!(ended(&proxy, &made).await["status"], "completed");
    // Late and repeated ones are taken, and change nothing.
    let asked = stage.asked(Call::Status);
    for _ in 0..20 {
        assert_eq!(call(&proxy, &token, failure).await, StatusCode::OK);
        sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(stage.asked(Call::Status), asked);
    assert_eq!(job(&proxy, &made).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_or_breaks_off_is_taken_too() {
    let stage = announced();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let token = webhook(&stage, 0);
    let silent = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    let answer = call(&proxy, &token, Body::from_stream(silent));
    let answer = timeout(Duration::from_secs(10), answer).await;
    assert_eq!(answer, Ok(StatusCode::OK));
    let broken = futures_util::stream::iter([Err::<&str, _>(std::io::Error::other("gone"))]);
    assert_eq!(call(&proxy, &token, Body::from_stream(broken)).await, 200);
    assert_eq!(job(&proxy, &made).await["status"], "processing");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_comes_while_a_look_is_under_way_is_heeded_after_it() {
    let stage = announced();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let ends = stage.simulator.counts().created[0].job_id.clone();
    let ends = stage.simulator.ends(&ends).unwrap();
    // Called too early, the proxy hears that the video is not finished; by the time it hears so, it is.
    let unfinished = futures_util::stream::once(async {
        sleep(Duration::from_secs(10)).await;
        Ok::<_, std::io::Error>(r#"{"status": "processing"}"#)
    });
    let unfinished = http::Response::new(Body::from_stream(unfinished));
    stage.wire.answer(Method::GET, VIDEOS, Ok(unfinished));
    tokio::time::sleep_until(ends - Duration::from_secs(1)).await;
    call(&proxy, &webhook(&stage, 0), success("x")).await;
    sleep(Duration::from_secs(5)).await;
    call(&proxy, &webhook(&stage, 0), success("x")).await;
    let events = Events::of(&proxy, &made).await;
    let told = timeout(Duration::from_secs(15), events.all()).await;
    assert_eq!(told.unwrap().last().unwrap()["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn konpro_may_call_as_a_browser_does() {
    let stage = announced();
    let proxy = stage.proxy();
    create(&proxy, "Hello.").await;
    for method in ["OPTIONS", "POST"] {
        let calling = request(method, &webhook(&stage, 0))
            .header("origin", "https://api.konpro.ai")
            .header("access-control-request-method", "POST");
        let answer = send(&proxy, calling.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_webhooks_do_not_eat_the_budget() {
    let stage = announced();
    stage.simulator.inject("create:stuckx1".parse().unwrap());
    let proxy = stage.proxy();
    create(&proxy, "Hello.").await;
    let token = webhook(&stage, 0);
    for _ in 0..1_000 {
        call(&proxy, &token, success("x")).await;
        sleep(Duration::from_millis(500)).await;
    }
    let looks = stage.asked(Call::Status);
    assert!(looks <= 16, "{looks} looks in 500 s");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_token_is_not_found() {
    let stage = announced();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let token = webhook(&stage, 0);
    let altered = format!(
        "{}{}",
        &token[..token.len() - 1],
        if token.ends_with('A') { 'B' } else { 'A' }
    );
    let sealed = made.rsplit('/').next().unwrap();
    for unknown in [
        "/webhooks/konpro/guess",
        "/webhooks/konpro/%FF",
        &altered,
        &format!("/webhooks/konpro/{sealed}"),
    ] {
        let status = call(&proxy, unknown, success("x")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
        let options = request("OPTIONS", unknown).body(Body::empty()).unwrap();
        send(&proxy, options).await.refused(404);
    }
    let options = request("OPTIONS", &token).body(Body::empty()).unwrap();
    assert_eq!(send(&proxy, options).await.status, StatusCode::OK);
    // A token is no id.
    let token = token.rsplit('/').next().unwrap();
    let as_job = format!("/v1/video-avatars/{token}");
    send(&proxy, request("GET", &as_job).body(Body::empty()).unwrap())
        .await
        .refused(404);
}

#[tokio::test(start_paused = true)]
async fn a_video_costs_two_requests_when_its_webhook_comes() {
    let mut config = settings();
    config.public_url = Some(Url::parse(PUBLIC).unwrap());
    let (stage, proxy) = wired(config);
    for n in 0..5 {
        let made = create(&proxy, &format!("Video {n}.")).await;
        assert_eq!(ended(&proxy, &made).await["status"], "completed");
    }
    assert_eq!(stage.asked(Call::Create), 5);
    assert_eq!(stage.asked(Call::Status), 5);
}

#[tokio::test(start_paused = true)]
async fn a_lost_webhook_costs_delay_only() {
    let stage = announced();
    let proxy = stage.proxy();
    for n in 0..4 {
        let made = create(&proxy, &format!("Video {n}.")).await;
        assert_eq!(ended(&proxy, &made).await["status"], "completed");
    }
    // After two of them the proxy looks by itself, as it does without a public address.
    let begun = Instant::now();
    let made = create(&proxy, "The last.").await;
    ended(&proxy, &made).await;
    assert!(
        begun.elapsed() < Duration::from_secs(90),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_answer_was_lost_is_found_by_its_webhook() {
    let stage = announced();
    stage.inject(Call::Create, FaultKind::Dropped { processed: true }, 1);
    let proxy = stage.proxy();
    let lost = post(&proxy, &order("Lost.")).await.json();
    assert_eq!(lost["status"], "processing");
    let konpros = stage.simulator.counts().created[0].job_id.clone();
    sleep(Duration::from_secs(120)).await;
    let token = webhook(&stage, 0);
    for wrong in ["no-such-job", "", "..", "."] {
        assert_eq!(call(&proxy, &token, success(wrong)).await, StatusCode::OK);
        sleep(Duration::from_secs(20)).await;
        assert_eq!(job(&proxy, &path(&lost)).await["status"], "processing");
    }
    assert_eq!(
        call(&proxy, &token, success(&konpros)).await,
        StatusCode::OK
    );
    let found = ended(&proxy, &path(&lost)).await;
    assert_eq!(found["status"], "completed", "{found}");
    assert_eq!(found["job_id"], lost["job_id"]);
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_id_made_of_dots_is_no_id() {
    let stage = announced();
    stage.inject(Call::Create, FaultKind::Dropped { processed: true }, 1);
    let proxy = stage.proxy();
    post(&proxy, &order("Lost.")).await;
    sleep(Duration::from_secs(120)).await;
    let sent = stage.wire.sent().len();
    for dots in [".", "..", "..."] {
        call(&proxy, &webhook(&stage, 0), success(dots)).await;
        sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(stage.wire.sent().len(), sent, "KonPro is not asked");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_about_the_named_video_confirms_nothing() {
    for other in [
        r#"{"job_id": "job-9", "status": "completed", "video_url": "https://cdn.test/9.mp4"}"#,
        r#"{"code": 100, "data": {"id": "job-9", "status": "completed"}}"#,
        r#"{"video_url": "https://cdn.test/9.mp4"}"#,
        r#"{"status": "ok"}"#,
    ] {
        let stage = announced();
        stage.inject(Call::Create, FaultKind::Dropped { processed: true }, 1);
        let proxy = stage.proxy();
        let lost = path(&post(&proxy, &order("Lost.")).await.json());
        let konpros = stage.simulator.counts().created[0].job_id.clone();
        sleep(Duration::from_secs(200)).await;
        // It is asked for again after 10 and 30 s.
        for start in [VIDEOS, "/v1/video_status"].repeat(3) {
            stage.wire.say(Method::GET, start, 200, other);
        }
        call(&proxy, &webhook(&stage, 0), success(&konpros)).await;
        sleep(Duration::from_secs(35)).await;
        let now = job(&proxy, &lost).await;
        assert_eq!(now["status"], "processing", "{other}");
        assert_eq!(ended(&proxy, &lost).await["status"], "completed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_comes_before_the_answer_is_not_forgotten_when_that_is_lost() {
    let stage = announced();
    stage
        .simulator
        .inject("create:timeout-afterx1".parse().unwrap());
    let proxy = stage.proxy();
    let asking = tokio::spawn({
        let proxy = proxy.clone();
        async move { post(&proxy, &order("Lost.")).await.json() }
    });
    sleep(Duration::from_secs(5)).await;
    let konpros = stage.simulator.counts().created[0].job_id.clone();
    call(&proxy, &webhook(&stage, 0), success(&konpros)).await;
    let lost = path(&asking.await.unwrap());
    let ended = timeout(Duration::from_secs(600), ended(&proxy, &lost)).await;
    assert_eq!(ended.unwrap()["status"], "completed");
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn malformed_and_wrong_webhooks_do_not_hide_the_right_one_while_konpro_is_away() {
    let stage = announced();
    stage.inject(Call::Create, FaultKind::Dropped { processed: true }, 1);
    let proxy = stage.proxy();
    let lost = path(&post(&proxy, &order("Lost.")).await.json());
    let konpros = stage.simulator.counts().created[0].job_id.clone();
    sleep(Duration::from_secs(200)).await;
    stage.simulator.inject("status:503x4".parse().unwrap());
    for body in [
        success(&konpros),
        String::new(),
        success("another"),
        success(&konpros),
    ] {
        call(&proxy, &webhook(&stage, 0), body).await;
        sleep(Duration::from_secs(1)).await;
    }
    let ended = timeout(Duration::from_secs(600), ended(&proxy, &lost)).await;
    assert_eq!(ended.unwrap()["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_cannot_give_a_job_another_ones_video() {
    let stage = Stage::of(
        konpro_proxy::Config {
            public_url: Some(Url::parse(PUBLIC).unwrap()),
            concurrent_videos: 2,
            ..settings()
        },
        simulated(),
    );
    let proxy = stage.proxy();
    create(&proxy, "Another's.").await;
    let anothers = stage.simulator.counts().created[0].job_id.clone();
    stage.inject(Call::Create, FaultKind::Dropped { processed: true }, 1);
    let lost = post(&proxy, &order("Lost.")).await.json();
    sleep(Duration::from_secs(200)).await;
    call(&proxy, &webhook(&stage, 1), success(&anothers)).await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(job(&proxy, &path(&lost)).await["status"], "processing");
    let own = stage.simulator.counts().created[1].job_id.clone();
    call(&proxy, &webhook(&stage, 1), success(&own)).await;
    assert_eq!(ended(&proxy, &path(&lost)).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn without_a_public_address_no_webhook_is_asked_for() {
    let stage = Stage::new();
    create(&stage.proxy(), "Hello.").await;
    assert_eq!(stage.simulator.counts().created[0].webhook_url, None);
}

/// A proxy whose webhooks KonPro really sends.
fn wired(config: konpro_proxy::Config) -> (Stage, Router) {
    let proxy: std::sync::Arc<std::sync::OnceLock<Router>> = std::sync::Arc::default();
    let receiver = std::sync::Arc::clone(&proxy);
    let carry = move |request: http::Request<bytes::Bytes>| {
        let receiver = std::sync::Arc::clone(&receiver);
        async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.to_string();
            parts.uri = path.strip_prefix(PUBLIC).unwrap().parse().unwrap();
            let request = http::Request::from_parts(parts, Body::from(body));
            Ok::<_, tower::BoxError>(send(receiver.get().unwrap(), request).await.status)
        }
    };
    let stage = Stage::of(
        config,
        konpro_simulator::Config {
            webhooks: Some(WebhookSender::new(service_fn(carry))),
            ..simulated()
        },
    );
    let router = stage.proxy();
    proxy.set(router.clone()).unwrap();
    let _: (&Simulator, Value) = (&stage.simulator, Value::Null);
    (stage, router)
}
