//! The program, as an operator starts it.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use konpro_simulator::{Config as Simulated, Simulator};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::leaks::assert_hidden;
use crate::support::visitor::{VIDEOS, order};
use crate::support::{KEY, simulated};

const SECRET: &str = "the-sealing-secret-of-32-characters";

fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_konpro-proxy"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied());
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A program that refuses to start, or does so at once: whether it is content, and what it says.
async fn told(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let output = command(arguments, environment).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A program that serves.
struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
    heard: String,
    address: String,
}

impl Program {
    async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let arguments = [&["--addr", "127.0.0.1:0"], arguments].concat();
        let mut child = command(&arguments, environment).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        let address = loop {
            let begin = heard.len();
            let read = log.read_line(&mut heard).await.unwrap();
            assert!(read > 0, "it did not start: {heard}");
            let said = heard[begin..].split_once("listening address=");
            if let Some((_, address)) = said {
                break address.split_whitespace().next().unwrap().to_owned();
            }
        };
        Self {
            child,
            log,
            heard,
            address,
        }
    }

    async fn ask(&self, line: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        let head = format!(
            "host: {}\r\nconnection: close\r\ncontent-type: application/json",
            self.address
        );
        let request = format!(
            "{line} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        socket.read_to_end(&mut heard).await.unwrap();
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Tells it to stop, and hands back all that it logged.
    async fn stop(mut self) -> String {
        let id = self.child.id().unwrap().to_string();
        Command::new("kill").arg(id).status().await.unwrap();
        self.log.read_to_string(&mut self.heard).await.unwrap();
        assert!(self.child.wait().await.unwrap().success());
        self.heard
    }
}

async fn konpro() -> (Simulator, String) {
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

fn json(heard: &str) -> Value {
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
async fn help_lists_every_setting_with_its_default_and_no_secret() {
    let environment = [("KONPRO_API_KEY", KEY), ("KONPRO_PROXY_SECRET", SECRET)];
    let (content, said) = told(&["--help"], &environment).await;
    assert!(content);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for (setting, default) in [
        ("KONPRO_API_KEY", "required unless --demo"),
        ("KONPRO_API_KEY_FILE", "file"),
        ("KONPRO_API_URL", "[default: https://api.konpro.ai]"),
        ("KONPRO_PROXY_ADDR", "[default: 127.0.0.1:8787]"),
        ("KONPRO_PROXY_PUBLIC_URL", "[default: none]"),
        ("KONPRO_PROXY_ORIGINS", "[default: none]"),
        ("KONPRO_PROXY_SECRET", "[default: made at start]"),
        ("KONPRO_PROXY_STORE", "[default: memory:]"),
        ("KONPRO_CONCURRENT_VIDEOS", "[default: 1]"),
        ("KONPRO_PROXY_SCOPE", "[default: public]"),
        ("KONPRO_PROXY_MAX_TEXT", "[default: 5000]"),
        ("KONPRO_PROXY_LISTS", "[default: 24h]"),
        ("KONPRO_PROXY_PAGE", "[default: none]"),
    ] {
        assert!(said.contains(&format!("[env: {setting}")), "{setting}");
        assert!(said.contains(default), "{setting}: {default}");
    }
    assert!(said.contains("--demo"));
    environment
        .iter()
        .for_each(|(_, secret)| assert_hidden(secret, said.as_bytes()));
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_what_to_mend() {
    let (content, said) = told(&[], &[]).await;
    assert!(!content);
    assert!(
        said.contains("KONPRO_API_KEY") && said.contains("--demo"),
        "{said}"
    );
    for (setting, value, mend) in [
        ("KONPRO_API_KEY", "", "empty"),
        ("KONPRO_API_URL", "ftp://api.konpro.ai", "https"),
        (
            "KONPRO_API_URL",
            "https://user:password@api.konpro.ai",
            "https",
        ),
        ("KONPRO_PROXY_ADDR", "8787", "--addr"),
        (
            "KONPRO_PROXY_PUBLIC_URL",
            "http://video.example.com",
            "https://",
        ),
        ("KONPRO_PROXY_ORIGINS", "*", "one by one"),
        (
            "KONPRO_PROXY_ORIGINS",
            "https://a.example,b.example",
            "scheme and host",
        ),
        ("KONPRO_PROXY_STORE", "sqlite:konpro.db", "memory:"),
        ("KONPRO_CONCURRENT_VIDEOS", "0", "from 1"),
        ("KONPRO_PROXY_MAX_TEXT", "0", "KONPRO_PROXY_MAX_TEXT"),
        ("KONPRO_PROXY_MAX_TEXT", "many", "--max-text"),
        ("KONPRO_PROXY_LISTS", "soon", "24h"),
        ("KONPRO_PROXY_LISTS", "-1h", "24h"),
        ("KONPRO_PROXY_PAGE", "/missing", "/missing/index.html"),
        ("KONPRO_PROXY_SESSION_SECRET", SECRET, "cannot enforce"),
        (
            "KONPRO_PROXY_APPROVE_URL",
            "https://example.com",
            "cannot enforce",
        ),
    ] {
        let mut environment = vec![(setting, value)];
        if setting != "KONPRO_API_KEY" {
            environment.push(("KONPRO_API_KEY", KEY));
        }
        let (content, said) = told(
            &["--addr", "127.0.0.1:0"][..if setting.ends_with("ADDR") { 0 } else { 2 }],
            &environment,
        )
        .await;
        assert!(!content, "{setting}={value}");
        assert!(said.contains(mend), "{setting}={value}: {said}");
        assert_hidden(KEY, said.as_bytes());
        assert_hidden(SECRET, said.as_bytes());
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_not_repeated() {
    for (setting, value) in [
        ("KONPRO_API_KEY", "kp-live/9f\u{7}27c41"),
        ("KONPRO_PROXY_SECRET", "too-short-a-secret"),
        (
            "KONPRO_PROXY_SECRET",
            "the-sealing-secret-of-32-characters,too-short-a-secret",
        ),
    ] {
        let (content, said) = told(&["--demo"], &[(setting, value)]).await;
        assert!(!content);
        assert!(said.contains(setting), "{said}");
        value
            .split(',')
            .for_each(|part| assert_hidden(part, said.as_bytes()));
    }
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
