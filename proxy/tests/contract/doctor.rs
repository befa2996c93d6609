//! `konpro-proxy doctor`, before set-ups that are wrong in the ways in which set-ups are.

use std::path::PathBuf;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::program::konpro;
use crate::support::KEY;
use crate::support::leaks::assert_hidden;
use crate::support::program::{Program, told};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What it says of a set-up that is right but for these settings.
async fn examined(environment: &[(&str, &str)]) -> (bool, String) {
    let (_simulator, url) = konpro().await;
    let mut all = vec![("KONPRO_API_KEY", KEY), ("KONPRO_API_URL", url.as_str())];
    all.retain(|(name, _)| !environment.iter().any(|(other, _)| other == name));
    all.extend(environment.iter().filter(|(_, value)| !value.is_empty()));
    let (content, said) = told(&["doctor"], &all).await;
    assert_hidden(KEY, said.as_bytes());
    (content, said)
}

async fn finds(environment: &[(&str, &str)], found: &str, mend: &str) {
    let (content, said) = examined(environment).await;
    assert!(!content, "{said}");
    for words in [found, mend] {
        assert!(said.contains(words), "`{words}` is missing in:\n{said}");
    }
}

/// Something that is no KonPro and no proxy of ours.
async fn website() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let site = Router::new().fallback(get(|| async { "<html>Welcome</html>" }));
    tokio::spawn(async move { axum::serve(listener, site).await });
    url
}

#[tokio::test]
async fn a_set_up_without_mistakes_is_fine() {
    let (content, said) = examined(&[]).await;
    assert!(content, "{said}");
    assert!(
        said.contains("knows the key") && said.contains("Nothing is wrong."),
        "{said}"
    );
}

#[tokio::test]
async fn a_missing_key() {
    finds(
        &[("KONPRO_API_KEY", "")],
        "KonPro's key is missing",
        "set KONPRO_API_KEY",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_key() {
    let wrong = [("KONPRO_API_KEY", "another-key-than-konpros")];
    finds(&wrong, "KonPro refuses the key", "KONPRO_API_KEY anew").await;
}

#[tokio::test]
async fn an_api_that_cannot_be_reached() {
    let nowhere = [("KONPRO_API_URL", "http://127.0.0.1:9")];
    finds(&nowhere, "cannot be reached", "KONPRO_API_URL").await;
}

#[tokio::test]
async fn an_api_that_is_something_else() {
    let site = website().await;
    finds(
        &[("KONPRO_API_URL", &site)],
        "is not KonPro's API",
        "https://api.konpro.ai",
    )
    .await;
}

#[tokio::test]
async fn a_public_address_at_which_nothing_answers() {
    let public = [("KONPRO_PROXY_PUBLIC_URL", "http://127.0.0.1:9")];
    finds(
        &public,
        "nothing answers at http://127.0.0.1:9",
        "start the proxy",
    )
    .await;
}

#[tokio::test]
async fn a_public_address_that_leads_somewhere_else() {
    let site = website().await;
    let public = [("KONPRO_PROXY_PUBLIC_URL", site.as_str())];
    finds(&public, "not one of this deployment", "/webhooks/konpro/").await;
}

#[tokio::test]
async fn a_public_address_that_is_this_proxys_is_fine_even_while_it_runs() {
    let (_simulator, url) = konpro().await;
    let store = format!("sqlite:{}", folder("running").join("konpro.db").display());
    let environment = [
        ("KONPRO_API_KEY", KEY),
        ("KONPRO_API_URL", url.as_str()),
        ("KONPRO_PROXY_STORE", store.as_str()),
    ];
    let program = Program::start(&[], &environment).await;
    let public = format!("http://{}", program.address);
    let mut environment = environment.to_vec();
    environment.push(("KONPRO_PROXY_PUBLIC_URL", &public));
    let (content, said) = told(&["doctor"], &environment).await;
    assert!(content, "{said}");
    assert!(said.contains("KonPro's webhooks reach it"), "{said}");
    assert!(said.contains("a running proxy has the store"), "{said}");
}

#[tokio::test]
async fn an_origin_with_a_path() {
    let origin = [("KONPRO_PROXY_ORIGINS", "https://www.example.com/shop")];
    finds(&origin, "it has no path", "https://www.example.com").await;
}

#[tokio::test]
async fn nobody_may_use_it() {
    finds(
        &[("KONPRO_PROXY_ADDR", "0.0.0.0:8787")],
        "no page may use this proxy",
        "KONPRO_PROXY_ORIGINS",
    )
    .await;
}

#[tokio::test]
async fn a_store_that_cannot_be_written() {
    let missing = format!("sqlite:{}/missing/konpro.db", folder("store").display());
    let store = [("KONPRO_PROXY_STORE", missing.as_str())];
    finds(&store, "cannot write beside", "name a file in a folder").await;
}

#[tokio::test]
async fn a_redis_that_is_away() {
    let store = [("KONPRO_PROXY_STORE", "redis://:a-password@127.0.0.1:9/0")];
    finds(&store, "the store does not answer", "KONPRO_PROXY_STORE").await;
}

#[tokio::test]
async fn an_archive_that_cannot_be_written() {
    let file = folder("archive").join("a-file");
    std::fs::write(&file, "").unwrap();
    let archive = format!("file://{}/videos", file.display());
    finds(
        &[("KONPRO_PROXY_ARCHIVE", &archive)],
        "KONPRO_PROXY_ARCHIVE",
        "the folder's owner",
    )
    .await;
}

#[tokio::test]
async fn a_misspelt_setting() {
    let misspelt = [(
        "KONPRO_PROXY_SESION_SECRET",
        "the-session-secret-of-32-characters",
    )];
    finds(
        &misspelt,
        "no such setting",
        "did you mean KONPRO_PROXY_SESSION_SECRET",
    )
    .await;
}

#[tokio::test]
async fn limits_under_which_no_video_is_made() {
    finds(
        &[("KONPRO_RATE_PER_DAY", "2")],
        "make no video",
        "100 on the free trial",
    )
    .await;
}

#[tokio::test]
async fn a_server_in_front_that_is_not_trusted() {
    let public = [("KONPRO_PROXY_PUBLIC_URL", "https://video.invalid")];
    finds(
        &public,
        "all visitors count as one",
        "KONPRO_PROXY_TRUSTED_PROXIES=127.0.0.1",
    )
    .await;
}

#[tokio::test]
async fn a_page_folder_without_a_page() {
    let page = folder("page").display().to_string();
    finds(&[("KONPRO_PROXY_PAGE", &page)], "there is no", "index.html").await;
}
