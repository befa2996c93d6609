//! The page's files, under a policy that lets nothing else in.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use url::Url;

use crate::failure::Failure;
use crate::routes::nothing_here;

/// What the page may load, but for pictures and videos; `Trunk.toml` holds the same.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Serves `folder`; pictures and videos come from wherever KonPro keeps them.
pub(crate) fn serve(folder: &Path, api: &Url) -> Router {
    let simulator = match api.scheme() {
        "http" => format!(" {}", api.origin().ascii_serialization()),
        _ => String::new(),
    };
    let media = format!("'self' https:{simulator}");
    let policy = format!("{POLICY}; img-src {media}; media-src {media}");
    let files = ServeDir::new(folder).fallback(axum::routing::any(nothing_here));
    let mut router = Router::new()
        .fallback_service(files)
        .layer(from_fn(only_reads))
        .layer(CompressionLayer::new())
        .layer(always(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ))
        .layer(always(
            header::REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        ));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        router = router.layer(always(header::CONTENT_SECURITY_POLICY, policy));
    }
    router
}

fn always(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, value)
}

/// A wrong method is a wrong address, here as everywhere, and so is a name that no file can have.
async fn only_reads(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    // What begins with a dot is for whoever made the page.
    let hidden = path.contains("/.") && !path.starts_with("/.well-known/");
    // From `//folder` the redirect to `//folder/` would lead to a host of that name.
    if !reads || hidden || path.starts_with("//") {
        return Failure::not_found().into_response();
    }
    let response = next.run(request).await;
    match response.status().is_server_error() {
        true => Failure::not_found().into_response(),
        false => response,
    }
}
