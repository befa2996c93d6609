use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::{Object, Promise};
use konpro_client::{Lost, Method, Reply, joined};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, EventSource, Headers, Response};

use crate::set_property;

const UNAUTHORISED: u16 = 401;

/// A request that takes longer is given up; the driver waits somewhat longer than this.
const ANSWER_LIMIT_MS: u32 = 60_000;

/// Told whether the proxy cannot be reached, whenever that has become clear. `()` does not care.
pub trait Touch: Copy + 'static {
    /// The proxy cannot be reached, or can be again.
    fn is_lost(self, lost: bool);
}

impl Touch for () {
    fn is_lost(self, _: bool) {}
}

/// The way to the proxy.
#[derive(Clone)]
pub struct Browser<T> {
    base: String,
    session: Option<String>,
    pub(crate) host: Option<Host>,
    pub(crate) touch: T,
}

#[wasm_bindgen]
extern "C" {
    /// What whoever holds a [`Browser`] in JavaScript lends to it: an object with these methods.
    #[derive(Clone)]
    #[wasm_bindgen(js_name = Object)]
    pub type Host;

    /// A bearer token, the promise of one, or nothing. Asked before each request, because tokens expire; with the token
    /// that was refused, when one was.
    #[wasm_bindgen(method, catch, js_name = getSession)]
    fn get_session(this: &Host, refused: Option<&str>) -> Result<JsValue, JsValue>;

    /// Something like an `EventSource` for this address.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn events(this: &Host, address: &str) -> Result<EventSource, JsValue>;
}

impl<T: Touch> Browser<T> {
    /// The way to the proxy at `base`, which is empty for the page's own origin and ends without a slash. Where the host gives no
    /// token, it is `session`.
    pub fn new(base: String, session: Option<String>, host: Option<Host>, touch: T) -> Self {
        Self {
            base,
            session,
            host,
            touch,
        }
    }

    /// A path's whole address.
    pub fn address(&self, path: &str) -> String {
        joined(&[&self.base, path])
    }

    /// Asks, and once more when the session was refused and the host has got another one.
    pub(crate) async fn fetch(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<String>,
    ) -> Result<Reply, Lost> {
        let mut refused = None;
        loop {
            let token = self.token(refused.as_deref()).await;
            let again = refused.is_some();
            let asking = self.ask(method, path, key, body.as_deref(), token.as_deref());
            let reply = asking.await?;
            if reply.status != UNAUTHORISED || again || token.is_none() {
                return Ok(reply);
            }
            refused = token;
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&str>,
        token: Option<&str>,
    ) -> Result<Reply, Lost> {
        let guard = Guard::new()?;
        let (headers, request) = (Object::new(), Object::new());
        if let Some(token) = token {
            let token = joined(&["Bearer ", token]);
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

    async fn token(&self, refused: Option<&str>) -> Option<String> {
        let given = match &self.host {
            Some(host) => {
                let given = host.get_session(refused).ok()?;
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
