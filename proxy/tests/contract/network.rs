//! The network as it is. What is told apart here decides whether a visitor pays twice.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use konpro_proxy::network::{direct, downloads};
use konpro_proxy::{Network, NetworkError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt;

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/video-avatars", listener.local_addr().unwrap());
    (listener, url)
}

async fn post(network: &Network, url: &str) -> Result<Response<Body>, NetworkError> {
    let request = Request::post(url).body(Bytes::from_static(b"{}")).unwrap();
    network.clone().oneshot(request).await
}

/// Reads one request.
async fn hear(socket: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(b"{}") {
        let mut piece = [0; 1024];
        let read = socket.read(&mut piece).await.unwrap();
        assert!(read > 0, "the request broke off");
        heard.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(heard).unwrap()
}

/// Answers each request on one connection with the next answer, and then hangs up.
fn answering(listener: TcpListener, answers: &'static [&'static str]) -> JoinHandle<TcpListener> {
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        for answer in answers {
            hear(&mut socket).await;
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        listener
    })
}

/// Whether nobody has come again.
async fn is_quiet(server: JoinHandle<TcpListener>) -> bool {
    server.await.unwrap().accept().now_or_never().is_none()
}

const MOVED: &str = "HTTP/1.1 307 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn a_refused_connection_never_opened() {
    let (listener, url) = listener().await;
    drop(listener);
    let answer = post(&direct().unwrap(), &url).await;
    assert_eq!(answer.unwrap_err(), NetworkError::NeverOpened);
    let nowhere = post(&direct().unwrap(), "http://no-such-host.invalid/").await;
    assert_eq!(nowhere.unwrap_err(), NetworkError::NeverOpened);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_lost_and_not_tried_again() {
    let network = direct().unwrap();
    for answers in [
        &[""][..],
        &["HTTP/1.1 200"],
        &["no http at all\r\n\r\n"],
        &[EMPTY, ""],
    ] {
        let (listener, url) = listener().await;
        let server = answering(listener, answers);
        for _ in 1..answers.len() {
            let answer = post(&network, &url).await.unwrap();
            axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
        }
        assert_eq!(post(&network, &url).await.unwrap_err(), NetworkError::Lost);
        assert!(is_quiet(server).await, "{answers:?}");
    }
}

#[tokio::test]
async fn a_tls_that_fails_never_opened() {
    let (listener, url) = listener().await;
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket
            .write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n")
            .await
            .unwrap();
    });
    let answer = post(&direct().unwrap(), &url.replace("http:", "https:")).await;
    assert_eq!(answer.unwrap_err(), NetworkError::NeverOpened);
    server.await.unwrap();
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let (listener, url) = listener().await;
    let server = answering(listener, &[MOVED]);
    assert_eq!(post(&direct().unwrap(), &url).await.unwrap().status(), 307);
    assert!(is_quiet(server).await);
}

#[tokio::test]
async fn names_of_this_computer_lead_nowhere_for_downloads() {
    let (listener, url) = listener().await;
    let network = downloads(&"https://api.konpro.ai".parse().unwrap()).unwrap();
    let answer = post(&network, &url.replace("127.0.0.1", "localhost")).await;
    assert_eq!(answer.unwrap_err(), NetworkError::NotPublic);
    let nowhere = post(&network, "http://no-such-host.invalid/").await;
    assert_eq!(nowhere.unwrap_err(), NetworkError::NeverOpened);
    drop(listener);
}

#[tokio::test]
async fn whoever_reads_a_video_slowly_gets_all_of_it() {
    const TWO_PIECES: &str =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
    let (listener, url) = listener().await;
    let server = answering(listener, &[TWO_PIECES]);
    let network = downloads(&url.parse().unwrap()).unwrap();
    let mut body = post(&network, &url).await.unwrap().into_body();
    server.await.unwrap();
    tokio::time::pause();
    for piece in ["a", "b"] {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
        tokio::time::advance(Duration::from_secs(3600)).await;
    }
}
