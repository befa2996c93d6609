use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use object_store::{GetOptions, GetRange};

use super::conditions::{Wanted, wanted};
use super::{Archive, ArchiveError, Archived};

/// A copy never changes.
const CACHING: &str = "private, max-age=31536000, immutable";

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
        let wanted = wanted(headers, is_get, &archived.etag, archived.length);
        let (status, part) = match wanted {
            Wanted::Whole => (StatusCode::OK, None),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, Some(part)),
            Wanted::Nothing => (StatusCode::NOT_MODIFIED, None),
            Wanted::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        };
        let total = archived.length;
        let (length, range) = match (&part, status) {
            (Some(part), _) => {
                let (first, last) = (*part.start(), *part.end());
                let range = format!("bytes {first}-{last}/{total}");
                (Some(last - first + 1), Some(range))
            }
            (None, StatusCode::OK) => (Some(total), None),
            (None, StatusCode::RANGE_NOT_SATISFIABLE) => {
                (Some(0), Some(format!("bytes */{total}")))
            }
            (None, _) => (None, None),
        };
        let has_body = is_get && status.is_success();
        let body = match has_body {
            true => {
                let range = part.map(|part| GetRange::Bounded(*part.start()..*part.end() + 1));
                let options = GetOptions {
                    range,
                    ..GetOptions::default()
                };
                let path = self.path(&archived.name);
                let found = self.store.get_opts(&path, options).await?;
                Body::from_stream(found.into_stream())
            }
            false => Body::empty(),
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
            set(header::CONTENT_TYPE, &archived.content_type);
        }
        if let Some(length) = length {
            set(header::CONTENT_LENGTH, &length.to_string());
        }
        if let Some(range) = range {
            set(header::CONTENT_RANGE, &range);
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
}
