use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use konpro_job::Instant;
use quick_cache::sync::Cache;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::query::Query;
use crate::failure::Failure;
use crate::store::List;

/// Pages that are kept: visitors may ask for any number of different ones.
const MOST: usize = 256;

/// Pages of lists as they are sent. Writing one takes longer than all else that an answer needs.
pub(crate) struct Rendered(Cache<(List, Query), Page>);

/// One of them.
#[derive(Clone)]
pub(super) struct Page {
    /// When KonPro was asked for the list that it is of.
    asked: Instant,
    body: Bytes,
    tag: HeaderValue,
}

impl Default for Rendered {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Rendered {
    /// The page as it is known, or as `write` says, of the list that KonPro was asked for at `asked`.
    pub(super) fn page<T: Serialize>(
        &self,
        list: List,
        query: Query,
        asked: Instant,
        write: impl FnOnce(&Query) -> T,
    ) -> Result<Page, Failure> {
        let key = (list, query);
        if let Some(known) = self.0.get(&key).filter(|known| known.asked == asked) {
            return Ok(known);
        }
        let unwritable = |_| Failure::invalid("a list cannot be written");
        let body = serde_json::to_vec(&write(&key.1)).map_err(unwritable)?;
        let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..12]);
        let tag = HeaderValue::from_str(&format!("\"{digest}\""));
        let page = Page {
            asked,
            body: body.into(),
            tag: tag.map_err(|_| Failure::invalid("a list has no tag"))?,
        };
        self.0.insert(key, page.clone());
        Ok(page)
    }
}

impl Page {
    /// The page with its `ETag`, or 304 for whoever has it.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        let kept = [
            (header::ETAG, self.tag.clone()),
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, no-cache"),
            ),
        ];
        if self.is_had(headers) {
            return (StatusCode::NOT_MODIFIED, kept).into_response();
        }
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (kept, kind, self.body).into_response()
    }

    fn is_had(&self, headers: &HeaderMap) -> bool {
        let had = headers.get_all(header::IF_NONE_MATCH).iter();
        had.filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == self.tag)
    }
}
