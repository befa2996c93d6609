//! The widget in a document of its own, in front of a proxy that the tests play.
//!
//! `cargo xtask test` runs these in a headless browser.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod component;
mod composing;
mod failing;
mod keeping;
mod stage;
mod watching;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
