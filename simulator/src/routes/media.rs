//! Pictures, sound and videos. No key is needed; whoever has a link may follow it, from any page.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE,
        RANGE,
    },
};
use http_range_header::parse_range_header;
use serde::Deserialize;
use tokio::time::Instant;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    catalogue::{self, Avatar},
    jobs::{Job, Stage},
    media,
    refusal::Refusal,
    simulator::Simulator,
};

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/videos/{file}", get(video))
        .route("/thumbnails/{file}", get(video_thumbnail))
        .route("/captions/{file}", get(captions))
        .route("/avatars/{file}", get(avatar))
        .route("/voices/{file}", get(voice))
        .layer(SetResponseHeaderLayer::overriding(
            ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ))
}

#[derive(Deserialize)]
struct Token {
    expires: u64,
    signature: String,
}

async fn video(
    State(simulator): State<Simulator>,
    Path(file): Path<String>,
    token: Result<Query<Token>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (id, extension) = split(&file)?;
    let Ok(Query(token)) = token else {
        return Err(Refusal::DeadLink);
    };
    let now = simulator.clock().unix_seconds(Instant::now());
    let links = simulator.links();
    if !links.is_alive(id, token.expires, &token.signature, now) {
        return Err(Refusal::DeadLink);
    }
    let job = finished(&simulator, id)?;
    let format = job.order.format;
    if extension != format.extension() {
        return Err(Refusal::NoSuchPath);
    }
    let bytes = media::video(
        job.order.avatar.look,
        job.order.resolution,
        format,
        job.order.background,
        job.duration,
    );
    let mut response = file_or_part(&headers, format.content_type(), bytes);
    let private = HeaderValue::from_static("private, max-age=3600");
    response.headers_mut().insert(CACHE_CONTROL, private);
    Ok(response)
}

async fn video_thumbnail(
    State(simulator): State<Simulator>,
    Path(file): Path<String>,
) -> Result<Response, Refusal> {
    let (id, _) = split(&file)?;
    Ok(picture(finished(&simulator, id)?.order.avatar))
}

async fn captions(
    State(simulator): State<Simulator>,
    Path(file): Path<String>,
) -> Result<Response, Refusal> {
    let (id, _) = split(&file)?;
    let job = finished(&simulator, id)?;
    let text = media::captions(&job.order.text, job.duration);
    Ok(([(CONTENT_TYPE, "text/x-ssa; charset=utf-8")], text).into_response())
}

async fn avatar(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (id, extension) = split(&file)?;
    let avatar = catalogue::avatar(id).ok_or(Refusal::NoSuchPath)?;
    match extension {
        "svg" => Ok(picture(avatar)),
        "mp4" => Ok(file_or_part(
            &headers,
            "video/mp4",
            media::preview(avatar.look),
        )),
        _ => Err(Refusal::NoSuchPath),
    }
}

async fn voice(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (id, _) = split(&file)?;
    let voice = catalogue::voice(id).ok_or(Refusal::NoSuchPath)?;
    let sound = media::voice_preview(voice.language, voice.variant);
    Ok(file_or_part(
        &headers,
        "audio/mpeg",
        Bytes::from_static(sound),
    ))
}

fn split(file: &str) -> Result<(&str, &str), Refusal> {
    file.rsplit_once('.').ok_or(Refusal::NoSuchPath)
}

fn finished(simulator: &Simulator, job_id: &str) -> Result<Job, Refusal> {
    let state = simulator.state();
    let job = state.jobs.find(job_id);
    let finished = job.filter(|job| job.stage(Instant::now()) == Stage::Completed);
    finished.cloned().ok_or(Refusal::NoSuchPath)
}

fn picture(avatar: &Avatar) -> Response {
    let svg = media::thumbnail(avatar.look, avatar.tint);
    ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

/// The whole, or the one part that was asked for; several parts at once are answered with the whole.
fn file_or_part(headers: &HeaderMap, content_type: &'static str, bytes: Bytes) -> Response {
    let total = bytes.len() as u64;
    let common = [(CONTENT_TYPE, content_type), (ACCEPT_RANGES, "bytes")];
    let asked = headers
        .get(RANGE)
        .and_then(|range| parse_range_header(range.to_str().ok()?).ok());
    match asked.map(|asked| asked.validate(total)) {
        Some(Ok(parts)) if parts.len() == 1 => {
            let (first, last) = (*parts[0].start(), *parts[0].end());
            let part = bytes.slice(first as usize..=last as usize);
            let place = [(CONTENT_RANGE, format!("bytes {first}-{last}/{total}"))];
            (StatusCode::PARTIAL_CONTENT, common, place, Body::from(part)).into_response()
        }
        Some(Err(_)) => {
            let place = [(CONTENT_RANGE, format!("bytes */{total}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response()
        }
        _ => (common, Body::from(bytes)).into_response(),
    }
}
