//! The browser, or whatever runs wasm like one, as far as a client needs it.
//!
//! **What it is:** [`Browser`], the [`Transport`] over `fetch` and `EventSource`, with timers, the clock, and JSON by the
//! platform's own reader ([`from_json`], [`to_json`]). What it hands out stops when it is dropped.
//!
//! **What it is not:** about pages. No document, no storage: it runs in a worker and in Node as well.

mod events;
mod fetch;
mod json;
mod listener;
mod task;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use konpro_client::{Lost, Reply, Request, Transport};
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

pub use events::Events;
pub use fetch::{Browser, Host, Touch};
pub use json::{from_json, to_js, to_json};
pub use listener::Listener;
pub use task::Task;

impl<T: Touch> Transport for Browser<T> {
    type Events = Events;

    async fn send<B: Serialize>(&self, request: Request<'_, B>) -> Result<Reply, Lost> {
        let body = request.body.map(to_json);
        let (method, key) = (request.method, request.idempotency_key);
        let answer = self.fetch(method, request.path, key, body).await;
        self.touch.is_lost(answer.is_err());
        answer
    }

    fn read<A: DeserializeOwned>(&self, json: &str) -> Option<A> {
        from_json(json)
    }

    fn events(&self, path: &str) -> Events {
        Events::open(self, path)
    }

    fn now(&self) -> Instant {
        now()
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + Unpin {
        let millis = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        TimeoutFuture::new(millis)
    }
}

/// The present moment, from the Unix epoch on.
pub fn now() -> Instant {
    Instant::from_millis(js_sys::Date::now() as u64)
}

/// A string that nobody can guess or has used before.
pub fn random_key() -> String {
    // `crypto.randomUUID` is missing on plain HTTP pages; `getRandomValues` is not.
    let mut bytes = [0_u8; 16];
    fill_random(&mut bytes);
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);

    /// Sets a property; fails for no object that can be changed.
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    pub fn set_property(target: &JsValue, name: &str, value: &JsValue) -> bool;
}
