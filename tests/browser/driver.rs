//! A real browser without a window, driven through chromedriver.

use std::env;
use std::process::Stdio;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::{ParseError, Url};

/// One browser with a profile of its own, and the driver that is its parent.
pub struct Browser {
    pub client: Client,
    _driver: Child,
    // Kept open: a driver that cannot write its output ends.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    /// Starts both. `CHROME` and `CHROMEDRIVER` choose others than those on the path.
    pub async fn open() -> Self {
        let mut started = None;
        for _ in 0..ATTEMPTS {
            started = start().await;
            if started.is_some() {
                break;
            }
        }
        let (driver, said, port) = started.expect("chromedriver starts");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self {
            client,
            _driver: driver,
            _said: said,
        }
    }

    /// What Chromium's own protocol answers to a command, where WebDriver has none.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let command = Devtools(command, parameters);
        self.client.issue_cmd(command).await.unwrap()
    }

    /// What went wrong on the page since the last call: errors of scripts and the console, violated policies, failed
    /// requests.
    pub async fn complaints(&self) -> Vec<Complaint> {
        let entries = self.client.issue_cmd(ReadConsole).await.unwrap();
        let entries = entries.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| Complaint {
                of_the_network: entry["source"] == "network",
                message: entry["message"].as_str().unwrap_or_default().to_owned(),
            })
            .collect()
    }
}

/// A driver finds a free port for one kind of address and then wants the same for the other, which somebody else may
/// have taken.
const ATTEMPTS: usize = 10;

/// A driver and its port; nothing when it ended at once.
async fn start() -> Option<(Child, Lines<BufReader<ChildStdout>>, String)> {
    let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut driver = Command::new(&program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask setup` installs it"));
    let mut said = BufReader::new(driver.stdout.take().unwrap()).lines();
    while let Some(line) = said.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').to_owned();
            return Some((driver, said, port));
        }
    }
    None
}

/// An error in the browser's console.
#[derive(Debug)]
pub struct Complaint {
    /// A request that failed, or was answered with an error, which a test may have arranged.
    pub of_the_network: bool,
    pub message: String,
}

/// The arguments are those of the tests that wasm-bindgen runs.
fn capabilities() -> Capabilities {
    let mut capabilities: Capabilities =
        serde_json::from_str(include_str!("../../webdriver.json")).unwrap();
    if let Ok(chrome) = env::var("CHROME") {
        capabilities["goog:chromeOptions"]["binary"] = chrome.into();
    }
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL"}));
    capabilities
}

/// Chromedriver's own command: WebDriver has none for the console.
#[derive(Debug)]
struct ReadConsole;

impl WebDriverCompatibleCommand for ReadConsole {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!(
            "session/{}/se/log",
            session_id.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"type": "browser"}).to_string()))
    }
}

/// A command of Chromium's own protocol, and its parameters.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let command = json!({"cmd": self.0, "params": self.1});
        (Method::POST, Some(command.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn complaints_of(page: &str) -> Vec<Complaint> {
        let browser = Browser::open().await;
        browser
            .client
            .goto(&format!("data:text/html,{page}"))
            .await
            .unwrap();
        let complaints = browser.complaints().await;
        browser.client.clone().close().await.unwrap();
        complaints
    }

    #[tokio::test]
    async fn an_error_in_the_console_is_noticed() {
        let complaints = complaints_of("<script>console.error('so it goes')</script>").await;
        assert!(
            matches!(&complaints[..], [one] if one.message.contains("so it goes") && !one.of_the_network),
            "{complaints:?}"
        );
    }

    #[tokio::test]
    async fn a_violated_policy_is_noticed() {
        let page = "<meta http-equiv='Content-Security-Policy' content=\"require-trusted-types-for 'script'\">
            <body><script>try { document.body.innerHTML = '<b>' } catch {}</script>";
        let complaints = complaints_of(page).await;
        assert!(
            complaints
                .iter()
                .any(|one| one.message.contains("TrustedHTML") && !one.of_the_network),
            "{complaints:?}"
        );
    }
}
