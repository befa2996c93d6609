//! The simulator keeps its word: each promise of KonPro's documents, asked of it as a caller would.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod caller;
mod counts;
mod dialects;
mod faults;
mod limits;
mod links;
mod over_tcp;
mod program;
mod requests;
mod time;
mod webhooks;
