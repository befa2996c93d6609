use std::time::Duration;

use gloo_net::http::RequestBuilder;
use gloo_timers::callback::Timeout;
use js_sys::{Function, Promise};
use konpro_client::{Lost, Method, Request};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use crate::Options;

/// A request that takes longer is given up; the driver waits somewhat longer than this.
const ANSWER_LIMIT_MS: u32 = 60_000;

/// The way to the proxy.
#[derive(Clone)]
pub(crate) struct Browser {
    base: String,
    token: Token,
    in_touch: RwSignal<bool>,
}

/// Where the bearer token comes from.
#[derive(Clone)]
struct Token {
    fixed: Option<String>,
    /// Asked before each request, because tokens expire.
    ask: Option<Function>,
}

impl Browser {
    /// The way that `options` say. `in_touch` becomes false when the proxy cannot be reached.
    pub(crate) fn new(
        options: &Options,
        ask: Option<Function>,
        in_touch: RwSignal<bool>,
    ) -> Self {
        Self {
            base: options.base().to_owned(),
            token: Token {
                fixed: options.session.clone(),
                ask,
            },
            in_touch,
        }
    }

    /// A path's whole address.
    pub(crate) fn address(&self, path: &str) -> String {
        [self.base.as_str(), path].concat()
    }

    pub(super) fn in_touch(&self) -> RwSignal<bool> {
        self.in_touch
    }

    pub(super) fn note(&self, reached: bool) {
        if self.in_touch.try_get_untracked().is_some_and(|was| was != reached) {
            self.in_touch.set(reached);
        }
    }

    /// Status, `Retry-After` and body of an answer.
    pub(super) async fn fetch<B>(
        &self,
        request: &Request<'_, B>,
        body: Option<String>,
    ) -> Result<(u16, Option<Duration>, String), Lost> {
        self.fetch_text(request.method, request.path, request.idempotency_key, body)
            .await
    }

    /// Apart from [`fetch`](Self::fetch) so that it is compiled once, whatever the body.
    async fn fetch_text(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<String>,
    ) -> Result<(u16, Option<Duration>, String), Lost> {
        let guard = Guard::new()?;
        let mut builder = RequestBuilder::new(&self.address(path))
            .method(match method {
                Method::Get => gloo_net::http::Method::GET,
                Method::Post => gloo_net::http::Method::POST,
                Method::Delete => gloo_net::http::Method::DELETE,
            })
            .abort_signal(Some(&guard.controller.signal()));
        if let Some(token) = self.token.current().await {
            builder = builder.header("Authorization", &["Bearer ", &token].concat());
        }
        if let Some(key) = key {
            builder = builder.header("Idempotency-Key", key);
        }
        let request = match body {
            Some(body) => builder.header("Content-Type", "application/json").body(body),
            None => builder.build(),
        };
        let answer = request.map_err(|_| Lost)?.send().await.map_err(|_| Lost)?;
        let retry_after = answer
            .headers()
            .get("Retry-After")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        let text = answer.text().await.map_err(|_| Lost)?;
        Ok((answer.status(), retry_after, text))
    }
}

impl Token {
    async fn current(&self) -> Option<String> {
        let given = match &self.ask {
            Some(ask) => {
                let given = ask.call0(&JsValue::NULL).ok()?;
                JsFuture::from(Promise::resolve(&given)).await.ok()?
            }
            None => JsValue::UNDEFINED,
        };
        given.as_string().or_else(|| self.fixed.clone())
    }
}

/// Aborts its request when it is dropped, or when the time is up.
struct Guard {
    controller: AbortController,
    _limit: Timeout,
}

impl Guard {
    fn new() -> Result<Self, Lost> {
        let controller = AbortController::new().map_err(|_| Lost)?;
        let late = controller.clone();
        let limit = Timeout::new(ANSWER_LIMIT_MS, move || late.abort());
        Ok(Self {
            controller,
            _limit: limit,
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.controller.abort();
    }
}
