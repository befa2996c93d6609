//! The program, as an operator starts it.

use std::fs;
use std::path::Path;

use konpro_simulator::{Config as Simulated, Simulator};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::leaks::assert_hidden;
use crate::support::program::{Program, SECRET, told};
use crate::support::visitor::{VIDEOS, order};
use crate::support::{KEY, simulated};

/// A simulated KonPro over TCP, and its address.
pub(crate) async fn konpro() -> (Simulator, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let simulator = Simulator::new(Simulated {
        public_url: url.clone(),
        speed: 1000.0,
        ..simulated()
    });
    let serving = simulator.clone();
    tokio::spawn(async move { serving.serve(listener).await });
    (simulator, url)
}

pub(crate) fn json(heard: &str) -> Value {
    let (_, body) = heard.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{heard}"))
}

#[tokio::test]
async fn it_makes_a_video_and_shows_the_key_to_nobody_but_konpro() {
    let (simulator, url) = konpro().await;
    let environment = [
        ("KONPRO_API_KEY", KEY),
        ("KONPRO_API_URL", &url),
        ("KONPRO_PROXY_SECRET", SECRET),
        ("KONPRO_PROXY_SECRT", "misspelt"),
        ("RUST_LOG", "trace"),
    ];
    let program = Program::start(&[], &environment).await;
    let mut heard = program.ask("GET /v1/avatars", "").await;
    let created = program
        .ask(&format!("POST {VIDEOS}"), &order("Hello.").to_string())
        .await;
    let job = format!("{VIDEOS}/{}", json(&created)["job_id"].as_str().unwrap());
    let events = program.ask(&format!("GET {job}/events"), "").await;
    assert!(events.contains("\"status\":\"completed\""), "{events}");
    let download = program.ask(&format!("GET {job}/video?download"), "").await;
    assert!(download.starts_with("HTTP/1.1 200 OK\r\n") && download.contains("ftyp"));
    for other in [
        "GET /v1/voices",
        "GET /v1/limits",
        "GET /health/ready",
        "GET /v1/videos",
        &format!("GET {job}"),
        &format!("GET {job}/video"),
    ] {
        heard += &program.ask(other, "").await;
    }
    heard += &(created + &events + &download);
    let log = program.stop().await;
    assert!(log.contains("TRACE"), "of every crate");
    let warning = log
        .lines()
        .find(|line| line.contains("KONPRO_PROXY_SECRT"))
        .unwrap();
    assert!(
        warning.contains("WARN") && !warning.contains("misspelt"),
        "{warning}"
    );
    for secret in [KEY, SECRET] {
        assert_hidden(secret, heard.as_bytes());
        assert_hidden(secret, log.as_bytes());
    }
    assert_eq!(simulator.counts().created.len(), 1);
}

#[tokio::test]
async fn the_key_may_be_in_a_file() {
    let (_simulator, url) = konpro().await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("key.txt");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    let file = file.to_str().unwrap();
    let program = Program::start(&["--api-url", &url], &[("KONPRO_API_KEY_FILE", file)]).await;
    assert!(
        program
            .ask("GET /health/ready", "")
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    program.stop().await;
    let (content, said) = told(&["--api-key-file", "/missing/key.txt"], &[]).await;
    assert!(
        !content && said.contains("KONPRO_API_KEY_FILE: /missing/key.txt"),
        "{said}"
    );
}

#[tokio::test]
async fn the_demo_needs_no_key_and_no_network() {
    let program = Program::start(&["--demo"], &[]).await;
    assert!(
        json(&program.ask("GET /v1/avatars", "").await)["pagination"]["total"].as_u64() >= Some(40)
    );
    let created = program
        .ask(&format!("POST {VIDEOS}"), &order("Hello.").to_string())
        .await;
    assert_eq!(json(&created)["status"], "processing");
    let log = program.stop().await;
    assert!(log.contains("a simulated KonPro"), "{log}");
}

#[tokio::test]
async fn it_stops_when_told_even_while_somebody_watches() {
    let program = Program::start(&["--demo"], &[]).await;
    let created = program
        .ask(&format!("POST {VIDEOS}"), &order("Hello.").to_string())
        .await;
    let job = json(&created)["job_id"].as_str().unwrap().to_owned();
    let mut watcher = TcpStream::connect(&program.address).await.unwrap();
    let request = format!("GET {VIDEOS}/{job}/events HTTP/1.1\r\nhost: a\r\n\r\n");
    watcher.write_all(request.as_bytes()).await.unwrap();
    assert!(program.stop().await.contains("stopping"));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (content, said) = told(&["--demo", "--addr", &address], &[]).await;
    assert!(
        !content && said.contains("KONPRO_PROXY_ADDR") && said.contains(&address),
        "{said}"
    );
}
