//! Over a real socket and on the real clock; nothing here waits for time to pass.

use konpro_simulator::{Simulator, over_http};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::caller::config;

/// Sends one request and reads until the simulator closes the connection.
async fn exchange(simulator: &Simulator, request: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut heard = String::new();
    tokio::select! {
        never = simulator.serve(listener) => match never {},
        () = async {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(request.as_bytes()).await.unwrap();
            socket.read_to_string(&mut heard).await.unwrap();
        } => {}
    }
    heard
}

#[tokio::test]
async fn a_socket_is_answered() {
    let request = "GET /health HTTP/1.1\r\nhost: konpro.test\r\nconnection: close\r\n\r\n";
    let heard = exchange(&Simulator::new(config()), request).await;
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n"), "{heard}");
    assert!(heard.ends_with("{\"status\":\"healthy\"}"), "{heard}");
}

#[tokio::test]
async fn a_dropped_connection_closes_the_socket_without_a_byte() {
    let simulator = Simulator::new(config());
    simulator.inject("health:drop".parse().unwrap());
    let request = "GET /health HTTP/1.1\r\nhost: konpro.test\r\n\r\n";
    assert_eq!(exchange(&simulator, request).await, "");
}

#[tokio::test]
async fn webhooks_leave_over_http() {
    use tower::ServiceExt;

    let _ = rustls::crypto::ring::default_provider().install_default();
    let simulator = Simulator::new(config());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let request = http::Request::post(url).body("{}".into()).unwrap();
    tokio::select! {
        never = simulator.serve(listener) => match never {},
        status = over_http(reqwest::Client::new()).oneshot(request) => {
            assert_eq!(status.unwrap(), http::StatusCode::METHOD_NOT_ALLOWED);
        }
    }
}
