mod media;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, Request, State},
    middleware::{Next, from_fn_with_state, map_response_with_state},
    response::{Redirect, Response},
    routing::{get, post},
};
use http::{
    HeaderMap, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, HOST},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    answers,
    config::Dialect,
    counts::Created,
    jobs::Job,
    queries::{self, ListQuery, Parameters, json_body},
    refusal::Refusal,
    simulator::Simulator,
    webhooks,
};

type Answer = Result<Json<Value>, Refusal>;

pub(crate) fn router(simulator: Simulator) -> Router {
    let (slash, other_slash) = match simulator.config().dialect {
        Dialect::Documentation => ("", "/"),
        Dialect::Sdk => ("/", ""),
    };
    let with_key = Router::new()
        .route("/v1/video-avatars", post(create))
        .route("/v1/video-avatars/{job_id}", get(status))
        .route("/v1/video_status", get(video_status))
        .route(&format!("/v1/avatars{slash}"), get(avatars))
        .route(&format!("/v1/voices{slash}"), get(voices))
        .route("/v1/videos", get(videos))
        .route("/v1/user/remaining_quota", get(quota))
        .route("/v1/webhook/endpoint.add", post(add_endpoint))
        .route_layer(from_fn_with_state(simulator.clone(), admit));
    Router::new()
        .merge(with_key)
        .route(&format!("/v1/avatars{other_slash}"), get(the_other_slash))
        .route(&format!("/v1/voices{other_slash}"), get(the_other_slash))
        .route("/health", get(async || Json(json!({"status": "healthy"}))))
        .route(
            "/",
            get(async || Json(json!({"message": "KonPro API", "version": "v1"}))),
        )
        .nest("/media", media::router())
        .fallback(async || Refusal::NoSuchPath)
        .method_not_allowed_fallback(async || Refusal::WrongMethod)
        .layer(map_response_with_state(simulator.clone(), write_refusal))
        .with_state(simulator)
}

/// Writes a refusal in the simulator's dialect, under a new request id.
pub(crate) fn refuse(simulator: &Simulator, refusal: &Refusal) -> Response {
    let count = {
        let mut state = simulator.state();
        state.errors += 1;
        state.errors
    };
    let request_id = format!("req-{:016x}", simulator.seed().number(("request", count)));
    refusal.answer(simulator.config().dialect, request_id)
}

async fn write_refusal(State(simulator): State<Simulator>, response: Response) -> Response {
    let Some(refusal) = response.extensions().get() else {
        return response;
    };
    let mut written = refuse(&simulator, refusal);
    if let Some(origin) = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN) {
        let headers = written.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    written
}

async fn admit(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let key = request.headers().get("x-api-key");
    if key.is_none_or(|key| key != simulator.config().api_key.as_str()) {
        return Err(Refusal::InvalidApiKey);
    }
    if !simulator.state().limits.admit(Instant::now()) {
        return Err(Refusal::TooManyRequests { retry_after: None });
    }
    Ok(next.run(request).await)
}

async fn create(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let order = queries::order(&json_body(&headers, &body)?)?;
    let idempotency_key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(str::to_owned);
    let job = {
        let mut state = simulator.state();
        let ending = state.faults.take_ending(&order.text);
        let job = state.jobs.accept(order, ending, Instant::now()).clone();
        state.counts.queued += u64::from(job.was_queued());
        state.counts.created.push(Created {
            job_id: job.id.clone(),
            avatar_id: job.order.avatar.id.clone(),
            voice_id: job.order.voice.id.clone(),
            text: job.order.text.clone(),
            idempotency_key,
            webhook_url: job.order.webhook_url.clone(),
        });
        job
    };
    webhooks::announce_end(&simulator, &job);
    // Both are known of KonPro.
    let status = match simulator.config().dialect {
        Dialect::Documentation => StatusCode::CREATED,
        Dialect::Sdk => StatusCode::OK,
    };
    Ok((status, Json(answers::created(&job))))
}

async fn status(State(simulator): State<Simulator>, Path(job_id): Path<String>) -> Answer {
    let job = find(&simulator, &job_id)?;
    let (clock, links, now) = (simulator.clock(), simulator.links(), Instant::now());
    Ok(Json(match simulator.config().dialect {
        Dialect::Documentation => answers::status(&job, clock, links, now),
        Dialect::Sdk => answers::status_in_the_envelope(&job, clock, links, now),
    }))
}

async fn video_status(
    State(simulator): State<Simulator>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let video_id = parameters
        .get("video_id")
        .ok_or_else(|| Refusal::query("video_id", "is required"))?;
    let job = find(&simulator, video_id)?;
    let (clock, links) = (simulator.clock(), simulator.links());
    let body = answers::status_in_the_envelope(&job, clock, links, Instant::now());
    Ok(Json(body))
}

fn find(simulator: &Simulator, job_id: &str) -> Result<Job, Refusal> {
    let state = simulator.state();
    let job = state.jobs.find(job_id).cloned();
    job.ok_or(Refusal::Unknown {
        what: "video",
        field: "video_id",
    })
}

async fn avatars(
    State(simulator): State<Simulator>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let dialect = simulator.config().dialect;
    let query = ListQuery::read(&parameters, dialect)?;
    Ok(Json(answers::avatars(&query, dialect, simulator.links())))
}

async fn voices(
    State(simulator): State<Simulator>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let dialect = simulator.config().dialect;
    let query = ListQuery::read(&parameters, dialect)?;
    Ok(Json(answers::voices(&query, dialect, simulator.links())))
}

/// FastAPI knows each path with or without its trailing slash, and redirects from the other to an absolute address.
async fn the_other_slash(headers: HeaderMap, request: Request) -> Redirect {
    let uri = request.uri();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = host.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let origin = authority.map(|authority| format!("http://{authority}"));
    let path = match uri.path().strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{}/", uri.path()),
    };
    let query = uri.query().map(|query| format!("?{query}"));
    Redirect::temporary(&[origin.unwrap_or_default(), path, query.unwrap_or_default()].concat())
}

async fn videos(State(simulator): State<Simulator>) -> Json<Value> {
    let state = simulator.state();
    let jobs = state.jobs.iter();
    Json(answers::videos(jobs, simulator.clock(), Instant::now()))
}

async fn quota(State(simulator): State<Simulator>) -> Json<Value> {
    let state = simulator.state();
    Json(answers::quota(state.jobs.iter(), Instant::now()))
}

async fn add_endpoint(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let new = queries::new_endpoint(&json_body(&headers, &body)?)?;
    let endpoint = webhooks::add_endpoint(&simulator, new).await?;
    let created_at = simulator.clock().rfc3339(Instant::now());
    Ok(Json(answers::endpoint_added(&endpoint, created_at)))
}
