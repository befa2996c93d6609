//! The browser, as far as the widget needs it: network, clock, storage, chance.

mod events;
mod fetch;
mod listener;
mod record;
mod task;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use konpro_client::{Answer, Lost, Request, Transport};
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

pub(crate) use events::Events;
pub(crate) use fetch::Browser;
pub(crate) use listener::Listener;
pub(crate) use record::{Record, Slot};
pub(crate) use task::Task;

impl Transport for Browser {
    type Events = Events;

    async fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        request: Request<'_, B>,
    ) -> Result<Answer<T>, Lost> {
        let body = request.body.map(to_json);
        let answer = self.fetch(&request, body).await;
        self.note(answer.is_ok());
        let (status, retry_after, text) = answer?;
        let value = from_json(&text);
        Ok(Answer {
            status,
            retry_after,
            body: if (200..300).contains(&status) {
                read(value).ok_or_else(Default::default)
            } else {
                Err(read(value).unwrap_or_default())
            },
        })
    }

    fn events(&self, path: &str) -> Events {
        Events::open(&self.address(path), self.in_touch())
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

/// A number as a visitor reads it, such as `5,000`.
pub(crate) fn number(number: u32) -> String {
    js_sys::Number::from(number).to_locale_string("en").into()
}

/// A value as JavaScript has it; `undefined` for what it cannot have.
pub(crate) fn to_js<T: Serialize>(value: &T) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).unwrap_or_default()
}

/// Writes JSON with the browser's own writer, which costs the visitor no download.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    let json = js_sys::JSON::stringify(&to_js(value));
    json.map(String::from).unwrap_or_default()
}

/// Reads JSON with the browser's own reader; `undefined` when it is none.
pub(crate) fn from_json(text: &str) -> JsValue {
    js_sys::JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}

/// A value out of what [`from_json`] gave.
pub(crate) fn read<T: DeserializeOwned>(value: JsValue) -> Option<T> {
    serde_wasm_bindgen::from_value(value).ok()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}
