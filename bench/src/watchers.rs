//! Many event streams on one process: what one costs, and how long it takes to tell all of them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use konpro_simulator::Simulator;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Every so many streams never read: they must not slow the others.
const SLOW: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn run(proxy: &Path, streams: usize) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(proxy, streams))
}

async fn measure(program: &Path, streams: usize) -> anyhow::Result<()> {
    let konpro = TcpListener::bind("127.0.0.1:0").await?;
    let konpro_url = format!("http://{}", konpro.local_addr()?);
    let simulator = Simulator::new(konpro_simulator::Config {
        public_url: konpro_url.clone(),
        ..konpro_simulator::Config::default()
    });
    // The video takes as long as it takes to open the streams; KonPro is told that it has failed.
    let serving = simulator.clone();
    tokio::spawn(async move { serving.serve(konpro).await });
    let at = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let child = Command::new("sh")
        .args(["-c", "ulimit -n 65536 && exec \"$0\" \"$@\""])
        .arg(program)
        .args(["--api-key", "simulated-key", "--api-url", &konpro_url])
        .args([
            "--addr",
            &at.to_string(),
            "--store",
            "memory:",
            "--scope",
            "all",
        ])
        .args([
            "--public-url",
            &format!("http://{at}"),
            "--connections",
            "50000",
        ])
        .env("RUST_LOG", "warn")
        .stdout(Stdio::null())
        .spawn()?;
    let proxy = Proxy(child);
    let client = Client::builder().no_proxy().build()?;
    let job = loop {
        let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Watch."});
        let request = client.post(format!("http://{at}/v1/video-avatars"));
        let request = request.header("content-type", "application/json");
        match request.body(body.to_string()).send().await {
            Ok(answer) => break serde_json::from_slice::<Value>(&answer.bytes().await?)?,
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    };
    let path = format!(
        "/v1/video-avatars/{}/events",
        job["job_id"].as_str().context("no job")?
    );
    let before = resident(&proxy)?;
    let mut open = Vec::with_capacity(streams);
    for nth in 0..streams {
        open.push(stream(at, &path, nth).await?);
    }
    let after = resident(&proxy)?;
    let each = after.saturating_sub(before) as f64 / streams as f64;
    println!(
        "{streams} event streams: {:.1} KiB each ({before} KiB before, {after} KiB with them)",
        each
    );

    let created = simulator.counts().created;
    let video = created.first().context("KonPro has no video")?;
    let ends = simulator.ends(&video.job_id).context("it does not end")?;
    tokio::time::sleep_until(ends).await;
    let webhook = video.webhook_url.clone().context("no webhook")?;
    let mut listeners = JoinSet::new();
    let mut slow = Vec::new();
    for (nth, stream) in open.into_iter().enumerate() {
        match nth % SLOW {
            0 => slow.push(stream),
            _ => drop(listeners.spawn(told(stream))),
        }
    }
    // All of them wait by now.
    sleep(Duration::from_secs(1)).await;
    let called = Instant::now();
    client.post(&webhook).body("{}").send().await?;
    let mut heard = Vec::new();
    while let Some(told) = timeout(PATIENCE, listeners.join_next()).await? {
        heard.push(told??.saturating_duration_since(called));
    }
    heard.sort_unstable();
    let (first, last) = (heard.first(), heard.last());
    println!(
        "{} of them told of the end, {} others never read: the first after {:?}, the last after {:?} of KonPro's call",
        heard.len(),
        slow.len(),
        first.context("nobody heard")?,
        last.context("nobody heard")?,
    );
    Ok(())
}

/// Opens a stream and hears how the job stands.
async fn stream(at: std::net::SocketAddr, path: &str, nth: usize) -> anyhow::Result<TcpStream> {
    // One address has not enough ports to call from.
    let from = format!("127.0.{}.{}:0", nth / 200 % 250, 2 + nth % 200);
    let socket = TcpSocket::new_v4()?;
    socket.bind(from.parse()?)?;
    let mut stream = socket.connect(at).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut heard = Vec::new();
    while !heard.windows(12).any(|word| word == b"\"processing\"") {
        ensure!(stream.read_buf(&mut heard).await? > 0, "the stream ended");
    }
    Ok(stream)
}

/// When the stream tells of the video.
async fn told(mut stream: TcpStream) -> anyhow::Result<Instant> {
    let mut heard = Vec::new();
    loop {
        if stream.read_buf(&mut heard).await? == 0 {
            bail!("the stream ended");
        }
        if heard.windows(11).any(|word| word == b"\"completed\"") {
            return Ok(Instant::now());
        }
    }
}

/// In KiB, as the system counts.
fn resident(proxy: &Proxy) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.0.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
