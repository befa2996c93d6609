//! The whole path in a real browser: the page that trunk builds, the proxy, and the simulator in place of KonPro.
//!
//! `cargo xtask test` builds the page, tells its folder in `KONPRO_TEST_PAGE`, and sees to the browser.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod admission;
mod bare;
mod barriers;
mod beside;
mod clock;
mod contrast;
mod driver;
mod embedding;
mod failing;
mod gallery;
mod gallery_bench;
mod gate;
mod hearing;
mod leaks;
mod lists;
mod logs;
mod making;
mod moving;
mod proxy;
mod relay;
mod restarts;
mod room;
mod segments;
mod stage;
mod time;
mod tls;
mod together;
mod transparent;
mod troubles;
mod waiting;
mod widget;
