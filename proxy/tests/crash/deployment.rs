use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use konpro_simulator::{Call, Counts, Simulator};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const KEY: &str = "kp-live/9f+27c41";
/// What takes longer than this does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it has come.
const BLINK: Duration = Duration::from_millis(5);

/// A simulated KonPro, and a folder with the store of the proxies that run one after the other.
pub(crate) struct Deployment {
    simulator: Simulator,
    konpro: String,
    /// Always the same, since KonPro's webhooks go there.
    port: u16,
    store: String,
    pub(crate) folder: PathBuf,
}

impl Deployment {
    /// With jobs in a file.
    pub(crate) async fn start(name: &str, speed: f64) -> Self {
        let folder = folder(name);
        let store = format!("sqlite:{}", folder.join("konpro.db").display());
        Self::on(store, folder, speed).await
    }

    /// With jobs in this store, and a KonPro that renders one video at once.
    pub(crate) async fn on(store: String, folder: PathBuf, speed: f64) -> Self {
        // A second call finds the provider installed, which is what it wants.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let konpro = format!("http://{}", listener.local_addr().unwrap());
        let simulator = Simulator::new(konpro_simulator::Config {
            api_key: KEY.to_owned(),
            public_url: konpro.clone(),
            concurrent: Some(1),
            speed,
            ..konpro_simulator::Config::default()
        });
        let serving = simulator.clone();
        tokio::spawn(async move { serving.serve(listener).await });
        Self {
            simulator,
            konpro,
            port: free_port(),
            store,
            folder,
        }
    }

    pub(crate) fn inject(&self, fault: &str) {
        self.simulator.inject(fault.parse().unwrap());
    }

    pub(crate) fn requests(&self, call: Call) -> u64 {
        self.simulator.counts().requests(call)
    }

    /// How often a script was paid for.
    pub(crate) fn paid(&self, text: &str) -> usize {
        let created = self.simulator.counts().created;
        created.iter().filter(|video| video.text == text).count()
    }

    /// What KonPro was asked for, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        let created = self.simulator.counts().created;
        created.into_iter().map(|video| video.text).collect()
    }

    /// How many videos KonPro got while it was still rendering another.
    pub(crate) fn too_many_at_once(&self) -> u64 {
        self.simulator.counts().queued
    }

    /// Whether KonPro was told where to call for its first video.
    pub(crate) fn has_webhook(&self) -> bool {
        let created = self.simulator.counts().created;
        created
            .first()
            .is_some_and(|video| video.webhook_url.is_some())
    }

    /// Waits until KonPro has been asked for this.
    pub(crate) async fn until(&self, seen: impl Fn(&Counts) -> bool) {
        let patience = Instant::now() + PATIENCE;
        while !seen(&self.simulator.counts()) {
            assert!(Instant::now() < patience, "KonPro was not asked");
            sleep(BLINK).await;
        }
    }

    pub(crate) async fn proxy(&self) -> Proxy {
        self.proxy_with(&[]).await
    }

    pub(crate) async fn proxy_with(&self, settings: &[(&str, &str)]) -> Proxy {
        self.proxy_at(self.port, settings).await
    }

    /// One more, beside the others.
    pub(crate) async fn another_proxy(&self) -> Proxy {
        self.proxy_at(free_port(), &[]).await
    }

    async fn proxy_at(&self, port: u16, settings: &[(&str, &str)]) -> Proxy {
        let mut child = self
            .command()
            .env("KONPRO_PROXY_ADDR", format!("127.0.0.1:{port}"))
            .envs(settings.iter().copied())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        while !heard.contains("listening") {
            let read = log.read_line(&mut heard).await.unwrap();
            assert!(read > 0, "it did not start: {heard}");
        }
        Proxy {
            child,
            log,
            heard,
            url: format!("http://127.0.0.1:{port}"),
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// One whose jobs carry webhooks. KonPro never calls by itself here: the tests do, when they
    /// like; and a proxy that is started later without a public address does not wait for it.
    pub(crate) async fn announced_proxy(&self) -> Proxy {
        let address = format!("http://127.0.0.1:{}", self.port);
        self.proxy_with(&[("KONPRO_PROXY_PUBLIC_URL", &address)])
            .await
    }

    /// What it says when it does not start.
    pub(crate) async fn refused(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().await.unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// What `konpro-proxy jobs` answers, beside a proxy that runs.
    pub(crate) async fn jobs(&self, arguments: &[&str]) -> String {
        let output = self
            .command()
            .arg("jobs")
            .args(arguments)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// KonPro's id of its n-th video.
    pub(crate) fn made(&self, nth: usize) -> String {
        self.simulator.counts().created[nth].job_id.clone()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_konpro-proxy"));
        let address = format!("127.0.0.1:{}", self.port);
        command
            .env_clear()
            .env("KONPRO_API_KEY", KEY)
            .env("KONPRO_API_URL", &self.konpro)
            .env("KONPRO_PROXY_ADDR", &address)
            .env("KONPRO_PROXY_STORE", &self.store)
            .env("KONPRO_RATE_PER_MINUTE", "1000")
            .env("KONPRO_RATE_PER_DAY", "1000")
            // A line for each request would fill the pipe that nobody reads.
            .env("RUST_LOG", "info,konpro_proxy::requests=warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// A folder of the test's own, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// The program, running.
pub(crate) struct Proxy {
    child: Child,
    log: BufReader<ChildStderr>,
    heard: String,
    url: String,
    client: Client,
}

impl Proxy {
    /// `kill -9`
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
        let _ = self.log.read_to_string(&mut self.heard).await;
    }

    /// Holds it still, and lets it go on: to the others it looks dead for a while.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args([signal, &id]).status().unwrap().success());
    }

    /// Waits until the log says this.
    pub(crate) async fn says(&mut self, said: &str) {
        while !self.heard.contains(said) {
            let read = self.log.read_line(&mut self.heard).await.unwrap();
            assert!(read > 0, "it has ended: {}", self.heard);
        }
    }

    /// Waits for so many further lines of the log, or until the job was sent: then there is silence.
    pub(crate) async fn logs(&mut self, lines: usize) -> String {
        let mut line = String::new();
        for _ in 0..lines {
            line.clear();
            let read = self.log.read_line(&mut line).await.unwrap();
            if read == 0 || line.contains("job sent") {
                break;
            }
        }
        line
    }

    /// Asks for a video, and does not wait for the answer.
    pub(crate) fn creating(&self, text: &str, key: &str) -> JoinHandle<Option<Response>> {
        let request = self.request(text, key);
        tokio::spawn(async move { request.send().await.ok() })
    }

    pub(crate) async fn create(&self, text: &str, key: &str) -> Value {
        let answer = self.request(text, key).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    pub(crate) fn request(&self, text: &str, key: &str) -> reqwest::RequestBuilder {
        let video = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text});
        self.client
            .post(format!("{}/v1/video-avatars", self.url))
            .header("content-type", "application/json")
            .header("idempotency-key", key.replace(' ', "-"))
            .body(video.to_string())
    }

    /// Asks how a job stands.
    pub(crate) async fn look(&self, job_id: &Value) -> Response {
        let path = format!("{}/v1/video-avatars/{}", self.url, job_id.as_str().unwrap());
        self.client.get(path).send().await.unwrap()
    }

    /// The job's event stream.
    pub(crate) async fn events(&self, job_id: &Value) -> Response {
        let id = job_id.as_str().unwrap();
        let path = format!("{}/v1/video-avatars/{id}/events", self.url);
        self.client.get(path).send().await.unwrap()
    }

    pub(crate) async fn job(&self, job_id: &Value) -> Value {
        let answer = self.look(job_id).await;
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Waits until KonPro has been asked for the job: who creates one may hear before that that it is
    /// in the queue.
    pub(crate) async fn sent(&self, job_id: &Value) {
        self.becomes(job_id, |status| status != "pending").await;
    }

    pub(crate) async fn ended(&self, job_id: &Value) -> Value {
        let ended = |status: &Value| status == "completed" || status == "failed";
        self.becomes(job_id, ended).await
    }

    async fn becomes(&self, job_id: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let patience = Instant::now() + PATIENCE;
        loop {
            let job = self.job(job_id).await;
            if wanted(&job["status"]) {
                return job;
            }
            assert!(Instant::now() < patience, "it stays so: {job}");
            sleep(BLINK).await;
        }
    }

    /// KonPro's call about its n-th video.
    pub(crate) async fn webhook(&self, deployment: &Deployment, nth: usize) {
        let video = deployment.simulator.counts().created[nth].clone();
        self.called(video.webhook_url.unwrap(), &video.job_id).await;
    }

    /// The same, and whatever stands before the proxies has chosen this one.
    pub(crate) async fn webhook_here(&self, deployment: &Deployment, nth: usize) {
        let video = deployment.simulator.counts().created[nth].clone();
        let url = video.webhook_url.unwrap();
        let (_, token) = url.rsplit_once('/').unwrap();
        let here = format!("{}/webhooks/konpro/{token}", self.url);
        self.called(here, &video.job_id).await;
    }

    async fn called(&self, url: String, id: &str) {
        let event = json!({
            "event_type": "avatar_video.success",
            "event_data": {"video_id": id},
        });
        let request = self.client.post(url);
        let answer = request.body(event.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}
