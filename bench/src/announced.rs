//! A proxy that KonPro calls, before a simulated KonPro within this process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use konpro_simulator::Simulator;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

use crate::running::{Running, free, listens};

pub(crate) struct Announced {
    pub(crate) simulator: Simulator,
    pub(crate) at: SocketAddr,
    pub(crate) client: Client,
    pub(crate) running: Running,
}

impl Announced {
    /// KonPro is so much faster than the real one, and never calls by itself.
    pub(crate) async fn start(program: &Path, store: &str, speed: f64) -> anyhow::Result<Self> {
        let konpro = TcpListener::bind("127.0.0.1:0").await?;
        let konpro_url = format!("http://{}", konpro.local_addr()?);
        let simulator = Simulator::new(konpro_simulator::Config {
            public_url: konpro_url.clone(),
            speed,
            ..konpro_simulator::Config::default()
        });
        let serving = simulator.clone();
        tokio::spawn(async move { serving.serve(konpro).await });
        let at = free()?;
        let lifted = "1000000000";
        let mut command = Command::new(program);
        command
            .args(["--api-key", "simulated-key", "--api-url", &konpro_url])
            .args(["--addr", &at.to_string(), "--store", store])
            .args(["--public-url", &format!("http://{at}"), "--scope", "all"])
            .args(["--rate-per-minute", lifted, "--rate-per-day", lifted])
            .args([
                "--videos-per-visitor",
                "none",
                "--concurrent-videos",
                "10000",
            ])
            .args(["--connections", "50000"])
            .env("RUST_LOG", "warn");
        let running = Running::start(&mut command)?;
        listens(at).await?;
        Ok(Self {
            simulator,
            at,
            client: Client::builder().no_proxy().build()?,
            running,
        })
    }

    /// Asks for a video; its `job_id`.
    pub(crate) async fn create(&self, text: &str) -> anyhow::Result<String> {
        let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text});
        let request = self
            .client
            .post(format!("http://{}/v1/video-avatars", self.at))
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await?.bytes().await?;
        let job: Value = serde_json::from_slice(&answer)?;
        Ok(job["job_id"].as_str().context("no job")?.to_owned())
    }

    /// Where KonPro is to call about a video, and when that has ended.
    pub(crate) fn webhook(&self, text: &str) -> anyhow::Result<(String, Instant)> {
        let created = self.simulator.counts().created;
        let video = created.iter().find(|video| video.text == text);
        let video = video.context("KonPro has no such video")?;
        let ends = self.simulator.ends(&video.job_id);
        let webhook = video.webhook_url.clone().context("no webhook")?;
        Ok((webhook, ends.context("it does not end")?))
    }

    /// Opens a stream and hears how the job stands.
    pub(crate) async fn watch(&self, job_id: &str, nth: usize) -> anyhow::Result<Watcher> {
        // One address has not enough ports to call from.
        let from = format!("127.0.{}.{}:0", nth / 200 % 250, 2 + nth % 200);
        let socket = TcpSocket::new_v4()?;
        socket.bind(from.parse()?)?;
        let mut stream = socket.connect(self.at).await?;
        let path = format!("/v1/video-avatars/{job_id}/events");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.at);
        stream.write_all(request.as_bytes()).await?;
        let mut watcher = Watcher(stream);
        watcher.hears("\"processing\"").await?;
        Ok(watcher)
    }
}

/// A browser's event stream.
pub(crate) struct Watcher(TcpStream);

impl Watcher {
    /// When this was told.
    pub(crate) async fn hears(&mut self, said: &str) -> anyhow::Result<Instant> {
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains(said) {
            let read = self.0.read_buf(&mut heard).await?;
            anyhow::ensure!(read > 0, "the stream ended");
        }
        Ok(Instant::now())
    }
}
