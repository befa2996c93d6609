//! `konpro-proxy doctor`, before set-ups that are wrong in the ways in which set-ups are.

mod mistakes;

use std::path::PathBuf;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use tokio::net::TcpListener;

use self::mistakes::MISTAKES;
use crate::program::konpro;
use crate::support::KEY;
use crate::support::leaks::assert_hidden;
use crate::support::program::{Program, command, told};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a-file"), "").unwrap();
    folder
}

/// The exit code, and what it says of a set-up that is right but for these settings.
async fn examined(environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let (_simulator, url) = konpro().await;
    let mut all = vec![("KONPRO_API_KEY", KEY), ("KONPRO_API_URL", url.as_str())];
    all.retain(|(name, _)| !environment.iter().any(|(other, _)| other == name));
    all.extend(environment);
    let output = command(&["doctor"], &all).output().await.unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_hidden(KEY, said.as_bytes());
    (output.status.code(), said)
}

async fn serving(site: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, site).await });
    url
}

/// Something that is no KonPro and no proxy of ours.
async fn website() -> String {
    serving(Router::new().fallback(get(|| async { "<html>Welcome</html>" }))).await
}

const NO_AVATARS: &str =
    r#"{"avatars": [], "pagination": {"page": 1, "limit": 1, "total": 0, "total_pages": 0}}"#;

/// A KonPro to whom it is another day.
async fn late() -> String {
    let date = [("date", "Tue, 24 Nov 2020 12:00:00 GMT")];
    serving(Router::new().fallback(get(move || async move { (date, NO_AVATARS) }))).await
}

#[tokio::test]
async fn each_mistake_is_found_with_what_to_mend() {
    let folder = folder("mistakes").display().to_string();
    let (site, late) = (website().await, late().await);
    for (settings, found, mend) in MISTAKES {
        let filled: Vec<_> = settings
            .iter()
            .map(|(name, value)| {
                let value = value.replace("FOLDER", &folder);
                let value = value.replace("SITE", &site).replace("LATE", &late);
                (*name, value)
            })
            .collect();
        let environment: Vec<_> = filled.iter().map(|(name, it)| (*name, &**it)).collect();
        let (code, said) = examined(&environment).await;
        assert_eq!(code, Some(1), "{environment:?}: {said}");
        assert!(said.contains("WRONG"), "{environment:?}: {said}");
        for words in [found, mend] {
            assert!(
                said.contains(words),
                "{environment:?}: `{words}` is missing in:\n{said}"
            );
        }
    }
}

#[tokio::test]
async fn a_set_up_without_mistakes_is_fine() {
    let (code, said) = examined(&[("KONPRO_PROXY_ORIGINS", "")]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("knows the key (this took one request)") && said.contains("Nothing is wrong"),
        "{said}"
    );
}

#[tokio::test]
async fn settings_that_cannot_be_used_hide_nothing_and_are_not_repeated_when_secret() {
    let (code, said) = examined(&[
        ("KONPRO_PROXY_SECRET", "too-short-a-secret"),
        ("KONPRO_PROXY_STORE", "postgres://user:a-password@db"),
        ("KONPRO_PROXY_ORIGINS", "https://www.example.com/shop"),
        ("KONPRO_PROXY_CREDITS", "hour"),
        ("KONPRO_RATE_PER_DAY", "2"),
    ])
    .await;
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "WRONG   KONPRO_PROXY_SECRET: one secret of 32 characters",
        "WRONG   KONPRO_PROXY_STORE: it must be sqlite:FILE",
        "remove `/shop`",
        "WRONG   KONPRO_PROXY_CREDITS: ",
        "make no video",
        "knows the key",
        "To mend: 5",
    ] {
        assert!(said.contains(words), "`{words}` is missing in:\n{said}");
    }
    assert_hidden("too-short-a-secret", said.as_bytes());
    assert_hidden("a-password", said.as_bytes());
    assert!(!said.contains("the store can be read"), "{said}");
}

#[tokio::test]
async fn a_redirect_costs_a_second_request_and_that_is_said() {
    let moved = || async { Redirect::temporary("/v1/avatars/") };
    let url = serving(
        Router::new()
            .route("/v1/avatars", get(moved))
            .route("/v1/avatars/", get(|| async { NO_AVATARS })),
    )
    .await;
    let (code, said) = examined(&[("KONPRO_API_URL", &url)]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("this took two requests"), "{said}");
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
async fn whose_secret_is_in_its_memory_alone_is_not_called_a_stranger() {
    let (_simulator, url) = konpro().await;
    let environment = [("KONPRO_API_KEY", KEY), ("KONPRO_API_URL", url.as_str())];
    let program = Program::start(&[], &environment).await;
    let public = format!("http://{}", program.address);
    let mut environment = environment.to_vec();
    environment.push(("KONPRO_PROXY_PUBLIC_URL", &public));
    let (content, said) = told(&["doctor"], &environment).await;
    assert!(content && said.contains("cannot be told"), "{said}");
}

#[tokio::test]
async fn the_demo_has_nothing_to_be_examined() {
    let (content, said) = told(&["--demo", "doctor"], &[]).await;
    assert!(
        !content && said.contains("start it without --demo"),
        "{said}"
    );
    assert!(!said.contains("key is missing"), "{said}");
}
