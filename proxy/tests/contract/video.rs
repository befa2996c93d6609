//! The finished video under an address that does not expire.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures_util::{StreamExt, stream};
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt;
use konpro_proxy::NetworkError;
use konpro_simulator::{Call, Fault};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::support::events::Events;
use crate::support::visitor::{
    VIDEOS, create, delete, empty, ended, get, job, order, path, post, request,
};
use crate::support::{KEY, Stage, settings, simulated};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(start_paused = true)]
async fn a_link_that_says_when_it_ends_is_renewed_then_and_not_before() {
    let konpro = konpro_simulator::Config {
        link_lifetime: Duration::from_secs(600),
        ..simulated()
    };
    let mut config = settings();
    config.reuse = Duration::from_secs(24 * 3600);
    let stage = Stage::of(config, konpro);
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    let location = async || {
        let answer = get(&proxy, &format!("{made}/video")).await;
        answer.header("location").unwrap().to_owned()
    };
    let first = location().await;
    let looks = stage.asked(Call::Status);
    sleep(Duration::from_secs(400)).await;
    assert_eq!(location().await, first);
    assert_eq!(stage.asked(Call::Status), looks);
    for _ in 0..3 {
        sleep(Duration::from_secs(600)).await;
        let link = location().await;
        assert_eq!(location().await, link, "one look for one link");
        let path = link.strip_prefix("http://konpro.test").unwrap();
        let fetched = http::Request::get(path).body(axum::body::Body::empty());
        let fetched = stage.simulator.service().oneshot(fetched.unwrap()).await;
        assert_eq!(fetched.unwrap().status(), 200);
    }
    assert_eq!(stage.asked(Call::Status), looks + 3);
    // Whoever asks for the same work is not given a dead link either.
    sleep(Duration::from_secs(600)).await;
    let shared = post(&proxy, &order("Hello.")).await.json();
    assert_ne!(shared["video_url"].as_str(), Some(&*first));
    assert_eq!(stage.asked(Call::Status), looks + 4);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_video_before_there_is_one() {
    let proxy = Stage::new().proxy();
    let made = create(&proxy, "Hello.").await;
    let waiting = create(&proxy, "Waiting.").await;
    let withdrawn = create(&proxy, "Withdrawn.").await;
    delete(&proxy, &withdrawn).await;
    for path in [&made, &waiting, &withdrawn] {
        for query in ["", "?download"] {
            let answer = get(&proxy, &format!("{path}/video{query}")).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND");
        }
    }
    let end = ended(&proxy, &made).await;
    let answer = get(&proxy, &format!("{made}/video")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), end["video_url"].as_str());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test(start_paused = true)]
async fn a_stale_link_is_renewed_and_only_then() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let first = ended(&proxy, &made).await["video_url"].clone();
    let looks = stage.asked(Call::Status);
    for _ in 0..10 {
        let answer = get(&proxy, &format!("{made}/video")).await;
        assert_eq!(answer.header("location"), first.as_str());
    }
    assert_eq!(stage.asked(Call::Status), looks);
    sleep(8 * DAY).await;
    let video = format!("{made}/video");
    let (a, b) = tokio::join!(get(&proxy, &video), get(&proxy, &video));
    let fresh = a.header("location").unwrap();
    assert_ne!(Some(fresh), first.as_str());
    assert_eq!(b.header("location"), Some(fresh));
    assert_eq!(stage.asked(Call::Status), looks + 1);
    assert_eq!(
        get(&proxy, &format!("{video}?download")).await.status,
        StatusCode::OK
    );
    sleep(8 * DAY).await;
    let shown = job(&proxy, &made).await["video_url"].clone();
    assert_ne!(shown.as_str(), Some(fresh));
    sleep(8 * DAY).await;
    let told = Events::of(&proxy, &made).await.all().await;
    assert_ne!(told[0]["video_url"], shown);
}

#[tokio::test(start_paused = true)]
async fn while_konpro_fails_the_old_link_has_to_do() {
    for fault in ["status:503", "status:429", "status:timeout", "status:drop"] {
        let stage = Stage::new();
        let proxy = stage.proxy();
        let made = create(&proxy, "Hello.").await;
        let first = ended(&proxy, &made).await["video_url"].clone();
        sleep(2 * DAY).await;
        stage.simulator.inject(fault.parse::<Fault>().unwrap());
        let before = Instant::now();
        let answer = get(&proxy, &format!("{made}/video")).await;
        assert_eq!(answer.header("location"), first.as_str(), "{fault}");
        assert!(before.elapsed() <= Duration::from_secs(10), "{fault}");
        if !fault.ends_with("timeout") {
            assert_eq!(
                before.elapsed(),
                Duration::ZERO,
                "{fault}: nothing more to wait for"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_video_that_konpro_has_erased_is_not_asked_for_again_and_again() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    sleep(2 * DAY).await;
    let looks = stage.asked(Call::Status);
    stage.simulator.inject("status:500".parse().unwrap());
    for _ in 0..100 {
        assert_eq!(get(&proxy, &made).await.status, StatusCode::OK);
        sleep(Duration::from_millis(10)).await;
    }
    assert!(
        stage.asked(Call::Status) - looks <= 2,
        "{}",
        stage.asked(Call::Status) - looks
    );
}

#[tokio::test(start_paused = true)]
async fn a_download_comes_through_the_proxy_without_the_key() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    for (format, kind) in [("mp4", "video/mp4"), ("webm", "video/webm")] {
        let mut body = order("Hello.");
        body["settings"] = serde_json::json!({"format": format, "resolution": "360p"});
        let made = path(&post(&proxy, &body).await.json());
        ended(&proxy, &made).await;
        let answer = get(&proxy, &format!("{made}/video?download")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), Some(kind));
        let name = format!("attachment; filename=\"video.{format}\"");
        assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            answer.header("content-length"),
            Some(answer.body.len().to_string()).as_deref()
        );
        assert!(answer.body.len() > 10_000);
    }
    let sent = stage.downloads.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|sent| !format!("{sent:?}").contains(KEY)));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_turns_out_to_be_dead_is_renewed_once() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    let looks = stage.asked(Call::Status);
    let download = format!("{made}/video?download");
    for (status, outcome) in [(403, 200), (404, 502), (410, 502)] {
        sleep(Duration::from_secs(60)).await;
        stage.downloads.say(Method::GET, "/media", status, "");
        let answer = get(&proxy, &download).await;
        assert_eq!(answer.status.as_u16(), outcome, "{status}");
        assert_eq!(stage.asked(Call::Status), looks + 1, "{status}");
    }
    sleep(Duration::from_secs(300)).await;
    stage.downloads.say(Method::GET, "/media", 410, "");
    assert_eq!(get(&proxy, &download).await.status, StatusCode::OK);
    assert_eq!(stage.asked(Call::Status), looks + 2);
}

#[tokio::test(start_paused = true)]
async fn a_visitor_may_be_slow_but_not_the_host() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    let pieces = stream::iter(["a", "b"].map(Ok::<_, Infallible>));
    let body = Body::from_stream(pieces.chain(stream::pending()));
    let answer = Ok(Response::new(body));
    stage.downloads.answer(Method::GET, "/media", answer);
    let request = empty(request("GET", &format!("{made}/video?download")));
    let mut body = proxy.oneshot(request).await.unwrap().into_body();
    for piece in ["a", "b"] {
        sleep(Duration::from_secs(3600)).await;
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
    }
    let before = Instant::now();
    assert!(body.frame().await.unwrap().is_err());
    assert_eq!(before.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_fails_is_told_apart_from_a_video_that_is_not_there() {
    let stage = Stage::new();
    let link = r#"{"status": "completed", "video_url": "https://cdn.test/v.mp4"}"#;
    stage.wire.say(Method::GET, VIDEOS, 200, link);
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    let download = format!("{made}/video?download");
    let moved = Response::builder()
        .status(302)
        .header("location", "https://127.0.0.1/");
    let huge = Response::builder().header("content-length", "4294967297");
    for (answer, status, code) in [
        (Err(NetworkError::NeverOpened), 503, "UPSTREAM_UNAVAILABLE"),
        (Err(NetworkError::Lost), 503, "UPSTREAM_UNAVAILABLE"),
        (Err(NetworkError::NotPublic), 502, "UPSTREAM_INVALID"),
        (
            Ok(Response::builder().status(500).body(Body::empty()).unwrap()),
            502,
            "UPSTREAM_INVALID",
        ),
        (
            Ok(huge.body(Body::empty()).unwrap()),
            502,
            "UPSTREAM_INVALID",
        ),
        (
            Ok(moved.body(Body::empty()).unwrap()),
            502,
            "UPSTREAM_INVALID",
        ),
    ] {
        stage.downloads.answer(Method::GET, "/v.mp4", answer);
        assert_eq!(get(&proxy, &download).await.refused(status), code);
    }
    // Whatever the host says of the type, a browser never shows it as a page.
    let page = Response::builder()
        .header("content-type", "text/html")
        .header("set-cookie", "a=b");
    let page = page.body(Body::from("<script>")).unwrap();
    stage.downloads.answer(Method::GET, "/v.mp4", Ok(page));
    let answer = get(&proxy, &download).await;
    assert_eq!(answer.header("content-type"), Some("video/mp4"));
    assert_eq!(answer.header("set-cookie"), None);
}
