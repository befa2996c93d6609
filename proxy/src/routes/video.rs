use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::Limited;
use konpro_api::{ErrorBody, Status};
use tokio::time::timeout;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;
use tracing::warn;
use url::form_urlencoded;

use super::App;
use super::jobs::{JobIdPath, job_id};
use crate::failure::Failure;
use crate::links::is_dead;
use crate::network::NetworkError;
use crate::record::Archiving;

/// No video is larger.
const LARGEST_VIDEO: usize = 4 * 1024 * 1024 * 1024;
/// The video's host has so long to begin, and to go on.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);

/// `GET /v1/video-avatars/{job_id}/video`
#[utoipa::path(
    get,
    path = "/v1/video-avatars/{job_id}/video",
    tag = "videos",
    params(
        ("job_id" = String, Path, description = "As it was answered: sealed, 43 characters"),
        ("download" = Option<String>, Query, description = "Streams the video through the proxy, as an attachment"),
        ("range" = Option<String>, Header, description = "Heeded where the video is archived"),
        ("if-range" = Option<String>, Header, description = "The etag that the range belongs to, where the video is archived"),
        ("if-none-match" = Option<String>, Header, description = "The etag of what the visitor has, where the video is archived"),
    ),
    responses(
        (status = 200, description = "The archived copy, or the download", content((Vec<u8> = "video/mp4"), (Vec<u8> = "video/webm")), headers(("etag" = String, description = "Of the archived copy"), ("accept-ranges" = String, description = "bytes, where the video is archived"))),
        (status = 206, description = "The part of the archived copy that was asked for", content((Vec<u8> = "video/mp4"), (Vec<u8> = "video/webm")), headers(("etag" = String), ("content-range" = String))),
        (status = 302, description = "To a fresh link", headers(("location" = String))),
        (status = 304, description = "The visitor has it", headers(("etag" = String))),
        (status = 416, description = "INVALID_REQUEST: the video has no such part", body = ErrorBody, headers(("content-range" = String))),
        (status = 404, description = "RESOURCE_NOT_FOUND: no such job, or not completed", body = ErrorBody),
        (status = 502, description = "UPSTREAM_INVALID", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
        (status = 504, description = "UPSTREAM_TIMEOUT", body = ErrorBody),
    )
)]
pub(super) async fn video(
    State(app): State<App>,
    path: JobIdPath,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let claimed = app.claimed(&job_id(path)?).await?;
    let job = app.present(&claimed).await?;
    if job.status != Status::Completed {
        return Err(Failure::no_such_job());
    }
    let mut parameters = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
    let attachment = parameters.any(|(name, _)| name == "download");
    if let (Some(archive), Archiving::Kept(kept)) = (&app.0.archive, &claimed.record.archive) {
        match archive.serve(kept, &method, &headers, attachment).await {
            Ok(response) => return Ok(response),
            // KonPro may still have it.
            Err(error) => {
                warn!(job = %claimed.ticket.job, %error, "the archive does not serve a video")
            }
        }
    }
    let claimed = app.refreshed(claimed).await?;
    let job = app.present(&claimed).await?;
    let link = job.video_url.ok_or_else(Failure::no_such_job)?;
    if attachment {
        let mut answer = fetch(&app, &link).await?;
        if is_dead(answer.status()) {
            let dead = Some(link.as_str());
            app.0.tracker.renew(claimed.ticket.job, dead).await?;
            let job = app.present(&app.anew(claimed).await?).await?;
            if let Some(fresh) = job.video_url.filter(|fresh| *fresh != link) {
                answer = fetch(&app, &fresh).await?;
            }
        }
        return download(answer);
    }
    let location = HeaderValue::from_str(&link).map_err(|_| Failure::invalid("a bad link"))?;
    let no_store = HeaderValue::from_static("no-store");
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, no_store),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

async fn fetch(app: &App, link: &str) -> Result<Response, Failure> {
    let request = http::Request::get(link).body(Bytes::new());
    let request = request.map_err(|_| Failure::invalid("a bad link"))?;
    let answer = timeout(SILENCE_LIMIT, app.0.downloads.clone().oneshot(request)).await;
    let answer = answer.map_err(|_| Failure::timeout("the video's host did not answer"))?;
    answer.map_err(|error| match error {
        NetworkError::NotPublic => Failure::invalid("the video's host is not public"),
        NetworkError::NeverOpened | NetworkError::Lost => {
            Failure::unavailable("the video's host is unreachable")
        }
    })
}

/// Streams the video through the proxy: a page cannot save what comes from another origin.
fn download(answer: Response) -> Result<Response, Failure> {
    if answer.status() != StatusCode::OK {
        return Err(Failure::invalid("the video's host refused"));
    }
    let (parts, body) = answer.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH).cloned();
    let bytes = length.as_ref().and_then(|length| length.to_str().ok());
    let bytes = bytes.and_then(|bytes| bytes.parse::<u64>().ok());
    if bytes.is_some_and(|bytes| bytes > LARGEST_VIDEO as u64) {
        return Err(Failure::invalid("the video is too large"));
    }
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let (kind, name) = match kind {
        Some(kind) if kind.starts_with("video/webm") => ("video/webm", "video.webm"),
        _ => ("video/mp4", "video.mp4"),
    };
    let body = Limited::new(TimeoutBody::new(SILENCE_LIMIT, body), LARGEST_VIDEO);
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let attachment = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.extend(
        attachment
            .ok()
            .map(|value| (header::CONTENT_DISPOSITION, value)),
    );
    headers.extend(length.map(|value| (header::CONTENT_LENGTH, value)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
