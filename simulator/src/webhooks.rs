use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header::CONTENT_TYPE};
use tokio::time::{Instant, sleep_until, timeout};
use tower::{BoxError, ServiceExt, service_fn};

use crate::{
    answers, config::WebhookSender, jobs::Job, queries::NewEndpoint, refusal::Refusal,
    simulator::Simulator,
};

/// An account's endpoint, called at the end of every job.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) entity_id: Option<String>,
}

/// Sends webhooks over HTTP with this client.
pub fn over_http(client: reqwest::Client) -> WebhookSender {
    let send = move |request: Request<Bytes>| {
        let client = client.clone();
        async move {
            let request = reqwest::Request::try_from(request)?;
            let response = client.execute(request).await?;
            Ok::<_, BoxError>(response.status())
        }
    };
    WebhookSender::new(service_fn(send))
}

/// KonPro gives a new endpoint one second to answer an `OPTIONS` request.
const VALIDATION_TIME: Duration = Duration::from_secs(1);

/// How long a receiver may take to answer an event.
const DELIVERY_TIME: Duration = Duration::from_secs(10);

pub(crate) async fn add_endpoint(
    simulator: &Simulator,
    new: NewEndpoint,
) -> Result<Endpoint, Refusal> {
    let sender = simulator.config().webhooks.clone();
    let valid = match sender {
        Some(sender) => is_valid(sender, &new.url).await,
        None => false,
    };
    if !valid {
        let reason = "did not answer an OPTIONS request within 1 second";
        return Err(Refusal::field("url", reason));
    }
    let mut state = simulator.state();
    let seed = simulator.seed();
    let count = state.endpoints.len();
    let endpoint = Endpoint {
        id: format!("endpoint-{:016x}", seed.number(("endpoint", count))),
        secret: format!("whsec_{:016x}", seed.number(("secret", count))),
        url: new.url,
        events: new.events,
        entity_id: new.entity_id,
    };
    state.endpoints.push(endpoint.clone());
    Ok(endpoint)
}

/// Waits for the end of a job and tells its own webhook and the account's endpoints, each once.
pub(crate) fn announce_end(simulator: &Simulator, job: &Job) {
    let (Some(sender), Some(ends)) = (simulator.config().webhooks.clone(), job.ends()) else {
        return;
    };
    let (simulator, job) = (simulator.clone(), job.clone());
    tokio::spawn(async move {
        sleep_until(ends).await;
        let (clock, links) = (simulator.clock(), simulator.links());
        let (event, body) = answers::event(&job, clock, links, Instant::now());
        let body = Bytes::from(body.to_string());

        if let Some(url) = &job.order.webhook_url
            && is_valid(sender.clone(), url).await
        {
            deliver(sender.clone(), url, body.clone()).await;
        }
        let endpoints = simulator.state().endpoints.clone();
        let listeners = endpoints
            .iter()
            .filter(|endpoint| endpoint.events.iter().any(|wanted| wanted == event));
        for endpoint in listeners {
            deliver(sender.clone(), &endpoint.url, body.clone()).await;
        }
    });
}

async fn is_valid(sender: WebhookSender, url: &str) -> bool {
    let status = send(sender, Method::OPTIONS, url, Bytes::new(), VALIDATION_TIME).await;
    status.is_some_and(|status| status.is_success())
}

async fn deliver(sender: WebhookSender, url: &str, body: Bytes) {
    let status = send(sender, Method::POST, url, body, DELIVERY_TIME).await;
    if !status.is_some_and(|status| status.is_success()) {
        tracing::warn!(?status, "a webhook was not taken");
    }
}

async fn send(
    sender: WebhookSender,
    method: Method,
    url: &str,
    body: Bytes,
    within: Duration,
) -> Option<StatusCode> {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .ok()?;
    timeout(within, sender.oneshot(request)).await.ok()?.ok()
}
