//! The proxy's contract, asked of its router as a visitor would, with KonPro in the same process,
//! on a clock and with randomness that the tests own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod archive;
mod bodies;
mod creating;
mod doctor;
mod doors;
mod endings;
mod events;
mod fetching;
mod lists;
mod losses;
mod metrics;
mod network;
mod openapi;
mod operating;
mod origins;
mod over_tcp;
mod page;
mod parts;
mod paying_once;
mod policy;
mod program;
mod queue;
mod quotas;
mod restart;
mod reuse;
mod scope;
mod secrets;
mod several;
mod video;
mod watching;
mod webhooks;
