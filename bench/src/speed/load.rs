use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figures::percentile;

/// What a server did under load.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Load {
    /// The same request again and again, over connections that stay open.
    pub(crate) async fn on(
        address: SocketAddr,
        path: &str,
        connections: usize,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let request = request.clone();
            tasks.spawn(async move {
                let mut connection = Connection::to(address).await?;
                let mut took = Vec::new();
                while begun.elapsed() < time {
                    let asked = Instant::now();
                    let status = connection.ask(request.as_bytes()).await?;
                    ensure!(status == 200, "{status} for {request}");
                    took.push(asked.elapsed());
                }
                Ok(took)
            });
        }
        let mut all = Vec::new();
        while let Some(took) = tasks.join_next().await {
            all.extend(took??);
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Self {
            per_second: all.len() as f64 / seconds,
            p50: percentile(&mut all, 0.5),
            p99: percentile(&mut all, 0.99),
        })
    }
}

thread_local! {
    /// One connection to each server, for calls one after the other.
    static OPEN: std::cell::RefCell<std::collections::HashMap<SocketAddr, Connection>> =
        std::cell::RefCell::default();
}

/// How long one create takes.
pub(crate) async fn sequential(address: SocketAddr, text: &str) -> anyhow::Result<Duration> {
    let body =
        json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text}).to_string();
    let request = format!(
        "POST /v1/video-avatars HTTP/1.1\r\nhost: {address}\r\nx-api-key: simulated-key\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let known = OPEN.with_borrow_mut(|open| open.remove(&address));
    let mut connection = match known {
        Some(connection) => connection,
        None => Connection::to(address).await?,
    };
    let asked = Instant::now();
    let status = connection.ask(request.as_bytes()).await?;
    let took = asked.elapsed();
    ensure!(
        status == 200 || status == 201,
        "a create was answered {status}"
    );
    OPEN.with_borrow_mut(|open| open.insert(address, connection));
    Ok(took)
}

/// One connection, which reads just enough of HTTP to know where an answer ends.
struct Connection {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Connection {
    async fn to(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let heard = Vec::with_capacity(64 * 1024);
        Ok(Self { stream, heard })
    }

    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.heard.clear();
        loop {
            if let Some((status, length)) = complete(&self.heard)? {
                ensure!(self.heard.len() == length, "more than one answer");
                return Ok(status);
            }
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                bail!("the connection was closed");
            }
        }
    }
}

/// The status, and the length of the whole answer, once all of it is there.
fn complete(heard: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&heard[..end])?.to_ascii_lowercase();
    let status = head.get(9..12).context("no status")?.parse()?;
    if head.contains("transfer-encoding: chunked") {
        let whole = heard.ends_with(b"\r\n0\r\n\r\n");
        return Ok(whole.then_some((status, heard.len())));
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Ok(0), |length| length.trim().parse::<usize>())?;
    let all = end + 4 + length;
    Ok((heard.len() >= all).then_some((status, all)))
}
