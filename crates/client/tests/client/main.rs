//! The client as its callers see it, over a scripted transport on a clock that the tests own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod asking;
mod calls;
mod looking;
mod proxies;
mod restarting;
mod stopping;
mod streaming;
mod world;
