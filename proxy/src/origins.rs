//! Which pages may use the proxy.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use konpro_api::code;
use url::{Host, Position, Url};

use crate::failure::Failure;

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");
const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, Cache-Control");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("Retry-After, ETag, X-Request-Id");
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// The pages that may use the proxy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// The origin of `KONPRO_PROXY_PUBLIC_URL`.
    pub(crate) own: Option<String>,
    /// `KONPRO_PROXY_ORIGINS`.
    pub(crate) listed: Vec<String>,
}

impl Origins {
    /// Whether a page from `origin` may use the proxy that it calls `host`.
    pub(crate) fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        if self.listed.iter().any(|listed| listed == origin) {
            return true;
        }
        match &self.own {
            Some(own) => own == origin,
            None => host.is_some_and(|host| is_same_on_loopback(origin, host)),
        }
    }

    /// Lets allowed pages read the answer, and foreign ones change nothing. Where there is nothing no
    /// page is told that it may ask.
    pub(crate) async fn guard(&self, request: Request, next: Next, is_there: bool) -> Response {
        let headers = request.headers();
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next().cloned() else {
            return vary(next.run(request).await);
        };
        // No browser names two.
        let only = origins.next().is_none();
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let named = origin.to_str().is_ok_and(|origin| self.allow(origin, host));
        let allowed = named && only;
        let is_preflight = is_there
            && request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let changes = matches!(*request.method(), Method::POST | Method::DELETE);
        if !allowed && (changes || is_preflight) {
            return vary(refuse(&origin).into_response());
        }
        let mut response = match is_preflight {
            true => StatusCode::NO_CONTENT.into_response(),
            false => next.run(request).await,
        };
        if allowed {
            give_leave(response.headers_mut(), origin, is_preflight);
        }
        vary(response)
    }
}

/// Reads one origin of `KONPRO_PROXY_ORIGINS`, and says what is wrong with any other text.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == "null" {
        return Ok(text.to_owned());
    }
    let wrong = |why: &str| format!("`{text}` is no origin: {why}, as in https://www.example.com");
    if text.contains('*') {
        return Err(wrong("pages must be named one by one"));
    }
    let url = Url::parse(text).map_err(|_| wrong("scheme and host are needed"))?;
    let origin = url.origin();
    if !origin.is_tuple() || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it begins with https:// or http://"));
    }
    let rest = &url[Position::BeforePath..];
    if rest != "/" {
        return Err(wrong(&format!("remove `{rest}`")));
    }
    Ok(origin.ascii_serialization())
}

/// Without a public address nobody but this computer's own pages is at home here.
fn is_same_on_loopback(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    let Ok(host) = host.parse::<Authority>() else {
        return false;
    };
    let loopback = match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    loopback
        && origin.host_str().is_some_and(|name| name == host.host())
        && origin.port_or_known_default() == host.port_u16().or(Some(80))
}

fn refuse(origin: &HeaderValue) -> Failure {
    let origin: String = String::from_utf8_lossy(origin.as_bytes())
        .chars()
        .take(200)
        .collect();
    let message = format!(
        "The origin {origin} may not use this proxy. Its operator allows it by adding the origin \
         to KONPRO_PROXY_ORIGINS."
    );
    Failure::new(StatusCode::FORBIDDEN, code::ORIGIN_NOT_ALLOWED, message)
}

fn give_leave(headers: &mut HeaderMap, origin: HeaderValue, is_preflight: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    }
}

fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("Origin"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_origin_without_a_public_address_is_for_loopback_alone() {
        let origins = Origins::default();
        assert!(origins.allow("http://127.0.0.1:8787", Some("127.0.0.1:8787")));
        assert!(origins.allow("http://localhost:8787", Some("localhost:8787")));
        assert!(origins.allow("http://[::1]:8787", Some("[::1]:8787")));
        assert!(!origins.allow("http://127.0.0.1:8080", Some("127.0.0.1:8787")));
        assert!(!origins.allow("http://evil.example:8787", Some("evil.example:8787")));
        assert!(!origins.allow(
            "http://localhost.evil.example",
            Some("localhost.evil.example")
        ));
        assert!(!origins.allow("null", Some("127.0.0.1:8787")));
    }

    #[test]
    fn a_public_address_is_the_only_own_origin() {
        let own = Some("https://video.example.com".to_owned());
        let origins = Origins {
            own,
            listed: vec!["null".to_owned()],
        };
        assert!(origins.allow("https://video.example.com", None));
        assert!(origins.allow("null", None));
        assert!(!origins.allow("http://127.0.0.1:8787", Some("127.0.0.1:8787")));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        assert_eq!(
            parse("https://Example.com:443/"),
            Ok("https://example.com".to_owned())
        );
        for wrong in [
            "*",
            "https://*.example.com",
            "example.com",
            "https://example.com/a",
            "file:///a",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
