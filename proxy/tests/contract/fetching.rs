//! How lists are fetched from KonPro: whole, seldom, and with patience.

use std::time::Duration;

use http::{Method, StatusCode};
use konpro_proxy::NetworkError;
use konpro_simulator::{Call, Dialect, Fault, FaultKind};
use tokio::time::{advance, sleep};

use crate::lists::ids;
use crate::support::Stage;
use crate::support::visitor::{create, get};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(start_paused = true)]
async fn each_list_is_fetched_whole_and_once_however_many_ask() {
    for stage in [Stage::new(), Stage::in_dialect(Dialect::Sdk)] {
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
        // The redirect is not asked for again.
        assert_eq!(stage.asked(Call::Voices), once + 1);
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
async fn whoever_waits_for_a_list_that_trickles_in_is_told_so_and_the_next_one_has_it() {
    let stage = Stage::new();
    for page in 1..=5 {
        let body = format!(
            r#"{{"avatars": [{{"id": "avatar-{page}"}}], "pagination": {{"total_pages": 9}}}}"#
        );
        let pieces = futures_util::stream::once(async move {
            sleep(Duration::from_secs(20)).await;
            Ok::<_, std::io::Error>(body)
        });
        let answer = http::Response::new(axum::body::Body::from_stream(pieces));
        stage.wire.answer(Method::GET, "/v1/avatars", Ok(answer));
    }
    let begun = tokio::time::Instant::now();
    let proxy = stage.proxy();
    let answer = get(&proxy, "/v1/avatars").await;
    assert_eq!(answer.refused(504), "UPSTREAM_TIMEOUT");
    assert!(begun.elapsed() < Duration::from_secs(70));
    let answer = get(&proxy, "/v1/avatars").await.json();
    assert_eq!(answer["pagination"]["total"], 5);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_more_pages_than_a_minute_allows_is_fetched_to_its_end_once() {
    let stage = Stage::set(|config| config.rate_per_minute = 10);
    for page in 1..=25 {
        let body = format!(
            r#"{{"avatars": [{{"id": "avatar-{page}"}}], "pagination": {{"total_pages": 25}}}}"#
        );
        stage.wire.say(Method::GET, "/v1/avatars", 200, &body);
    }
    let proxy = stage.proxy();
    get(&proxy, "/v1/avatars").await.refused(504);
    sleep(Duration::from_secs(180)).await;
    let list = get(&proxy, "/v1/avatars").await.json();
    assert_eq!(list["pagination"]["total"], 25);
    assert_eq!(stage.wire.sent().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn an_old_list_is_served_next_to_at_once_while_konpro_hangs_or_the_day_is_used_up() {
    let stage = Stage::set(|config| config.rate_per_day = 3);
    let proxy = stage.proxy();
    get(&proxy, "/v1/avatars").await;
    sleep(DAY + Duration::from_secs(600)).await;
    stage.inject(Call::Avatars, FaultKind::TimeOut { processed: false }, 1);
    for used_up in [false, true] {
        let asked = tokio::time::Instant::now();
        assert_eq!(get(&proxy, "/v1/avatars").await.status, StatusCode::OK);
        assert!(asked.elapsed() <= Duration::from_secs(3), "{used_up}");
        sleep(Duration::from_secs(7_200)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_is_asked_for_ever_more_rarely_however_often_it_is_wanted() {
    let stage = Stage::new();
    stage.simulator.inject("avatars:500".parse().unwrap());
    let proxy = stage.proxy();
    for _ in 0..720 {
        get(&proxy, "/health/ready").await.refused(503);
        sleep(Duration::from_secs(10)).await;
    }
    let asked = stage.asked(Call::Avatars);
    assert!(asked <= 12, "{asked} requests in two hours");
}

#[tokio::test(start_paused = true)]
async fn a_narrower_scope_counts_at_once_whatever_was_kept() {
    let mut stage = Stage::set(|config| config.scope = "all".parse().unwrap());
    let wide = get(&stage.proxy(), "/v1/avatars?scope=private")
        .await
        .json();
    let private = ids(&wide["avatars"]);
    assert!(!private.is_empty());
    stage.config.scope = "public".parse().unwrap();
    // KonPro is away: what was kept under the wider scope is no way out.
    stage.simulator.inject("avatars:500x1".parse().unwrap());
    let proxy = stage.proxy();
    get(&proxy, "/v1/avatars").await.refused(503);
    sleep(Duration::from_secs(60)).await;
    let narrow = get(&proxy, "/v1/avatars?scope=private").await.json();
    assert_eq!(ids(&narrow["avatars"]).len(), 0);
    let mut order = crate::support::visitor::order("Hello.");
    order["avatar_id"] = private[0].into();
    let refused = crate::support::visitor::post(&proxy, &order).await;
    assert_eq!(refused.refused(403), "INSUFFICIENT_PERMISSIONS");
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

#[tokio::test(start_paused = true)]
async fn konpros_word_on_when_to_list_again_may_be_a_date_and_come_with_any_failure() {
    for (status, again, wait) in [
        (429, "Mon, 23 Nov 2026 12:05:00 GMT", "300"),
        (503, "Mon, 23 Nov 2026 12:05:00 GMT", "300"),
        (503, "120", "120"),
        (503, "Mon, 23 Nov 2026 11:55:00 GMT", "30"),
        (503, "soon", "30"),
    ] {
        let stage = Stage::new();
        let answer = http::Response::builder()
            .status(status)
            .header("date", "Mon, 23 Nov 2026 12:00:00 GMT")
            .header("retry-after", again);
        let answer = answer.body(axum::body::Body::empty()).unwrap();
        stage.wire.answer(Method::GET, "/v1/avatars", Ok(answer));
        let refused = get(&stage.proxy(), "/v1/avatars").await;
        refused.refused(503);
        assert_eq!(
            refused.header("retry-after"),
            Some(wait),
            "{status} {again}"
        );
    }
}
