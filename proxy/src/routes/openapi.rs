use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

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
    ),
    modifiers(&Visitors)
)]
struct Document;

/// What a visitor may send that the wire types do not tell.
struct Visitors;

impl Modify for Visitors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let session = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "From the site's own server; needed where the operator asks for sessions",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(session));
        // It is the proxy's to set: a visitor's is refused.
        let settings = components.schemas.get_mut("Settings");
        if let Some(RefOr::T(Schema::Object(settings))) = settings {
            settings.properties.remove("webhook_url");
        }
    }
}

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
