//! JSON between Rust and the browser's own reader and writer.
//!
//! The usual crate for this makes messages of what it cannot read; they, and number formatting behind
//! them, weigh as much as the rest of the widget, and nobody would see them: what cannot be read is
//! dealt with as a whole. So these two know what our types need, and fail without a word.

mod reader;
mod writer;

use std::fmt;

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// Writes JSON; empty for what JSON cannot hold.
pub fn to_json<T: Serialize>(value: &T) -> String {
    let mut text = String::new();
    match value.serialize(writer::Writer(&mut text)) {
        Ok(()) => text,
        Err(Unfit) => String::new(),
    }
}

/// A value as JavaScript has it.
pub fn to_js<T: Serialize>(value: &T) -> JsValue {
    parse(&to_json(value))
}

/// Reads JSON; nothing when it is none, or holds something else.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(reader::Reader(parse(text))).ok()
}

fn parse(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}

/// The value and the type do not fit.
#[derive(Debug)]
struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Unfit {}

impl serde::de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Unfit
    }
}

impl serde::ser::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Unfit
    }
}
