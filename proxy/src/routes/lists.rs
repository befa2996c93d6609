use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konpro_api::{Avatars, ErrorBody, Limits, Pagination, Scope, Voices};
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::App;
use crate::askers::Caller;
use crate::failure::Failure;
use crate::validation::{FORMATS, RESOLUTIONS};

const LARGEST_PAGE: u32 = 100;
const USUAL_PAGE: u32 = 20;

/// KonPro's query parameters. Others are dropped.
struct Query {
    page: u32,
    limit: u32,
    scope: Option<Scope>,
    language: Option<String>,
    gender: Option<String>,
}

/// `GET /v1/avatars`
#[utoipa::path(
    get,
    path = "/v1/avatars",
    tag = "lists",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "Entries of a page: 20, at most 100"),
        ("scope" = Option<String>, Query, description = "all, public or private"),
        ("if-none-match" = Option<String>, Header, description = "The etag of what the visitor has"),
    ),
    security((), ("session" = [])),
    responses(
        (status = 200, description = "A page of the list", body = Avatars, headers(("etag" = String))),
        (status = 304, description = "The visitor has it", headers(("etag" = String))),
        (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
        (status = 401, description = "SESSION_REQUIRED", body = ErrorBody),
        (status = 502, description = "UPSTREAM_INVALID", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
        (status = 504, description = "UPSTREAM_TIMEOUT", body = ErrorBody),
    )
)]
pub(super) async fn avatars(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    caller: Caller,
) -> Result<Response, Failure> {
    app.0.askers.identify(&caller, app.0.clock.now())?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let all = app.0.lists.avatars().await?;
    let fits = all
        .all()
        .iter()
        .filter(|avatar| query.admits_scope(avatar.scope));
    let (avatars, pagination) = query.cut(fits);
    tagged(
        &Avatars {
            avatars,
            pagination,
        },
        &caller.headers,
    )
}

/// `GET /v1/voices`
#[utoipa::path(
    get,
    path = "/v1/voices",
    tag = "lists",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "Entries of a page: 20, at most 100"),
        ("scope" = Option<String>, Query, description = "all, public or private"),
        ("language" = Option<String>, Query, description = "Such as en-US; en is any English"),
        ("gender" = Option<String>, Query, description = "male, female or neutral"),
        ("if-none-match" = Option<String>, Header, description = "The etag of what the visitor has"),
    ),
    security((), ("session" = [])),
    responses(
        (status = 200, description = "A page of the list", body = Voices, headers(("etag" = String))),
        (status = 304, description = "The visitor has it", headers(("etag" = String))),
        (status = 400, description = "VALIDATION_ERROR", body = ErrorBody),
        (status = 401, description = "SESSION_REQUIRED", body = ErrorBody),
        (status = 502, description = "UPSTREAM_INVALID", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
        (status = 504, description = "UPSTREAM_TIMEOUT", body = ErrorBody),
    )
)]
pub(super) async fn voices(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    caller: Caller,
) -> Result<Response, Failure> {
    app.0.askers.identify(&caller, app.0.clock.now())?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let all = app.0.lists.voices().await?;
    let fits = all.all().iter().filter(|voice| {
        query.admits_scope(voice.scope)
            && query.admits_language(voice.language.as_deref())
            && query.admits_gender(voice.gender.as_deref())
    });
    let (voices, pagination) = query.cut(fits);
    tagged(&Voices { voices, pagination }, &caller.headers)
}

/// `GET /v1/limits`
#[utoipa::path(
    get,
    path = "/v1/limits",
    tag = "lists",
    security((), ("session" = [])),
    responses(
        (status = 200, description = "What the proxy accepts from this visitor", body = Limits),
        (status = 401, description = "SESSION_REQUIRED", body = ErrorBody),
        (status = 503, description = "UPSTREAM_UNAVAILABLE", body = ErrorBody, headers(("retry-after" = u64, description = "Whole seconds until asking again makes sense, where that is known"))),
    )
)]
pub(super) async fn limits(
    State(app): State<App>,
    caller: Caller,
) -> Result<impl IntoResponse, Failure> {
    let asker = app.0.askers.identify(&caller, app.0.clock.now())?;
    let quota = match &app.0.limits.per_visitor {
        Some(rate) => Some(app.0.store.quota(&asker, rate).await?),
        None => None,
    };
    let limits = Limits {
        max_text: app.0.max_text,
        resolutions: RESOLUTIONS.map(str::to_owned).to_vec(),
        formats: FORMATS.map(str::to_owned).to_vec(),
        credits: Some(app.0.credits),
        quota,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(limits)))
}

impl Query {
    fn parse(query: &str) -> Result<Self, Failure> {
        let mut parsed = Self {
            page: 1,
            limit: USUAL_PAGE,
            scope: None,
            language: None,
            gender: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "page" => parsed.page = whole("page", &value)?,
                "limit" | "page_size" => parsed.limit = whole(&name, &value)?.min(LARGEST_PAGE),
                "scope" => parsed.scope = scope(&value)?,
                "language" => {
                    parsed.language = Some(value.into_owned()).filter(|it| !it.is_empty())
                }
                "gender" => parsed.gender = Some(value.into_owned()).filter(|it| !it.is_empty()),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// An entry that says nothing is as public as the list that it came in.
    fn admits_scope(&self, scope: Option<Scope>) -> bool {
        self.scope
            .is_none_or(|wanted| wanted == scope.unwrap_or(Scope::Public))
    }

    /// `en` admits `en-US`.
    fn admits_language(&self, language: Option<&str>) -> bool {
        self.language.as_ref().is_none_or(|wanted| {
            language.is_some_and(|language| {
                let (wanted, language) = (wanted.to_lowercase(), language.to_lowercase());
                language
                    .strip_prefix(&wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        })
    }

    fn admits_gender(&self, gender: Option<&str>) -> bool {
        self.gender
            .as_ref()
            .is_none_or(|wanted| gender.is_some_and(|gender| gender.eq_ignore_ascii_case(wanted)))
    }

    fn cut<'a, T: Clone + 'a>(&self, fits: impl Iterator<Item = &'a T>) -> (Vec<T>, Pagination) {
        let fits: Vec<&T> = fits.collect();
        let total = u32::try_from(fits.len()).unwrap_or(u32::MAX);
        let skip = (self.page as usize - 1).saturating_mul(self.limit as usize);
        let cut = fits
            .into_iter()
            .skip(skip)
            .take(self.limit as usize)
            .cloned()
            .collect();
        let total_pages = total.div_ceil(self.limit);
        (
            cut,
            Pagination {
                page: self.page,
                limit: self.limit,
                total,
                total_pages,
            },
        )
    }
}

fn whole(field: &str, value: &str) -> Result<u32, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::validation(field, "must be a whole number from 1")),
    }
}

fn scope(value: &str) -> Result<Option<Scope>, Failure> {
    match value {
        "" | "all" => Ok(None),
        "public" => Ok(Some(Scope::Public)),
        "private" => Ok(Some(Scope::Private)),
        _ => Err(Failure::validation(
            "scope",
            "must be all, public or private",
        )),
    }
}

/// The body with its `ETag`, or 304 for whoever has it.
fn tagged<T: Serialize>(body: &T, headers: &HeaderMap) -> Result<Response, Failure> {
    let bytes =
        serde_json::to_vec(body).map_err(|_| Failure::invalid("a list cannot be written"))?;
    let tag = format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(&Sha256::digest(&bytes)[..12])
    );
    let had = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let same = had.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    });
    let kept = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok(match same {
        true => (StatusCode::NOT_MODIFIED, kept).into_response(),
        false => (kept, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
    })
}
