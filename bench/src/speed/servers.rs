use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

const KEY: &str = "simulated-key";

/// KonPro simulated, and all that stand before it; each on one core, the load on the other.
pub(crate) struct Servers {
    pub(crate) simulator: SocketAddr,
    proxy: SocketAddr,
    durable: SocketAddr,
    nginx: Option<SocketAddr>,
    children: Vec<Child>,
    folder: PathBuf,
}

impl Servers {
    pub(crate) async fn start(proxy: &Path, simulator: &Path) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("konpro-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let konpro = free()?;
        let mut servers = Self {
            simulator: konpro,
            proxy: free()?,
            durable: free()?,
            nginx: None,
            children: Vec::new(),
            folder,
        };
        let address = konpro.to_string();
        let mut command = on_one_core(simulator);
        servers.spawn(command.args(["--addr", &address, "--speed", "100000"]))?;
        let store = format!("sqlite:{}/konpro.db", servers.folder.display());
        for (at, store) in [
            (servers.proxy, "memory:"),
            (servers.durable, store.as_str()),
        ] {
            let mut command = on_one_core(proxy);
            command
                .args(["--api-key", KEY, "--api-url", &format!("http://{konpro}")])
                .args(["--addr", &at.to_string(), "--store", store])
                .args([
                    "--rate-per-minute",
                    "100000000",
                    "--rate-per-day",
                    "1000000000",
                ])
                .args(["--videos-per-visitor", "none", "--reuse", "0"])
                .args(["--concurrent-videos", "1000000", "--scope", "all"])
                .env("RUST_LOG", "warn");
            servers.spawn(&mut command)?;
        }
        servers.nginx = servers.nginx()?;
        for at in [
            Some(konpro),
            Some(servers.proxy),
            Some(servers.durable),
            servers.nginx,
        ] {
            listens(at).await?;
        }
        Ok(servers)
    }

    /// Ours first.
    pub(crate) fn contenders(&self) -> Vec<(&'static str, SocketAddr)> {
        let mut all = vec![
            ("konpro-proxy", self.proxy),
            ("the same, sqlite", self.durable),
        ];
        all.extend(self.nginx.map(|nginx| ("nginx", nginx)));
        all
    }

    /// Where a finished job of each is.
    pub(crate) async fn jobs(&self) -> anyhow::Result<Vec<String>> {
        let client = Client::builder().no_proxy().build()?;
        let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": "Speed."});
        let mut jobs = Vec::new();
        for (_, at) in self.contenders() {
            let url = format!("http://{at}/v1/video-avatars");
            let request = client.post(&url).header("content-type", "application/json");
            let answer = request.body(body.to_string()).send().await?;
            let job: Value = serde_json::from_slice(&answer.bytes().await?)?;
            let id = job["job_id"].as_str().context("no job")?;
            while !client
                .get(format!("{url}/{id}"))
                .header("cache-control", "no-cache")
                .send()
                .await?
                .text()
                .await?
                .contains("completed")
            {
                sleep(Duration::from_millis(100)).await;
            }
            jobs.push(format!("/v1/video-avatars/{id}"));
        }
        Ok(jobs)
    }

    /// With the key added, and all that can be cached cached.
    fn nginx(&mut self) -> anyhow::Result<Option<SocketAddr>> {
        if Command::new("nginx")
            .arg("-v")
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            println!("nginx is not on the PATH: its figures are missing");
            return Ok(None);
        }
        let (at, konpro, folder) = (free()?, self.simulator, self.folder.display());
        let configuration = format!(
            "worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; keepalive_requests 100000000;\n\
             proxy_cache_path {folder}/cache keys_zone=konpro:10m;\n\
             client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n\
             open_file_cache max=1000;\n\
             upstream konpro {{ server {konpro}; keepalive 64; }}\n\
             server {{ listen {at};\n\
             location / {{ proxy_pass http://konpro; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
             proxy_set_header x-api-key {KEY}; proxy_cache konpro; proxy_cache_valid 200 1h; proxy_cache_bypass $http_cache_control; proxy_no_cache $http_cache_control; }} }} }}\n"
        );
        let file = self.folder.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let mut command = on_one_core(Path::new("nginx"));
        self.spawn(command.arg("-c").arg(file).arg("-p").arg(&self.folder))?;
        Ok(Some(at))
    }

    fn spawn(&mut self, command: &mut Command) -> anyhow::Result<()> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        self.children.push(command.spawn()?);
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            // nginx ends its worker only when it is asked to end, not when it is killed.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn on_one_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(program);
    command
}

fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

async fn listens(at: Option<SocketAddr>) -> anyhow::Result<()> {
    let Some(at) = at else { return Ok(()) };
    for _ in 0..500 {
        if tokio::net::TcpStream::connect(at).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    bail!("nothing listens at {at}")
}
