//! One contract for every storage: memory, SQLite, and a real Redis that the tests start.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contract;
mod redis;
#[path = "../servers/redis.rs"]
mod server;
mod sqlite;

use std::path::PathBuf;

use bytes::Bytes;
use konpro_job::Instant;
use konpro_proxy::storage::{Change, Check, Commit, Storage};

const NOW: Instant = Instant::from_millis(1_800_000_000_000);

fn put(key: &str, value: impl Into<Bytes>) -> Change {
    expiring(key, value, None)
}

fn expiring(key: &str, value: impl Into<Bytes>, expires: Option<Instant>) -> Change {
    Change::Put {
        key: key.to_owned(),
        value: value.into(),
        expires,
    }
}

fn check(key: &str, value: Option<&str>) -> Check {
    Check {
        key: key.to_owned(),
        value: value.map(|value| Bytes::from(value.to_owned())),
    }
}

fn changes(changes: Vec<Change>) -> Commit {
    Commit {
        changes,
        ..Commit::default()
    }
}

async fn read(storage: &Storage, key: &str) -> Option<Bytes> {
    let read = storage.read(&[key.to_owned()], NOW).await.unwrap();
    read.into_iter().next().unwrap()
}

async fn commit(storage: &Storage, commit: Commit) -> bool {
    storage.commit(commit, NOW).await.unwrap()
}

/// A folder of the test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("storage-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
