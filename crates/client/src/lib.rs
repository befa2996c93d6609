//! Typed calls to the proxy, and the driver that takes one job from the ask to the video.
//!
//! **What it is:** [`Client`] for single calls, [`drive`] for a whole job, over any [`Transport`].
//! The same code runs in the browser and in native tests on a clock of their own.
//!
//! **What it is not:** a browser, or a user interface. The widget brings the transport of the
//! browser, and shows what [`drive`] reports.
//!
//! The other side is either our proxy or any reverse proxy that only adds KonPro's key; [`Peer`]
//! says which, and everything that only our proxy has is done without in front of the other.

mod client;
mod drive;
mod error;
mod record;
mod text;
mod transport;

pub use client::{Client, ListQuery, Peer, Told, video_path};
pub use drive::{Command, Driven, drive};
pub use error::KonproError;
pub use record::Record;
pub use text::joined;
pub use transport::{Lost, Method, Push, Reply, Request, Transport};
