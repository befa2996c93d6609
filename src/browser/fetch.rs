use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::{Function, Object, Promise};
use konpro_client::{Lost, Method, Reply};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Response};

use super::{joined, set_property};
use crate::Options;
use crate::field::Field;

/// A request that takes longer is given up; the driver waits somewhat longer than this.
const ANSWER_LIMIT_MS: u32 = 60_000;

/// The way to the proxy.
#[derive(Clone)]
pub(crate) struct Browser {
    base: String,
    session: Option<String>,
    get_session: Option<Function>,
    pub(super) out_of_touch: Field<bool>,
}

impl Browser {
    /// The way that `options` say. `get_session` gives a bearer token or the promise of one, and is
    /// asked before each request, because tokens expire.
    pub(crate) fn new(
        options: &Options,
        get_session: Option<Function>,
        out_of_touch: Field<bool>,
    ) -> Self {
        Self {
            base: options.base().to_owned(),
            session: options.session.clone(),
            get_session,
            out_of_touch,
        }
    }

    /// A path's whole address.
    pub(crate) fn address(&self, path: &str) -> String {
        joined(&[&self.base, path])
    }

    pub(super) async fn fetch(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<String>,
    ) -> Result<Reply, Lost> {
        let guard = Guard::new()?;
        let (headers, request) = (Object::new(), Object::new());
        if let Some(token) = self.token().await {
            let token = joined(&["Bearer ", &token]);
            set_property(&headers, "Authorization", &token.into());
        }
        if let Some(key) = key {
            set_property(&headers, "Idempotency-Key", &key.into());
        }
        if let Some(body) = body {
            set_property(&headers, "Content-Type", &"application/json".into());
            set_property(&request, "body", &body.into());
        }
        set_property(&request, "method", &method.as_str().into());
        set_property(&request, "headers", &headers);
        set_property(&request, "signal", &guard.controller.signal());
        let answer = JsFuture::from(fetch(&self.address(path), &request)).await;
        let answer: Response = answer.map_err(|_| Lost)?.unchecked_into();
        let text = JsFuture::from(answer.text().map_err(|_| Lost)?).await;
        Ok(Reply {
            status: answer.status(),
            retry_after: seconds(&answer.headers(), "Retry-After"),
            body: text.ok().and_then(|text| text.as_string()).ok_or(Lost)?,
        })
    }

    async fn token(&self) -> Option<String> {
        let given = match &self.get_session {
            Some(ask) => {
                let given = ask.call0(&JsValue::NULL).ok()?;
                JsFuture::from(Promise::resolve(&given)).await.ok()?
            }
            None => JsValue::UNDEFINED,
        };
        given.as_string().or_else(|| self.session.clone())
    }
}

fn seconds(headers: &Headers, name: &str) -> Option<Duration> {
    let seconds: u32 = headers.get(name).ok()??.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
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

#[wasm_bindgen]
extern "C" {
    fn fetch(address: &str, request: &Object) -> Promise;
}
