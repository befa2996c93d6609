use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;

use super::{create, events, health, jobs, lists, video, webhooks};

/// KonPro's video API without the key.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "konpro-proxy",
        description = "KonPro's video API without the key: what a web page may talk to."
    ),
    paths(
        create::create,
        jobs::status,
        jobs::withdraw,
        events::events,
        video::video,
        lists::avatars,
        lists::voices,
        lists::limits,
        webhooks::validate,
        webhooks::receive,
        health::live,
        health::ready,
        openapi,
    )
)]
struct Document;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| Document::openapi().to_json().unwrap_or_default());

/// `GET /openapi.json`
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "health",
    responses((status = 200, description = "This document", content_type = "application/json"))
)]
pub(super) async fn openapi() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.as_str(),
    )
}
