//! A real Redis, and what only it does: going away, coming back, being shared.

use std::process::Command;

use konpro_proxy::storage::{News, Storage};

use super::server::Server;
use super::{changes, commit, folder, put, read};

pub(super) async fn start(name: &str) -> Server {
    Server::start(folder(&format!("redis-{name}"))).await
}

/// Whose news are heard already.
pub(super) async fn storage(server: &Server) -> Storage {
    let storage = Storage::redis(&server.url()).unwrap();
    let mut news = storage.listen();
    while news.recv().await.unwrap() != News::Missed {}
    storage
}

#[tokio::test]
async fn it_goes_away_and_comes_back_and_has_lost_nothing() {
    let mut server = start("away").await;
    let storage = storage(&server).await;
    let mut news = storage.listen();
    assert!(commit(&storage, changes(vec![put("a", "1")])).await);
    server.stop();
    let gone = storage.read(&["a".to_owned()], super::NOW).await;
    assert!(gone.is_err(), "{gone:?}");
    assert!(storage.members("set").await.is_err());
    server.come_back().await;
    while storage.read(&["a".to_owned()], super::NOW).await.is_err() {}
    assert_eq!(read(&storage, "a").await.as_deref(), Some(&b"1"[..]));
    assert!(commit(&storage, changes(vec![put("b", "2")])).await);
    // Whoever listens knows that something may have been missed.
    while news.recv().await.unwrap() != News::Missed {}
}

#[tokio::test]
async fn a_storage_may_be_opened_before_redis_is_there() {
    let mut server = start("late").await;
    server.stop();
    let storage = Storage::redis(&server.url()).unwrap();
    assert!(storage.members("set").await.is_err());
    server.come_back().await;
    while storage.members("set").await.is_err() {}
    assert!(commit(&storage, changes(vec![put("a", "1")])).await);
}

#[tokio::test]
async fn what_one_process_writes_the_other_reads_and_hears_of() {
    let server = start("shared").await;
    let (one, other) = (storage(&server).await, storage(&server).await);
    let mut news = other.listen();
    let mut told = changes(vec![put("a", "1")]);
    told.news.push("a".to_owned());
    assert!(commit(&one, told).await);
    assert_eq!(news.recv().await.unwrap(), News::Told("a".to_owned()));
    assert_eq!(read(&other, "a").await.as_deref(), Some(&b"1"[..]));
    assert!(!one.is_exclusive());
}

#[tokio::test]
async fn all_keys_stand_under_one_prefix_and_the_password_is_not_shown() {
    let server = start("prefix").await;
    let storage = storage(&server).await;
    assert!(commit(&storage, changes(vec![put("a", "1")])).await);
    let keys = Command::new("redis-cli")
        .args(["-p", &server.port.to_string(), "keys", "*"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(keys.stdout).unwrap().trim(), "{konpro}:a");
    let hidden = Storage::redis("redis://:a-password@127.0.0.1:1/0").unwrap();
    assert!(!format!("{hidden:?}").contains("a-password"));
    let error = hidden.members("set").await.unwrap_err();
    assert!(!error.to_string().contains("a-password"), "{error}");
    let wrong = Storage::redis("redis://:a-password@host:port").unwrap_err();
    let said = format!("{wrong:#}");
    assert!(
        said.contains("KONPRO_PROXY_STORE") && !said.contains("a-password"),
        "{said}"
    );
}
