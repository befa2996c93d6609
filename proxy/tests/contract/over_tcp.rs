//! Real connections: what they may send, how slowly, and how they end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, ended, order};

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn serve(proxy: Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let told = async move { stopped.await.unwrap_or_default() };
    let ended = tokio::spawn(konpro_proxy::serve(
        listener,
        proxy,
        konpro_proxy::Connections::default(),
        told,
    ));
    Served {
        address,
        stop,
        ended,
    }
}

async fn say(address: SocketAddr, words: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(words.as_bytes()).await.unwrap();
    socket
}

/// All that is answered until the connection closes.
async fn hear(mut socket: TcpStream) -> String {
    let mut heard = Vec::new();
    // A reset is an end, too.
    let _ = socket.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

async fn ask(address: SocketAddr, line: &str) -> String {
    let request = format!("{line} HTTP/1.1\r\nhost: 127.0.0.1:8787\r\nconnection: close\r\n\r\n");
    hear(say(address, &request).await).await
}

#[tokio::test(start_paused = true)]
async fn no_way_of_asking_leads_further() {
    let stage = Stage::new();
    let served = serve(stage.proxy()).await;
    for line in [
        "GET http://api.konpro.ai/v1/videos",
        "GET http://127.0.0.1:8787//v1/avatars",
        "GET /v1/../v1/avatars",
        "GET /v1/avatars/../videos",
        "GET //v1/avatars",
        "CONNECT api.konpro.ai:443",
        "OPTIONS *",
        "TRACE /v1/limits",
        "PUT /v1/limits",
        "HEAD /v1/videos",
        "PURGE /v1/avatars",
    ] {
        let heard = ask(served.address, line).await;
        assert!(
            heard.starts_with("HTTP/1.1 404 Not Found\r\n"),
            "{line}: {heard}"
        );
        assert!(heard.contains("x-request-id: req-"), "{line}: {heard}");
        let (_, body) = heard.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.is_empty(), line.starts_with("HEAD"), "{line}: {body}");
    }
    for line in [
        "GET /\r\n /v1/videos",
        "\0",
        "GET /v1/avatars\r\ncontent-length: 1, 2",
    ] {
        let heard = ask(served.address, line).await;
        assert!(
            heard.is_empty() || heard.starts_with("HTTP/1.1 4"),
            "{line:?}: {heard}"
        );
    }
    assert!(stage.wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_dawdles_with_headers_is_hung_up_on() {
    let served = serve(Stage::new().proxy()).await;
    for words in ["", "GET /v1/limits HTTP/1.1\r\nhost: a\r\n"] {
        let begun = Instant::now();
        let heard = hear(say(served.address, words).await).await;
        assert!(!heard.contains("200 OK"), "{heard}");
        assert!(
            begun.elapsed() <= Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
    }
    let mut socket = say(served.address, "GET /v1/limits HTTP/1.1\r\n").await;
    let begun = Instant::now();
    while socket.write_all(b"x-more: 1\r\n").await.is_ok() {
        sleep(Duration::from_secs(1)).await;
        assert!(
            begun.elapsed() <= Duration::from_secs(20),
            "one header at a time"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_dawdles_with_a_body_is_told_so() {
    let stage = Stage::new();
    let served = serve(stage.proxy()).await;
    let head = format!(
        "POST {VIDEOS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    );
    let begun = Instant::now();
    let heard = hear(say(served.address, &head).await).await;
    assert!(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{heard}");
    assert!(heard.contains("INVALID_REQUEST"));
    assert!(
        begun.elapsed() <= Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    assert!(stage.wire.sent().is_empty());
}

/// A connection closed over what was not read takes the answer with it.
#[tokio::test]
async fn whoever_sends_too_much_hears_so() {
    let served = serve(Stage::new().proxy()).await;
    for size in [64 * 1024 + 1, 1_000_000, 10_000_000] {
        for _ in 0..5 {
            let head = format!(
                "POST {VIDEOS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
            );
            let heard = hear(say(served.address, &(head + &" ".repeat(size))).await).await;
            assert!(heard.starts_with("HTTP/1.1 413 "), "{size}: {heard}");
            assert!(heard.contains("PAYLOAD_TOO_LARGE"), "{size}: {heard}");
        }
    }
}

/// So it is with any other answer that needs none of the body.
#[tokio::test]
async fn whoever_is_refused_in_the_middle_of_a_body_hears_so() {
    let stage = Stage::set(|config| {
        config.session_secret = Some("s".repeat(32).parse().unwrap());
    });
    let guarded = serve(stage.proxy()).await;
    let open = serve(Stage::new().proxy()).await;
    let json = "content-type: application/json";
    let large = "x-large: ".to_owned() + &"x".repeat(40_000);
    for (served, path, headers, status) in [
        (&guarded, VIDEOS, json, 401),
        (&open, VIDEOS, "origin: https://evil.example", 403),
        (&open, VIDEOS, "content-type: text/plain", 415),
        (
            &open,
            VIDEOS,
            "content-type: application/json\r\nidempotency-key: two words",
            400,
        ),
        (&open, "/nowhere", json, 404),
        (&open, "/webhooks/konpro/guess", json, 404),
        (&open, VIDEOS, &large, 431),
    ] {
        for size in [60_000, 3_000_000] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: a\r\n{headers}\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
            );
            let heard = hear(say(served.address, &(head + &" ".repeat(size))).await).await;
            let begin = format!("HTTP/1.1 {status} ");
            assert!(heard.starts_with(&begin), "{status}, {size}: {heard}");
            assert!(heard.contains("\"request_id\""), "{status}: {heard}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_and_never_ends_the_body_hears_so_too() {
    let served = serve(Stage::new().proxy()).await;
    let head = format!("POST {VIDEOS} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{{");
    let mut socket = say(served.address, &head).await;
    let begun = Instant::now();
    let mut heard = [0; 12];
    socket.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"HTTP/1.1 415");
    assert!(begun.elapsed() <= Duration::from_secs(5));
}

#[tokio::test]
async fn headers_are_at_most_100_and_of_32_kib() {
    let served = serve(Stage::new().proxy()).await;
    let many = |count: usize| "x-a: b\r\n".repeat(count);
    let large = |size: usize| format!("x-a: {}\r\n", "b".repeat(size));
    for (headers, status) in [
        (many(95), 200),
        (large(30_000), 200),
        (many(150), 431),
        (large(33_000), 431),
        (large(20_000) + &large(20_000), 431),
    ] {
        let request =
            format!("GET /v1/limits HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
        let heard = hear(say(served.address, &request).await).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{heard}");
        assert!(heard.contains("x-request-id: req-"), "{heard}");
        assert_eq!(
            heard.contains("\"INVALID_REQUEST\""),
            status == 431,
            "{heard}"
        );
    }
    // Twice as much is more than anybody is told about.
    for headers in [many(250), large(100_000)] {
        let request = format!("GET /v1/limits HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
        let mut socket = TcpStream::connect(served.address).await.unwrap();
        let _ = socket.write_all(request.as_bytes()).await;
        assert!(!hear(socket).await.contains("200 OK"));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_in_the_middle_of_a_body_makes_no_video() {
    let stage = Stage::new();
    let served = serve(stage.proxy()).await;
    let body = order("Hello.").to_string();
    let head = format!("POST {VIDEOS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n");
    let cut = format!(
        "{head}content-length: {}\r\n\r\n{}",
        body.len(),
        &body[..body.len() - 1]
    );
    let mut socket = say(served.address, &cut).await;
    socket.shutdown().await.unwrap();
    hear(socket).await;
    let chunk = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
        body.len()
    );
    let mut socket = say(served.address, &chunk).await;
    socket.shutdown().await.unwrap();
    hear(socket).await;
    sleep(Duration::from_secs(60)).await;
    assert!(stage.wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_nothing_of_an_answer_is_hung_up_on() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    ended(&proxy, &made).await;
    // An endless video, whose end is noticed.
    let (taken, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    let video = futures_util::stream::repeat_with(move || {
        let _held = &taken;
        Ok::<_, std::io::Error>(vec![0; 64 * 1024])
    });
    let video = http::Response::new(axum::body::Body::from_stream(video));
    stage
        .downloads
        .answer(http::Method::GET, "/media", Ok(video));
    let served = serve(proxy).await;
    let request = format!("GET {made}/video?download HTTP/1.1\r\nhost: a\r\n\r\n");
    let _deaf = say(served.address, &request).await;
    let begun = Instant::now();
    assert_eq!(gone.recv().await, None);
    let patience = begun.elapsed().as_secs();
    assert!((20..=60).contains(&patience), "{patience}");
}

#[tokio::test(start_paused = true)]
async fn told_to_stop_it_ends_what_is_under_way_and_takes_nothing_new() {
    let stage = Stage::new();
    let delay = konpro_simulator::FaultKind::Delayed(Duration::from_secs(2));
    stage.inject(konpro_simulator::Call::Avatars, delay, 1);
    let proxy = stage.proxy();
    let served = serve(proxy.clone()).await;
    let listing = tokio::spawn({
        let address = served.address;
        async move { ask(address, "GET /v1/avatars").await }
    });
    sleep(Duration::from_secs(1)).await;
    served.stop.send(()).unwrap();
    let heard = listing.await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n"), "{heard}");
    served.ended.await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());

    let made = create(&proxy, "Hello.").await;
    let served = serve(proxy).await;
    let watcher = tokio::spawn({
        let address = served.address;
        async move { ask(address, &format!("GET {made}/events")).await }
    });
    sleep(Duration::from_secs(1)).await;
    served.stop.send(()).unwrap();
    let begun = Instant::now();
    served.ended.await.unwrap();
    assert!(
        begun.elapsed() <= Duration::from_secs(6),
        "a watcher does not hold it up"
    );
    watcher.abort();
}
