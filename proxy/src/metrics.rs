//! What the operator's monitoring sees. No visitor is in it, and no label that a visitor chooses.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Everything that is counted. Clones count together.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Counted>);

pub(crate) struct Counted {
    registry: Registry,
    pub(crate) requests: Family<Request, Counter>,
    pub(crate) request_seconds: Family<Route, Histogram, fn() -> Histogram>,
    pub(crate) upstream: Family<Upstream, Counter>,
    pub(crate) upstream_seconds: Histogram,
    store_seconds: Histogram,
    store_errors: Counter,
    pub(crate) notice_seconds: Histogram,
    pub(crate) webhooks: Counter,
    pub(crate) streams: Gauge,
    pub(crate) archived: Counter,
    pub(crate) archive_failures: Counter,
    minute_left: Gauge,
    day_left: Gauge,
    waiting: Gauge,
    under_way: Gauge,
    oldest_seconds: Gauge<f64, AtomicU64>,
    leading: Gauge,
}

/// How things stand at the moment of asking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) minute_left: u32,
    pub(crate) day_left: u32,
    pub(crate) waiting: usize,
    pub(crate) under_way: usize,
    pub(crate) oldest: Duration,
    pub(crate) leading: bool,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Request {
    /// As the router knows it; never a path.
    pub(crate) route: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Route {
    pub(crate) route: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Upstream {
    pub(crate) call: &'static str,
    /// KonPro's status, or why there is none.
    pub(crate) outcome: String,
}

/// From a millisecond to a minute.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.02, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0, 60.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("konpro_proxy");
        let counted = Counted {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds as fn() -> Histogram),
            upstream: Family::default(),
            upstream_seconds: seconds(),
            store_seconds: seconds(),
            store_errors: Counter::default(),
            notice_seconds: seconds(),
            webhooks: Counter::default(),
            streams: Gauge::default(),
            archived: Counter::default(),
            archive_failures: Counter::default(),
            minute_left: Gauge::default(),
            day_left: Gauge::default(),
            waiting: Gauge::default(),
            under_way: Gauge::default(),
            oldest_seconds: Gauge::default(),
            leading: Gauge::default(),
            registry: Registry::default(),
        };
        let it = &counted;
        registry.register("requests", "Calls of visitors", it.requests.clone());
        let took = "How long calls of visitors took until their answer began";
        registry.register_with_unit("request", took, Unit::Seconds, it.request_seconds.clone());
        registry.register(
            "upstream_requests",
            "Requests to KonPro",
            it.upstream.clone(),
        );
        let took = "How long KonPro took to answer";
        registry.register_with_unit("upstream", took, Unit::Seconds, it.upstream_seconds.clone());
        let took = "How long the store took to answer";
        registry.register_with_unit("store", took, Unit::Seconds, it.store_seconds.clone());
        registry.register(
            "store_errors",
            "Reads and changes that the store did not answer",
            it.store_errors.clone(),
        );
        let late = "How long a finished video went unnoticed at most";
        registry.register_with_unit(
            "notice_delay",
            late,
            Unit::Seconds,
            it.notice_seconds.clone(),
        );
        registry.register("webhooks", "Calls of KonPro's", it.webhooks.clone());
        registry.register(
            "event_streams",
            "Event streams that are open",
            it.streams.clone(),
        );
        registry.register(
            "videos_archived",
            "Videos copied to the archive",
            it.archived.clone(),
        );
        registry.register(
            "archive_failures",
            "Attempts to copy a video to the archive that failed",
            it.archive_failures.clone(),
        );
        registry.register(
            "budget_minute_left",
            "Requests that this minute still allows; of the leader",
            it.minute_left.clone(),
        );
        registry.register(
            "budget_day_left",
            "Requests that this day still allows; of the leader",
            it.day_left.clone(),
        );
        registry.register(
            "jobs_waiting",
            "Jobs in the queue; of the leader",
            it.waiting.clone(),
        );
        registry.register(
            "jobs_under_way",
            "Jobs that KonPro has; of the leader",
            it.under_way.clone(),
        );
        let age = "Age of the oldest job that has not ended; of the leader";
        registry.register_with_unit("jobs_oldest", age, Unit::Seconds, it.oldest_seconds.clone());
        registry.register(
            "leading",
            "Whether this process speaks with KonPro",
            it.leading.clone(),
        );
        Self(Arc::new(Counted {
            registry,
            ..counted
        }))
    }
}

impl std::ops::Deref for Metrics {
    type Target = Counted;

    fn deref(&self) -> &Counted {
        &self.0
    }
}

impl Metrics {
    /// The store has answered, or not.
    pub(crate) fn store_answered(&self, took: Duration, well: bool) {
        self.store_seconds.observe(took.as_secs_f64());
        self.store_errors.inc_by(u64::from(!well));
    }

    /// All of it in Prometheus' text form.
    pub(crate) fn text(&self, standing: Standing) -> String {
        let gauge =
            |gauge: &Gauge, value: usize| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        gauge(&self.minute_left, standing.minute_left as usize);
        gauge(&self.day_left, standing.day_left as usize);
        gauge(&self.waiting, standing.waiting);
        gauge(&self.under_way, standing.under_way);
        gauge(&self.leading, usize::from(standing.leading));
        self.oldest_seconds.set(standing.oldest.as_secs_f64());
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// An event stream, counted as long as it lives.
pub(crate) struct Open(Metrics);

impl Open {
    pub(crate) fn stream(metrics: &Metrics) -> Self {
        metrics.streams.inc();
        Self(metrics.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.dec();
    }
}
