mod query;
mod rendered;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use konpro_api::{Avatars, ErrorBody, Estimate, Limits, Voices};

use super::App;
use query::Query;
pub(crate) use rendered::Rendered;

use crate::askers::Caller;
use crate::failure::Failure;
use crate::store::List;
use crate::validation::{FORMATS, RESOLUTIONS};

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
    app.0.askers.admit(&caller, app.0.clock.now())?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let all = app.0.lists.avatars().await?;
    let page = app
        .0
        .rendered
        .page(List::Avatars, query, all.asked, |query| {
            let fits = all.all().iter();
            let fits = fits.filter(|avatar| query.admits_scope(avatar.scope));
            let (avatars, pagination) = query.cut(fits);
            Avatars {
                avatars,
                pagination,
            }
        })?;
    Ok(page.answer(&caller.headers))
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
    app.0.askers.admit(&caller, app.0.clock.now())?;
    let query = Query::parse(query.as_deref().unwrap_or_default())?;
    let all = app.0.lists.voices().await?;
    let page = app
        .0
        .rendered
        .page(List::Voices, query, all.asked, |query| {
            let fits = all.all().iter().filter(|voice| {
                query.admits_scope(voice.scope)
                    && query.admits_language(voice.language.as_deref())
                    && query.admits_gender(voice.gender.as_deref())
            });
            let (voices, pagination) = query.cut(fits);
            Voices { voices, pagination }
        })?;
    Ok(page.answer(&caller.headers))
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
    let quota = app.0.store.quota(&asker, &app.0.limits).await?;
    let outlook = app.0.store.outlook().await?;
    let limits = Limits {
        max_text: app.0.max_text,
        resolutions: RESOLUTIONS.map(str::to_owned).to_vec(),
        formats: FORMATS.map(str::to_owned).to_vec(),
        credits: Some(app.0.credits),
        quota,
        estimate: Some(Estimate {
            at_once: app.0.at_once,
            ..outlook
        }),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(limits)))
}
