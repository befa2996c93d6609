//! AI avatar videos on any web page: a visitor types a script and watches the finished video.
//!
//! **What it is:** the widget, in two forms with the same options. For any page it is the custom
//! element `<konpro-video>`, whose small JavaScript shell (`pkg/konpro-video.js`) loads this crate as
//! wasm; for Leptos applications it is the component [`KonproVideo`]. Both live in a shadow root, so
//! that neither touches the page around it.
//!
//! **What it is not:** a client of KonPro. It talks to `konpro-proxy`, which has the key, or to any
//! reverse proxy that adds the key.
//!
//! Its parts, in the order in which a request goes down: `options` (what the page asks),
//! `element` and `component` (the two forms), `view` (what a visitor sees), `screen` (the signals that
//! views read), `session` (what the widget does), `browser` (network, clock, storage).

mod browser;
#[cfg(feature = "component")]
#[allow(
    unreachable_pub,
    reason = "what the macro makes hides from the lint that it is exported below"
)]
mod component;
mod element;
mod field;
#[cfg(feature = "component")]
pub mod messages;
#[cfg(not(feature = "component"))]
mod messages;
mod mounted;
mod options;
mod progress;
mod room;
mod screen;
mod session;
mod slot;
mod style;
mod view;

#[cfg(feature = "component")]
pub use component::{Control, Failure, GetSession, KonproVideo};
pub use element::{Handle, open};
#[cfg(feature = "component")]
pub use konpro_api::{Job, JobError, Status};
#[cfg(feature = "component")]
pub use konpro_client::KonproError;
pub use options::Part;

use options::Options;
