use std::ops::RangeInclusive;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konpro_api::code;
use object_store::{GetOptions, GetRange};
use tokio::time::timeout;

use super::conditions::{Wanted, wanted};
use super::{Archive, ArchiveError, Archived};
use crate::failure::Failure;

/// A copy never changes.
const CACHING: &str = "private, max-age=31536000, immutable";
/// The archive has so long to begin: then KonPro's own link is better than nothing.
const BEGIN_LIMIT: Duration = Duration::from_secs(3);

impl Archive {
    /// The copy, or the part of it that the headers of a `GET` or `HEAD` ask for.
    pub(crate) async fn serve(
        &self,
        archived: &Archived,
        method: &Method,
        headers: &HeaderMap,
        attachment: bool,
    ) -> Result<Response, ArchiveError> {
        let is_get = *method == Method::GET;
        let total = archived.length;
        let (status, part) = match wanted(headers, is_get, &archived.etag, total) {
            Wanted::Whole => (StatusCode::OK, None),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, Some(part)),
            Wanted::Nothing => (StatusCode::NOT_MODIFIED, None),
            Wanted::Beyond => return Ok(beyond(total)),
        };
        let body = match status {
            StatusCode::NOT_MODIFIED => Body::empty(),
            _ => self.read(archived, part.as_ref(), is_get).await?,
        };
        let mut response = (status, body).into_response();
        let answered = response.headers_mut();
        let mut set = |name: header::HeaderName, value: &str| {
            answered.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        };
        set(header::ETAG, &archived.etag);
        set(header::ACCEPT_RANGES, "bytes");
        set(header::CACHE_CONTROL, CACHING);
        if status != StatusCode::NOT_MODIFIED {
            let length = part.as_ref().map_or(total, |it| it.end() - it.start() + 1);
            set(header::CONTENT_TYPE, &archived.content_type);
            set(header::CONTENT_LENGTH, &length.to_string());
        }
        if let Some((first, last)) = part.map(RangeInclusive::into_inner) {
            set(
                header::CONTENT_RANGE,
                &format!("bytes {first}-{last}/{total}"),
            );
        }
        if attachment {
            let ending = match archived.content_type.as_str() {
                "video/webm" => "webm",
                _ => "mp4",
            };
            let named = format!("attachment; filename=\"video.{ending}\"");
            set(header::CONTENT_DISPOSITION, &named);
        }
        Ok(response)
    }

    /// The bytes; none for a `HEAD`, but only where they are there.
    async fn read(
        &self,
        archived: &Archived,
        part: Option<&RangeInclusive<u64>>,
        is_get: bool,
    ) -> Result<Body, ArchiveError> {
        let options = GetOptions {
            range: part.map(|part| GetRange::Bounded(*part.start()..*part.end() + 1)),
            head: !is_get,
            ..GetOptions::default()
        };
        let path = self.path(&archived.name);
        let found = timeout(BEGIN_LIMIT, self.store.get_opts(&path, options)).await;
        let found =
            found.map_err(|_| ArchiveError::Later("the archive is silent".to_owned()))??;
        Ok(match is_get {
            true => Body::from_stream(found.into_stream()),
            false => Body::empty(),
        })
    }
}

/// The video has no such bytes, only `total` of them.
fn beyond(total: u64) -> Response {
    let status = StatusCode::RANGE_NOT_SATISFIABLE;
    let message = "The video has no such part.";
    let mut response = Failure::new(status, code::INVALID_REQUEST, message).into_response();
    let range = HeaderValue::from_str(&format!("bytes */{total}"));
    let range = range.ok().map(|range| (header::CONTENT_RANGE, range));
    response.headers_mut().extend(range);
    response
}
