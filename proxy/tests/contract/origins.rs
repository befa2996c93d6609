//! Which pages may use the proxy.

use axum::Router;
use http::StatusCode;
use url::Url;

use crate::support::Stage;
use crate::support::visitor::{Answer, VIDEOS, create, empty, get, order, posting, request, send};

const SHOP: &str = "https://shop.example";

fn stage_for_the_shop() -> Stage {
    Stage::set(|config| config.origins = vec![SHOP.to_owned()])
}

async fn read(proxy: &Router, origin: &str) -> Answer {
    send(
        proxy,
        empty(request("GET", "/v1/limits").header("origin", origin)),
    )
    .await
}

async fn make(proxy: &Router, origin: &str) -> Answer {
    let mut request = posting(&order("Hello."));
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    send(proxy, request).await
}

async fn preflight(proxy: &Router, origin: &str, path: &str) -> Answer {
    let request = request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "content-type, idempotency-key",
        );
    send(proxy, empty(request)).await
}

fn varies(answer: &Answer) -> bool {
    answer
        .headers
        .get_all("vary")
        .iter()
        .any(|value| value == "Origin")
}

#[tokio::test(start_paused = true)]
async fn a_listed_page_may_do_all_and_read_all() {
    let proxy = stage_for_the_shop().proxy();
    for (answer, status) in [
        (read(&proxy, SHOP).await, 200),
        (make(&proxy, SHOP).await, 201),
    ] {
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
        assert_eq!(
            answer.header("access-control-expose-headers"),
            Some("Retry-After, ETag, X-Request-Id")
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(varies(&answer));
    }
    // It may read refusals, too.
    let refused = send(
        &proxy,
        empty(request("GET", "/nowhere").header("origin", SHOP)),
    )
    .await;
    assert_eq!(refused.refused(404), "RESOURCE_NOT_FOUND");
    assert_eq!(refused.header("access-control-allow-origin"), Some(SHOP));
}

#[tokio::test(start_paused = true)]
async fn no_page_is_told_that_it_may_ask_where_there_is_nothing() {
    let proxy = stage_for_the_shop().proxy();
    for path in ["/zzz", "/v1/videos", "/webhooks/konpro/unknown"] {
        let asking = request("OPTIONS", path)
            .header("origin", SHOP)
            .header("access-control-request-method", "POST");
        let answer = send(&proxy, empty(asking)).await;
        assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_origins_are_none() {
    let proxy = stage_for_the_shop().proxy();
    for (first, second) in [
        (SHOP, "https://evil.example"),
        ("https://evil.example", SHOP),
    ] {
        let mut asking = posting(&order("Hello."));
        for origin in [first, second] {
            let headers = asking.headers_mut();
            headers.append("origin", origin.parse().unwrap());
        }
        let refused = send(&proxy, asking).await;
        assert_eq!(refused.refused(403), "ORIGIN_NOT_ALLOWED");
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_page_changes_nothing_and_reads_nothing() {
    let stage = stage_for_the_shop();
    let proxy = stage.proxy();
    create(&proxy, "One.").await;
    let waiting = create(&proxy, "Two.").await;
    for origin in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://SHOP.example/",
        "null",
        "",
        "http://127.0.0.1:8080",
        "http://evil.example:8787",
    ] {
        let made = make(&proxy, origin).await;
        assert_eq!(made.refused(403), "ORIGIN_NOT_ALLOWED", "{origin}");
        let deleting = request("DELETE", &waiting).header("origin", origin);
        assert_eq!(
            send(&proxy, empty(deleting)).await.refused(403),
            "ORIGIN_NOT_ALLOWED"
        );
        let read = read(&proxy, origin).await;
        assert_eq!(read.status, StatusCode::OK, "{origin}");
        let preflight = preflight(&proxy, origin, VIDEOS).await;
        assert_eq!(preflight.status, StatusCode::FORBIDDEN);
        for answer in [made, read, preflight] {
            assert!(varies(&answer), "{origin}");
            let leave = answer
                .headers
                .keys()
                .find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(leave, None, "{origin}");
        }
    }
    assert_eq!(stage.paid(), 1);
    assert_eq!(get(&proxy, &waiting).await.json()["status"], "pending");
}

#[tokio::test(start_paused = true)]
async fn a_refused_page_is_told_who_it_is_and_which_setting_allows_it() {
    let proxy = stage_for_the_shop().proxy();
    let origin = "https://other.example:8443";
    for refused in [
        make(&proxy, origin).await,
        preflight(&proxy, origin, VIDEOS).await,
    ] {
        assert_eq!(refused.refused(403), "ORIGIN_NOT_ALLOWED");
        let message = refused.json()["error"]["message"].to_string();
        assert!(message.contains(&format!("{origin} ")), "{message}");
        assert!(message.contains("KONPRO_PROXY_ORIGINS"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_preflight_names_the_methods_and_headers_of_the_contract() {
    let proxy = stage_for_the_shop().proxy();
    for path in [VIDEOS, "/v1/video-avatars/some-id"] {
        let answer = preflight(&proxy, SHOP, path).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("Authorization, Content-Type, Idempotency-Key, Cache-Control")
        );
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(
            ["GET", "POST", "DELETE"]
                .iter()
                .all(|method| methods.contains(method))
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(varies(&answer));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_public_address_the_proxys_own_pages_are_those_on_loopback() {
    let proxy = Stage::set(|config| config.concurrent_videos = 10).proxy();
    let own = make(&proxy, "http://127.0.0.1:8787").await;
    assert_eq!(own.status, StatusCode::CREATED);
    // A name that an attacker points at this computer has an equal host and port, too.
    let mut rebound = posting(&order("Hello."));
    for (name, value) in [
        ("host", "evil.example:8787"),
        ("origin", "http://evil.example:8787"),
    ] {
        rebound.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(
        send(&proxy, rebound).await.refused(403),
        "ORIGIN_NOT_ALLOWED"
    );
}

#[tokio::test(start_paused = true)]
async fn with_a_public_address_that_alone_is_its_own_origin() {
    let url = Url::parse("https://video.example.com/proxy").unwrap();
    let proxy = Stage::set(|config| config.public_url = Some(url)).proxy();
    assert_eq!(
        make(&proxy, "https://video.example.com").await.status,
        StatusCode::CREATED
    );
    make(&proxy, "http://127.0.0.1:8787").await.refused(403);
}

#[tokio::test(start_paused = true)]
async fn null_counts_when_it_is_listed_and_no_origin_at_all_is_no_page() {
    let proxy = Stage::set(|config| {
        config.origins = vec!["null".to_owned()];
        config.concurrent_videos = 10;
    });
    let proxy = proxy.proxy();
    let listed = make(&proxy, "null").await;
    assert_eq!(listed.status, StatusCode::CREATED);
    assert_eq!(listed.header("access-control-allow-origin"), Some("null"));
    let server = send(&proxy, posting(&order("From a server."))).await;
    assert_eq!(server.status, StatusCode::CREATED);
    assert_eq!(server.header("access-control-allow-origin"), None);
    assert!(varies(&server));
}
