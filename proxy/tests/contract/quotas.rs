//! How much visitors may ask for, and who they are.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, StatusCode};
use jsonwebtoken::{EncodingKey, Header, encode};
use konpro_proxy::Config;
use serde_json::{Value, json};
use tokio::time::{advance, sleep};

use crate::support::Stage;
use crate::support::visitor::{
    Answer, VIDEOS, create, delete, empty, ended, get, job, order, path, post, posting, request,
    send,
};

const SECRET: &str = "the-session-secret-of-32-characters";
const HOUR: Duration = Duration::from_secs(3600);
/// The stage's clock.
const NOW: u64 = 1_795_435_200;

fn limited(rate: &str) -> Stage {
    Stage::set(|config| config.videos_per_visitor = rate.parse().unwrap())
}

fn with_sessions(change: impl FnOnce(&mut Config)) -> Stage {
    Stage::set(|config| {
        config.session_secret = Some(SECRET.parse().unwrap());
        change(config);
    })
}

/// As it comes from this address.
fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let peer: SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::default(), claims, &key).unwrap()
}

fn bearing(subject: &str, mut request: Request<Body>) -> Request<Body> {
    let token = token(&json!({"exp": NOW + 360_000, "sub": subject}));
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", value);
    request
}

async fn asks(proxy: &Router, who: &str, text: &str) -> Answer {
    send(proxy, from(who, posting(&order(text)))).await
}

async fn left(proxy: &Router, who: &str) -> (u64, String) {
    let answer = send(proxy, from(who, empty(request("GET", "/v1/limits")))).await;
    let quota = answer.json()["quota"].clone();
    let resets_at = quota["resets_at"].as_str().unwrap().to_owned();
    (quota["left"].as_u64().unwrap(), resets_at)
}

#[tokio::test(start_paused = true)]
async fn who_has_made_enough_is_told_when_there_is_more() {
    let stage = limited("2/hour");
    let proxy = stage.proxy();
    let visitor = "203.0.113.9:4711";
    assert_eq!(left(&proxy, visitor).await.0, 2);
    assert_eq!(asks(&proxy, visitor, "One.").await.status, 201);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(asks(&proxy, visitor, "Two.").await.status, 201);
    let third = asks(&proxy, visitor, "Three.").await;
    assert_eq!(third.refused(429), "QUOTA_EXCEEDED");
    let wait: u64 = third.header("retry-after").unwrap().parse().unwrap();
    assert!((2_999..=3_000).contains(&wait), "{wait}");
    assert_eq!(
        left(&proxy, visitor).await,
        (0, "2026-11-23T13:00:00Z".to_owned())
    );
    // Nobody else has spent anything; another port of the same visitor has.
    assert_eq!(left(&proxy, "203.0.113.10:4711").await.0, 2);
    assert_eq!(left(&proxy, "203.0.113.9:4712").await.0, 0);
    sleep(Duration::from_secs(wait)).await;
    assert_eq!(asks(&proxy, visitor, "Three.").await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn repeats_of_a_key_cost_nothing_and_shared_work_does() {
    let stage = Stage::set(|config| {
        config.videos_per_visitor = "3/hour".parse().unwrap();
        config.reuse = HOUR;
    });
    let proxy = stage.proxy();
    for _ in 0..5 {
        let mut repeat = posting(&order("One."));
        let key = "the-same-key".parse().unwrap();
        repeat.headers_mut().insert("idempotency-key", key);
        assert_eq!(
            send(&proxy, from("203.0.113.9:1", repeat)).await.status,
            201
        );
    }
    assert_eq!(left(&proxy, "203.0.113.9:1").await.0, 2);
    assert_eq!(asks(&proxy, "203.0.113.9:1", "One.").await.status, 201);
    assert_eq!(left(&proxy, "203.0.113.9:1").await.0, 1);
    assert_eq!(stage.paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_konpro_refuses_at_once_is_given_back() {
    let stage = limited("2/hour");
    let rude = r#"{"error": {"code": "VALIDATION_ERROR", "message": "Too rude."}}"#;
    stage.wire.say(http::Method::POST, VIDEOS, 400, rude);
    let proxy = stage.proxy();
    asks(&proxy, "203.0.113.9:1", "Rude.").await.refused(400);
    assert_eq!(left(&proxy, "203.0.113.9:1").await.0, 2);
}

#[tokio::test(start_paused = true)]
async fn all_visitors_together_have_a_ceiling() {
    let stage = Stage::set(|config| config.videos_per_day = Some(3));
    let proxy = stage.proxy();
    assert_eq!(left(&proxy, "203.0.113.4:1").await.0, 3);
    for n in 1..=3 {
        let answer = asks(&proxy, &format!("203.0.113.{n}:1"), &format!("{n}.")).await;
        assert_eq!(answer.status, 201);
    }
    // Nobody is promised what everybody together has spent.
    assert_eq!(left(&proxy, "203.0.113.4:1").await.0, 0);
    let fourth = asks(&proxy, "203.0.113.4:1", "4.").await;
    assert_eq!(fourth.refused(429), "QUOTA_EXCEEDED");
    let wait: u64 = fourth.header("retry-after").unwrap().parse().unwrap();
    assert!((86_400..=86_460).contains(&wait), "{wait}");
    assert_eq!(stage.asked(konpro_simulator::Call::Create), 1);
    advance(25 * HOUR).await;
    assert_eq!(asks(&proxy, "203.0.113.4:1", "4.").await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn behind_a_trusted_proxy_visitors_are_told_apart_and_no_other_is_believed() {
    let stage = Stage::set(|config| {
        config.videos_per_visitor = "1/hour".parse().unwrap();
        config.trusted_proxies = "10.0.0.0/8".parse().unwrap();
    });
    let proxy = stage.proxy();
    let forwarded = |by: &str, whom: &str, text: &str| {
        let mut request = posting(&order(text));
        let whom = whom.parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", whom);
        from(by, request)
    };
    for n in 1..=3 {
        let request = forwarded("10.0.0.1:1", &format!("203.0.113.{n}"), &format!("{n}."));
        assert_eq!(send(&proxy, request).await.status, 201);
    }
    let again = forwarded("10.0.0.1:1", "1.2.3.4, 203.0.113.1", "Again.");
    send(&proxy, again).await.refused(429);
    // A stranger who claims to speak for others speaks for nobody but itself.
    let first = forwarded("198.51.100.7:1", "203.0.113.50", "First.");
    assert_eq!(send(&proxy, first).await.status, 201);
    let second = forwarded("198.51.100.7:1", "203.0.113.51", "Second.");
    send(&proxy, second).await.refused(429);
    // Nor does a header that is hardly text hide who writes it.
    for (n, text) in [(60, "Third."), (61, "Fourth.")] {
        let whom = [b"\xff\xe9, 203.0.113.".as_slice(), n.to_string().as_bytes()].concat();
        let mut request = posting(&order(text));
        let whom = HeaderValue::from_bytes(&whom).unwrap();
        request.headers_mut().insert("x-forwarded-for", whom);
        let answer = send(&proxy, from("10.0.0.1:1", request)).await;
        assert_eq!(answer.status, 201, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_household_with_a_network_of_its_own_is_one_visitor() {
    let stage = limited("1/hour");
    let proxy = stage.proxy();
    assert_eq!(
        asks(&proxy, "[2001:db8:1:2::1]:1", "One.").await.status,
        201
    );
    let same = asks(&proxy, "[2001:db8:1:2:ffff::2]:2", "Two.").await;
    assert_eq!(same.refused(429), "QUOTA_EXCEEDED");
    assert_eq!(
        asks(&proxy, "[2001:db8:1:3::1]:1", "Two.").await.status,
        201
    );
}

#[tokio::test(start_paused = true)]
async fn with_sessions_lists_limits_and_creates_need_a_token_and_ids_none() {
    let stage = with_sessions(|_| ());
    let proxy = stage.proxy();
    for path in ["/v1/avatars", "/v1/voices", "/v1/limits"] {
        assert_eq!(get(&proxy, path).await.refused(401), "SESSION_REQUIRED");
        let answer = send(&proxy, bearing("v", empty(request("GET", path)))).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(
        post(&proxy, &order("Hello.")).await.refused(401),
        "SESSION_REQUIRED"
    );
    assert_eq!(stage.asked(konpro_simulator::Call::Create), 0);
    let made = send(&proxy, bearing("v", posting(&order("Hello.")))).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = path(&made.json());
    assert_eq!(ended(&proxy, &made).await["status"], "completed");
    assert_eq!(
        get(&proxy, &format!("{made}/video")).await.status,
        StatusCode::FOUND
    );
    delete(&proxy, &made).await.refused(409);
}

#[tokio::test(start_paused = true)]
async fn tokens_expire_by_the_proxys_own_clock() {
    let stage = with_sessions(|_| ());
    let proxy = stage.proxy();
    let with = |claims: Value| {
        let mut request = empty(request("GET", "/v1/limits"));
        let value = format!("Bearer {}", token(&claims)).parse().unwrap();
        request.headers_mut().insert("authorization", value);
        request
    };
    let claims = json!({"exp": NOW + 60});
    assert_eq!(
        send(&proxy, with(claims.clone())).await.status,
        StatusCode::OK
    );
    sleep(Duration::from_secs(91)).await;
    assert_eq!(
        send(&proxy, with(claims)).await.refused(401),
        "SESSION_REQUIRED"
    );
    send(&proxy, with(json!({"sub": "v"}))).await.refused(401);
}

#[tokio::test(start_paused = true)]
async fn quotas_keys_and_shared_work_belong_to_whom_the_session_names() {
    let stage = with_sessions(|config| {
        config.videos_per_visitor = "2/hour".parse().unwrap();
        config.reuse = HOUR;
    });
    let proxy = stage.proxy();
    let asks = |who: &'static str, key: &'static str, from_address: &'static str| {
        let mut request = posting(&order("Hello."));
        let key = key.parse().unwrap();
        request.headers_mut().insert("idempotency-key", key);
        let request = from(from_address, bearing(who, request));
        let proxy = proxy.clone();
        async move { send(&proxy, request).await }
    };
    let first = asks("a", "k", "203.0.113.9:1").await.json();
    let other = asks("b", "k", "203.0.113.9:1").await.json();
    assert_ne!(first["job_id"], other["job_id"], "keys are each one's own");
    assert_eq!(
        other["status"], "pending",
        "work is not shared across visitors"
    );
    let repeat = asks("a", "k", "198.51.100.7:1").await.json();
    assert_eq!(repeat["job_id"], first["job_id"]);
    let shared = asks("a", "another", "203.0.113.9:1").await;
    assert_eq!(shared.status, 201);
    asks("a", "a-third", "198.51.100.7:1").await.refused(429);
    assert_eq!(asks("b", "more", "198.51.100.7:1").await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn the_operators_server_is_asked_before_anything_is_paid() {
    let stage = Stage::set(|config| {
        config.approve_url = Some("https://site.example/approve".parse().unwrap());
        config.videos_per_visitor = "5/hour".parse().unwrap();
    });
    let proxy = stage.proxy();
    let say = |status, body| {
        stage
            .approvals
            .say(http::Method::POST, "/approve", status, body)
    };
    say(403, r#"{"reason": "No politics, please."}"#);
    let refused = asks(&proxy, "203.0.113.9:1", "Vote!").await;
    assert_eq!(refused.refused(403), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(refused.json()["error"]["message"], "No politics, please.");
    say(500, "");
    let unknown = asks(&proxy, "203.0.113.9:1", "Hello.").await;
    assert_eq!(unknown.refused(503), "UPSTREAM_UNAVAILABLE");
    assert_eq!(stage.asked(konpro_simulator::Call::Create), 0);
    assert_eq!(left(&proxy, "203.0.113.9:1").await.0, 5);
    say(200, "{}");
    assert_eq!(asks(&proxy, "203.0.113.9:1", "Hello.").await.status, 201);
    let asked = stage.approvals.sent();
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|sent| sent.headers.get("x-api-key").is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn an_ended_job_is_erased_on_time_and_its_script_at_once() {
    let stage = Stage::set(|config| {
        config.keep = 24 * HOUR;
        config.reuse = 48 * HOUR;
    });
    let proxy = stage.proxy();
    let made = create(&proxy, "A private matter.").await;
    assert!(stage.kept().contains("A private matter."));
    ended(&proxy, &made).await;
    assert!(!stage.kept().contains("A private matter."));
    sleep(23 * HOUR).await;
    assert_eq!(job(&proxy, &made).await["status"], "completed");
    sleep(2 * HOUR).await;
    get(&proxy, &made).await.refused(404);
    let paid = stage.paid();
    create(&proxy, "A private matter.").await;
    assert_eq!(stage.paid(), paid + 1, "what was erased cannot be shared");
}
