use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

pub(crate) const SECRET: &str = "the-sealing-secret-of-32-characters";

pub(crate) fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_konpro-proxy"));
    command
        .args(arguments)
        .env_clear()
        .env("KONPRO_PROXY_STORE", "memory:")
        .envs(environment.iter().copied());
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A program that refuses to start, or does so at once: whether it is content, and what it says.
pub(crate) async fn told(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let output = command(arguments, environment).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The address that a line of the log names, in either form of the log.
fn announced(line: &str) -> Option<String> {
    if let Ok(line) = serde_json::from_str::<Value>(line) {
        let said = &line["fields"];
        let address = said["address"].as_str().map(str::to_owned);
        return address.filter(|_| said["message"] == "listening");
    }
    let (_, address) = line.split_once("listening address=")?;
    address.split_whitespace().next().map(str::to_owned)
}

/// A program that serves.
pub(crate) struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
    heard: String,
    pub(crate) address: String,
}

impl Program {
    pub(crate) async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let arguments = [&["--addr", "127.0.0.1:0"], arguments].concat();
        Self::spawned(&arguments, environment, announced).await
    }

    /// A program whose log has a line of which `address` makes its address.
    pub(crate) async fn spawned(
        arguments: &[&str],
        environment: &[(&str, &str)],
        address: fn(&str) -> Option<String>,
    ) -> Self {
        let mut child = command(arguments, environment).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        let address = loop {
            let begin = heard.len();
            let read = log.read_line(&mut heard).await.unwrap();
            assert!(read > 0, "it did not start: {heard}");
            if let Some(address) = address(&heard[begin..]) {
                break address;
            }
        };
        Self {
            child,
            log,
            heard,
            address,
        }
    }

    /// Reads on until the log says this.
    pub(crate) async fn hears(&mut self, said: &str) {
        while !self.heard.contains(said) {
            let read = self.log.read_line(&mut self.heard).await.unwrap();
            assert!(read > 0, "it has ended: {}", self.heard);
        }
    }

    pub(crate) async fn ask(&self, line: &str, body: &str) -> String {
        self.send(line, "", body).await
    }

    /// With further header lines.
    pub(crate) async fn ask_with(&self, line: &str, headers: &str) -> String {
        self.send(line, headers, "").await
    }

    async fn send(&self, line: &str, headers: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        let head = format!(
            "host: {}\r\nconnection: close\r\ncontent-type: application/json",
            self.address
        );
        let request = format!(
            "{line} HTTP/1.1\r\n{headers}{head}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        socket.read_to_end(&mut heard).await.unwrap();
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Tells it to stop, and hands back all that it logged.
    pub(crate) async fn stop(mut self) -> String {
        // The shell's own kill: not every machine has it as a program.
        let kill = format!("kill {}", self.child.id().unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-c", &kill]).status().await.unwrap();
        self.log.read_to_string(&mut self.heard).await.unwrap();
        assert!(self.child.wait().await.unwrap().success());
        self.heard
    }
}
