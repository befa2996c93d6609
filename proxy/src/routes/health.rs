use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;

use konpro_api::ErrorBody;
use tokio::time::timeout;

use super::App;
use crate::failure::Failure;

/// The process runs.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    responses(
        (status = 200, description = "The process runs"),
    )
)]
pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

/// The proxy can do its work: the store answers, and KonPro has done so, or did lately.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    responses(
        (status = 200, description = "The proxy can do its work"),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn ready(State(app): State<App>) -> Result<StatusCode, Failure> {
    app.0.store.check().await?;
    if !app.0.store.is_led().await? {
        return Err(Failure::unavailable(
            "not ready: no process speaks with KonPro yet",
        ));
    }
    if *app.0.stopping.borrow() {
        return Err(Failure::unavailable("not ready: the process is ending"));
    }
    if !app.0.lists.are_known().await? {
        // Asking KonPro is what makes it ready; how often is not for a probe to say.
        let unready = |_| Failure::unavailable("not ready: KonPro's avatars were never listed");
        timeout(PROBE_LIMIT, app.0.lists.avatars())
            .await
            .unwrap_or_else(|_| Err(Failure::unavailable("")))
            .map_err(unready)?;
    }
    Ok(StatusCode::OK)
}

/// Whoever probes waits no longer.
const PROBE_LIMIT: Duration = Duration::from_secs(3);

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What a Prometheus of today asks for by name.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The older form gives a counter's family the name of its samples.
fn in_older_form(text: &str) -> String {
    let counters: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let line = |line: &str| {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(&name) => {
                format!("# {kind} {name}_total {rest}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// `GET /metrics`. The older form takes what the newer one adds for comments and plain names.
pub(super) async fn metrics(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    let open = accepted.any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("application/openmetrics-text"))
    });
    let text = app.0.metrics.text(app.0.tracker.standing());
    match open {
        true => ([(header::CONTENT_TYPE, OPEN_METRICS)], text),
        false => ([(header::CONTENT_TYPE, PROMETHEUS)], in_older_form(&text)),
    }
}
