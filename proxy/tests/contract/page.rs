//! The page's files.

use std::fs;
use std::path::{Path, PathBuf};

use axum::Router;
use http::StatusCode;

use crate::support::visitor::{create, empty, get, request, send};
use crate::support::{Stage, settings};

/// A page, and beside it what must stay where it is.
fn folder(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let page = root.join("page");
    fs::create_dir_all(page.join("assets")).unwrap();
    fs::write(root.join("secret.txt"), "secret").unwrap();
    fs::write(
        page.join("index.html"),
        "<!doctype html><title>Page</title>",
    )
    .unwrap();
    fs::write(page.join("konpro-video.js"), "export {};").unwrap();
    fs::write(page.join("konpro-video.wasm"), b"\0asm").unwrap();
    fs::write(page.join("assets/a b.css"), "a{}").unwrap();
    page
}

pub(crate) fn proxy(name: &str) -> (Stage, Router) {
    let stage = Stage::set(|config| config.page = Some(folder(name)));
    let proxy = stage.proxy();
    (stage, proxy)
}

#[tokio::test(start_paused = true)]
async fn the_page_is_at_the_root_and_its_files_beside_it() {
    let (_stage, proxy) = proxy("files");
    for (path, kind) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/?a=b", "text/html"),
        ("/konpro-video.js", "text/javascript"),
        ("/konpro-video.wasm", "application/wasm"),
        ("/assets/a%20b.css", "text/css"),
    ] {
        let answer = get(&proxy, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(
            answer.header("content-type").unwrap().starts_with(kind),
            "{answer:?}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert!(answer.header("content-security-policy").is_some());
        assert!(answer.header("referrer-policy").is_some());
    }
    let js = get(&proxy, "/konpro-video.js").await;
    let modified = js.header("last-modified").unwrap().to_owned();
    let again = request("GET", "/konpro-video.js").header("if-modified-since", modified);
    assert_eq!(
        send(&proxy, empty(again)).await.status,
        StatusCode::NOT_MODIFIED
    );
}

#[tokio::test(start_paused = true)]
async fn the_calls_are_where_they_were() {
    let (_stage, proxy) = proxy("calls");
    create(&proxy, "Hello.").await;
    assert!(get(&proxy, "/v1/avatars").await.json()["avatars"].is_array());
}

#[tokio::test(start_paused = true)]
async fn a_missing_file_is_missing_in_the_contracts_form() {
    let (_stage, proxy) = proxy("missing");
    let long = format!("/{}", "a".repeat(5000));
    for path in [
        "/missing.js",
        "/v1/videos",
        "/assets/",
        "/index.html/",
        "/index.html/a",
        "/%00",
        "/%ff",
        &long,
        "/..%2fsecret.txt",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/./../secret.txt",
    ] {
        let answer = get(&proxy, path).await;
        assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        for path in ["/", "/index.html", "/v1/limits"] {
            let answer = send(&proxy, empty(request(method, path))).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{method} {path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_path_leads_to_another_host() {
    let (_stage, proxy) = proxy("redirects");
    for path in [
        "/assets",
        "//assets",
        "///assets",
        "//evil.example/..",
        "//evil.example/%2e%2e/assets",
    ] {
        let answer = get(&proxy, path).await;
        let target = answer.header("location").unwrap_or("/");
        assert!(
            target.starts_with('/') && !target.starts_with("//"),
            "{path} leads to {target}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn large_files_travel_compressed() {
    let (stage, proxy) = proxy("compressed");
    let page = stage.config.page.as_ref().unwrap();
    fs::write(page.join("large.js"), "export const a = 1;\n".repeat(1000)).unwrap();
    let asked = request("GET", "/large.js").header("accept-encoding", "gzip, br");
    let answer = send(&proxy, empty(asked)).await;
    assert_eq!(answer.header("content-encoding"), Some("br"));
    assert!(answer.body.len() < 1000);
    let varies = answer.headers.get_all("vary").iter();
    assert!(
        varies
            .map(|value| value.to_str().unwrap())
            .any(|value| value.contains("accept-encoding"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_folder_without_a_page_is_refused_by_name() {
    let mut config = settings();
    config.page = Some(folder("no-page").join("assets"));
    let error = konpro_proxy::router(&config).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("KONPRO_PROXY_PAGE: there is no "),
        "{error}"
    );
}
