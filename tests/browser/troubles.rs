//! A page that keeps the widget from working: the developer reads in the console what to mend, the visitor in plain words
//! that it is not their fault.

use std::env;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use clap::Parser;
use konpro_proxy::{Config, Connections, router, serve};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use serde_json::json;

use crate::driver::Browser;
use crate::tls::Tls;
use crate::waiting::until;

const USUAL: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src *";
const FAULT_OF_THE_PAGE: &str = "This page keeps the video maker from reaching its service.";
const FALLBACK: &str = "Ask us for a video";

/// A page somewhere, with one widget, and a proxy elsewhere that does not know the page.
struct Trouble {
    browser: Browser,
    page: SocketAddr,
    proxy: SocketAddr,
    _servers: JoinSet<()>,
}

/// How the page is served.
#[derive(Clone)]
struct Served {
    policy: String,
    missing: &'static str,
    endpoint: String,
}

impl Trouble {
    /// `policy` may name the proxy as `PROXY`; `endpoint` is the proxy's address where it is `None`.
    async fn with(policy: &str, missing: &'static str, endpoint: Option<&str>) -> Self {
        Self::served(false, policy, missing, endpoint).await
    }

    async fn served(
        secure: bool,
        policy: &str,
        missing: &'static str,
        endpoint: Option<&str>,
    ) -> Self {
        let mut servers = JoinSet::new();
        let (socket, proxy) = listener().await;
        let config =
            Settings::parse_from(["konpro-proxy", "--api-key", "key", "--store", "memory:"]).config;
        let proxied = router(&config).await.unwrap();
        servers.spawn(async move {
            serve(socket, proxied, Connections::default(), pending()).await;
        });
        let (socket, page) = listener().await;
        let served = Served {
            policy: policy.replace("PROXY", &format!("http://{proxy}")),
            missing,
            endpoint: endpoint.map_or_else(|| format!("http://{proxy}"), str::to_owned),
        };
        let router = Router::new().fallback(file).with_state(served);
        let browser = Browser::open().await;
        let scheme = if secure { "https" } else { "http" };
        if secure {
            let anybody = json!({ "ignore": true });
            browser
                .devtools("Security.setIgnoreCertificateErrors", anybody)
                .await;
            let socket = Tls::over(socket);
            servers.spawn(async move { axum::serve(socket, router).await.unwrap() });
        } else {
            servers.spawn(async move { axum::serve(socket, router).await.unwrap() });
        }
        let address = format!("{scheme}://{page}/");
        browser.client.goto(&address).await.unwrap();
        Self {
            browser,
            page,
            proxy,
            _servers: servers,
        }
    }

    /// Waits until the developer has read this in the console.
    async fn tells_the_developer(&self, words: &str) {
        until(&format!("in the console: {words}"), async || {
            let complaints = self.browser.complaints().await;
            let told = complaints.iter().any(|it| it.message.contains(words));
            told.then_some(())
        })
        .await;
    }

    /// Waits until the visitor can read this in the widget.
    async fn tells_the_visitor(&self, words: &str) {
        until(&format!("on the page: {words}"), async || {
            let script = "const root = document.querySelector('konpro-video').shadowRoot;
                return root?.querySelector('section')?.innerText ?? ''";
            let text = self.browser.client.execute(script, Vec::new()).await.ok()?;
            text.as_str()?.contains(words).then_some(())
        })
        .await;
    }

    async fn shows_its_fallback(&self) {
        let script = "return document.body.innerText";
        let text = self
            .browser
            .client
            .execute(script, Vec::new())
            .await
            .unwrap();
        assert!(text.as_str().unwrap().contains(FALLBACK), "{text}");
    }

    async fn end(self) {
        self.browser.client.clone().close().await.unwrap();
    }
}

#[tokio::test]
async fn a_page_that_the_proxy_does_not_know_is_told_which_setting_names_it() {
    let trouble = Trouble::with(USUAL, "nothing", None).await;
    let (page, proxy) = (trouble.page, trouble.proxy);
    let words = format!(
        "http://{proxy} answers, but not to pages of http://{page}: add http://{page} to KONPRO_PROXY_ORIGINS"
    );
    trouble.tells_the_developer(&words).await;
    trouble.tells_the_visitor(FAULT_OF_THE_PAGE).await;
    trouble.end().await;
}

#[tokio::test]
async fn a_policy_that_forbids_the_proxy_is_told_what_to_add() {
    let policy = USUAL.replace("connect-src *", "connect-src 'self'");
    let trouble = Trouble::with(&policy, "nothing", None).await;
    let words = format!("add http://{} to connect-src", trouble.proxy);
    trouble.tells_the_developer(&words).await;
    trouble.tells_the_visitor(FAULT_OF_THE_PAGE).await;
    trouble.end().await;
}

#[tokio::test]
async fn an_endpoint_that_is_no_web_address_is_told_so() {
    let trouble = Trouble::with(USUAL, "nothing", Some("ftp://video.example.com")).await;
    trouble
        .tells_the_developer("the proxy's begins with https://")
        .await;
    trouble.tells_the_visitor(FAULT_OF_THE_PAGE).await;
    trouble.end().await;
}

#[tokio::test]
async fn a_page_on_https_and_a_proxy_on_http_is_told_so() {
    let endpoint = "http://video.example.com";
    let trouble = Trouble::served(true, USUAL, "nothing", Some(endpoint)).await;
    trouble
        .tells_the_developer("which browsers refuse as mixed content: serve the proxy over https")
        .await;
    trouble.tells_the_visitor(FAULT_OF_THE_PAGE).await;
    trouble.end().await;
}

#[tokio::test]
async fn a_policy_that_forbids_wasm_is_told_what_to_add_and_the_fallback_stays() {
    let policy = USUAL.replace(" 'wasm-unsafe-eval'", "");
    let trouble = Trouble::with(&policy, "nothing", None).await;
    trouble
        .tells_the_developer("add 'wasm-unsafe-eval' to script-src")
        .await;
    trouble.shows_its_fallback().await;
    trouble.end().await;
}

#[tokio::test]
async fn files_that_are_not_there_are_named_and_the_fallback_stays() {
    let trouble = Trouble::with(USUAL, "/wasm/", None).await;
    trouble
        .tells_the_developer("wasm/konpro-video.js is not there (status 404)")
        .await;
    trouble.shows_its_fallback().await;
    trouble.end().await;
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// The page, or one of the files that trunk has built.
async fn file(State(served): State<Served>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with(served.missing) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if path == "/" {
        let endpoint = &served.endpoint;
        let page = format!(
            "<!doctype html><html lang='en'><title>A page</title><script type='module' src='/konpro-video.js'></script>
             <konpro-video eager endpoint='{endpoint}'>{FALLBACK}</konpro-video>"
        );
        let headers = [
            (header::CONTENT_SECURITY_POLICY, served.policy),
            (header::CONTENT_TYPE, "text/html".to_owned()),
        ];
        return (headers, page).into_response();
    }
    let folder = env::var("KONPRO_TEST_PAGE").expect("`cargo xtask test` builds the page");
    let kind = match path.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "wasm")) => "application/wasm",
        _ => "text/plain",
    };
    match std::fs::read(Path::new(&folder).join(path.trim_start_matches('/'))) {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
