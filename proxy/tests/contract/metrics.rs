//! What monitoring sees.

use std::time::Duration;

use axum::Router;
use http::StatusCode;
use tokio::time::sleep;

use crate::support::visitor::{create, empty, ended, get, request, send};
use crate::support::{KEY, Stage};

async fn metrics(admin: &Router) -> String {
    let answer = get(admin, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn after_a_video_the_numbers_are_right() {
    let stage = Stage::new();
    let proxy = stage.started();
    let (visitors, admin) = (proxy.router(), proxy.admin_router());
    let made = create(&visitors, "A private matter.").await;
    create(&visitors, "Another.").await;
    let text = metrics(&admin).await;
    for line in [
        "konpro_proxy_budget_minute_left 9999",
        "konpro_proxy_budget_day_left 10",
        "konpro_proxy_store_seconds_count ",
        "konpro_proxy_store_errors_total 0",
        "konpro_proxy_upstream_seconds_count 3",
        "konpro_proxy_jobs_oldest_seconds 0.0",
        "konpro_proxy_jobs_waiting 1",
        "konpro_proxy_jobs_under_way 1",
        "konpro_proxy_leading 1",
        "konpro_proxy_upstream_requests_total{call=\"create\",outcome=\"201\"} 1",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    sleep(Duration::from_secs(7)).await;
    let later = metrics(&admin).await;
    assert!(
        later.contains("konpro_proxy_jobs_oldest_seconds 7.0"),
        "{later}"
    );
    ended(&visitors, &made).await;
    let text = metrics(&admin).await;
    assert!(
        text.contains("konpro_proxy_notice_delay_seconds_count 1"),
        "{text}"
    );
    assert!(text.contains("konpro_proxy_requests_total{route=\"/v1/video-avatars\",method=\"POST\",status=\"201\"} 2"), "{text}");
    assert!(!text.contains("private") && !text.contains(KEY));
    assert!(!text.contains(made.rsplit('/').next().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn no_stranger_makes_a_series() {
    let stage = Stage::new();
    let proxy = stage.started();
    let visitors = proxy.router();
    let lines = async || metrics(&proxy.admin_router()).await.lines().count();
    get(&visitors, "/nothing").await;
    // Asking for the numbers is a series, too.
    lines().await;
    let before = lines().await;
    for n in 0..1_000 {
        get(&visitors, &format!("/nothing-{n}")).await;
        get(&visitors, &format!("/v1/video-avatars/{n}")).await;
    }
    assert!(lines().await < before + 20);
    get(&visitors, "/metrics").await.refused(404);
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_there_for_the_operator_and_that_is_said_as_to_visitors() {
    let admin = Stage::new().started().admin_router();
    for (method, path) in [("GET", "/v1/avatars"), ("POST", "/metrics"), ("PUT", "/")] {
        let answer = send(&admin, empty(request(method, path))).await;
        assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn they_are_in_prometheus_form_unless_the_newer_one_is_asked_for() {
    let admin = Stage::new().started().admin_router();
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let of_today = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3";
    for (accept, form) in [("*/*", plain), ("text/plain", plain), (of_today, open)] {
        let asked = request("GET", "/metrics").header("accept", accept);
        let answer = send(&admin, empty(asked)).await;
        assert_eq!(answer.header("content-type"), Some(form), "{accept}");
    }
    let answer = get(&admin, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some(plain));
    // Both forms end a line with a line feed, and to the older one a `#` begins a comment.
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.ends_with("# EOF\n") && !text.contains('\r'));
    // There a counter's samples bear the name of their family.
    for name in ["requests_total", "webhooks_total"] {
        let family = format!("# TYPE konpro_proxy_{name} counter\n");
        assert!(text.contains(&family), "{family}{text}");
    }
}
