//! The browser, as far as the widget needs it: network, clock, storage, chance.

mod events;
mod fetch;
mod json;
mod listener;
mod record;
mod task;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use konpro_client::{Lost, Reply, Request, Transport};
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Window};

pub(crate) use events::Events;
pub(crate) use fetch::Browser;
pub(crate) use json::{from_json, to_js, to_json};
pub(crate) use listener::Listener;
pub(crate) use record::{Record, Slot};
pub(crate) use task::Task;

impl Transport for Browser {
    type Events = Events;

    async fn send<B: Serialize>(&self, request: Request<'_, B>) -> Result<Reply, Lost> {
        let body = request.body.map(to_json);
        let (method, key) = (request.method, request.idempotency_key);
        let answer = self.fetch(method, request.path, key, body).await;
        self.out_of_touch.set(answer.is_err());
        answer
    }

    fn read<T: DeserializeOwned>(&self, json: &str) -> Option<T> {
        from_json(json)
    }

    fn events(&self, path: &str) -> Events {
        Events::open(&self.address(path), self.out_of_touch)
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
pub(crate) fn now() -> Instant {
    Instant::from_millis(js_sys::Date::now() as u64)
}

/// Pieces of text as one.
pub(crate) fn joined(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece);
    }
    text
}

pub(crate) fn window() -> Window {
    WINDOW.with(Clone::clone)
}

pub(crate) fn document() -> Document {
    DOCUMENT.with(Clone::clone)
}

/// A string that nobody can guess or has used before.
pub(crate) fn random_key() -> String {
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

    /// Sets a property; fails for no object that the widget makes.
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    pub(crate) fn set_property(target: &JsValue, name: &str, value: &JsValue) -> bool;

    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Window;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Document;
}
