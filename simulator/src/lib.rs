//! KonPro in a box: the video API of KonPro, answered by a process that needs no key, no network and no money.
//!
//! It is a witness of KonPro that shares no types with the code under test: its bodies are built from KonPro's
//! published documents alone, in either of the two dialects that KonPro is known to speak.
//!
//! What it is: a [`Simulator`] that renders on a clock which tests own, keeps KonPro's limits, breaks on request
//! ([`Fault`]) and counts what it was asked ([`Counts`]). What it is not: a place to keep anything; it forgets all when
//! it is dropped.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use konpro_simulator::{Call, Config, Fault, FaultKind, Simulator};
//!
//! let simulator = Simulator::new(Config { speed: 10.0, ..Config::default() });
//! simulator.inject(Fault { on: Call::Create, kind: FaultKind::Dropped { processed: true }, times: 1 });
//! let in_process = simulator.service(); // a tower service, for tests
//! match simulator.serve(tokio::net::TcpListener::bind("127.0.0.1:9000").await?).await {}
//! # }
//! ```

mod answers;
mod catalogue;
mod clock;
mod config;
mod counts;
mod faults;
mod jobs;
mod limits;
mod links;
pub mod media;
mod queries;
mod refusal;
mod routes;
mod seed;
mod service;
mod simulator;
mod webhooks;

pub use config::{Config, Dialect, WebhookSender};
pub use counts::{Call, CallCount, Counts, Created};
pub use faults::{Fault, FaultKind, UnknownFault};
pub use service::{ConnectionDropped, KonPro};
pub use simulator::Simulator;
pub use webhooks::over_http;
