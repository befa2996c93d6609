use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tower::{BoxError, util::BoxCloneSyncService};

/// Carries webhooks out of the simulator: given a request (`OPTIONS` or `POST`), answers with the receiver's status.
///
/// A test builds one from `tower::service_fn`; [`over_http`](crate::over_http) sends for real.
pub type WebhookSender = BoxCloneSyncService<http::Request<Bytes>, http::StatusCode, BoxError>;

/// How a [`Simulator`](crate::Simulator) behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// What callers must send as `x-api-key`. Default: `simulated-key`.
    pub api_key: String,
    /// The form in which lists, statuses and validation errors are sent. Default: the documentation's.
    pub dialect: Dialect,
    /// How many times faster than KonPro videos are rendered: at 10, a two-minute job takes, and announces, twelve
    /// seconds. Limits and the life of links are not touched. Above 0. Default: 1.
    pub speed: f64,
    /// Where callers reach this simulator, without a trailing slash: media links start with it.
    /// Default: `http://127.0.0.1:9000`.
    pub public_url: String,
    /// Requests allowed in any 60 seconds; `None`, the default, sets no limit.
    pub per_minute: Option<u32>,
    /// Requests allowed in any 24 hours; `None`, the default, sets no limit.
    pub per_day: Option<u32>,
    /// Videos rendered at once, further ones wait as `pending`; `None`, the default, sets no limit.
    pub concurrent: Option<usize>,
    /// How long a `video_url` works, in whole seconds. Default: 7 days.
    pub link_lifetime: Duration,
    /// Decides ids, tokens and how far estimates are off: equal seeds and equal requests give equal answers.
    pub seed: u64,
    /// The time of day at which the simulator starts; from then on it follows tokio's clock. Default: now.
    pub epoch: SystemTime,
    /// Carries webhooks; with `None`, the default, none is sent.
    pub webhooks: Option<WebhookSender>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: "simulated-key".to_owned(),
            dialect: Dialect::Documentation,
            speed: 1.0,
            public_url: "http://127.0.0.1:9000".to_owned(),
            per_minute: None,
            per_day: None,
            concurrent: None,
            link_lifetime: Duration::from_secs(7 * 24 * 60 * 60),
            seed: 0,
            epoch: SystemTime::now(),
            webhooks: None,
        }
    }
}

/// The two forms in which KonPro is known to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialect {
    /// As the documentation shows: `{avatars, pagination}`, `limit`, flat statuses, errors in the envelope.
    #[default]
    Documentation,
    /// As the published SDK expects: `{data, meta}`, `page_size`, list paths with a trailing slash, statuses in
    /// `{code, data, message}`, and the framework's own `{detail}` for bad requests and unknown things.
    Sdk,
}
