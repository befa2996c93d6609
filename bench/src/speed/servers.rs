use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::connection::Connection;
use super::contender::Contender;
use crate::running::{Running, free, listens, on_one_core};

pub(crate) const KEY: &str = "simulated-key";
/// What ours are called, whatever their stores.
pub(crate) const OURS: &str = "konpro-proxy";

/// KonPro simulated, and all that stand before it; each on one core, the load on the other.
pub(crate) struct Servers {
    pub(crate) konpro: Contender,
    /// Ours first.
    pub(crate) contenders: Vec<Contender>,
    folder: PathBuf,
    _running: Vec<Running>,
}

impl Servers {
    pub(crate) async fn start(proxy: &Path, simulator: &Path) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("konpro-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let konpro = Contender {
            name: "the simulator",
            at: free()?,
            target: None,
        };
        let mut command = on_one_core(simulator);
        command
            .args(["--addr", &konpro.at.to_string(), "--speed", "100000"])
            .env("RUST_LOG", "warn");
        let mut running = vec![Running::start(&mut command)?];
        let mut contenders = Vec::new();
        let file = format!("sqlite:{}/konpro.db", folder.display());
        let ours = |store: &str, at| proxy_before(proxy, konpro.at, store, at);
        for (name, start) in [
            (
                "konpro-proxy",
                &(|at| ours("memory:", at)) as &dyn Fn(SocketAddr) -> _,
            ),
            ("konpro-proxy, sqlite", &|at| ours(&file, at)),
            ("nginx", &|at| nginx(&folder, konpro.at, at)),
            ("fal's on Express", &|at| express(&folder, konpro.at, at)),
        ] {
            let at = free()?;
            let Some(mut command) = start(at)? else {
                println!("{name} is not installed: its figures are missing");
                continue;
            };
            running.push(Running::start(&mut command)?);
            let target = (name == "fal's on Express").then_some(konpro.at);
            contenders.push(Contender { name, at, target });
        }
        for contender in contenders.iter().chain([&konpro]) {
            listens(contender.at).await?;
        }
        Ok(Self {
            konpro,
            contenders,
            folder,
            _running: running,
        })
    }

    /// A finished job of each.
    pub(crate) async fn jobs(&self) -> anyhow::Result<Vec<Job>> {
        let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Speed."});
        let mut jobs = Vec::new();
        for contender in &self.contenders {
            let mut connection = Connection::to(contender.at).await?;
            let status = connection.ask(&contender.post(&body.to_string())).await?;
            ensure!((200..300).contains(&status), "{}: {status}", contender.name);
            let id = said(&connection, "job_id")?;
            let path = format!("/v1/video-avatars/{id}");
            while !connection.said().contains("completed") {
                sleep(Duration::from_millis(100)).await;
                // A cache must not keep what is not yet finished.
                connection.ask(&contender.get_anew(&path)).await?;
            }
            let link = said(&connection, "video_url")?;
            let media = link.strip_prefix(&format!("http://{}", self.konpro.at));
            let media = media.context("a video from elsewhere")?.to_owned();
            jobs.push(Job { path, media });
        }
        Ok(jobs)
    }
}

/// A finished job.
pub(crate) struct Job {
    /// Of its status.
    pub(crate) path: String,
    /// Of its video, at KonPro.
    pub(crate) media: String,
}

/// A field of the job that was answered last.
fn said(connection: &Connection, field: &str) -> anyhow::Result<String> {
    let said = connection.said();
    // Some send it in chunks.
    let json = said.find('{').zip(said.rfind('}'));
    let (first, last) = json.context("no job")?;
    let job: Value = serde_json::from_str(&said[first..=last])?;
    Ok(job[field].as_str().context("no such field")?.to_owned())
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

type Started = anyhow::Result<Option<Command>>;

fn proxy_before(proxy: &Path, konpro: SocketAddr, store: &str, at: SocketAddr) -> Started {
    let lifted = "1000000000";
    let mut command = on_one_core(proxy);
    command
        .args(["--api-key", KEY, "--api-url", &format!("http://{konpro}")])
        .args(["--addr", &at.to_string(), "--store", store])
        .args(["--rate-per-minute", lifted, "--rate-per-day", lifted])
        .args(["--videos-per-visitor", "none", "--reuse", "0"])
        .args(["--concurrent-videos", "1000000", "--scope", "all"])
        .env("RUST_LOG", "warn");
    Ok(Some(command))
}

/// With the key added, and all that can be cached cached.
fn nginx(folder: &Path, konpro: SocketAddr, at: SocketAddr) -> Started {
    if !answers(Command::new("nginx").arg("-v")) {
        return Ok(None);
    }
    let here = folder.display();
    let configuration = format!(
        "worker_processes 1; daemon off; pid {here}/nginx.pid; error_log {here}/nginx.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; keepalive_requests 100000000;\n\
         proxy_cache_path {here}/cache keys_zone=konpro:10m;\n\
         client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;\n\
         open_file_cache max=1000;\n\
         upstream konpro {{ server {konpro}; keepalive 64; }}\n\
         server {{ listen {at};\n\
         location / {{ proxy_pass http://konpro; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
         proxy_set_header x-api-key {KEY}; proxy_cache konpro; proxy_cache_valid 200 1h; proxy_cache_bypass $http_cache_control; proxy_no_cache $http_cache_control; }} }} }}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration)?;
    let mut command = on_one_core(Path::new("nginx"));
    command.arg("-c").arg(file).arg("-p").arg(folder);
    Ok(Some(command))
}

/// Where `NODE_PATH` leads to the packages.
fn express(folder: &Path, konpro: SocketAddr, at: SocketAddr) -> Started {
    let required = "require('@fal-ai/server-proxy/express')";
    if !answers(Command::new("node").args(["--eval", required])) {
        return Ok(None);
    }
    let file = folder.join("express.cjs");
    std::fs::write(&file, include_str!("express.cjs"))?;
    let mut command = on_one_core(Path::new("node"));
    command
        .arg(file)
        .args([at.to_string(), konpro.to_string(), KEY.to_owned()])
        .env("NODE_ENV", "production")
        .stderr(Stdio::null());
    Ok(Some(command))
}

fn answers(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
