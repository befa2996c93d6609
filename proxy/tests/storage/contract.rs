//! What every storage promises.

use std::time::Duration;

use bytes::Bytes;
use konpro_proxy::storage::{Change, Commit, News, Storage};
use tokio::task::JoinSet;

use super::{NOW, changes, check, commit, expiring, folder, put, read};

/// Runs one of them over every storage.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Storage::memory()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let file = super::folder(stringify!($name)).join("konpro.db");
                super::$name(&super::Storage::sqlite(&file).unwrap()).await;
            })*
        }
        mod redis {
            use crate::redis::{start, storage};

            $(#[tokio::test]
            async fn $name() {
                let server = start(stringify!($name)).await;
                super::$name(&storage(&server).await).await;
            })*
        }
    };
}

promises!(
    what_is_written_is_read,
    a_commit_is_made_whole_or_not_at_all,
    checks_are_byte_for_byte,
    what_has_expired_is_not_there,
    sets_are_sorted_and_hold_each_name_once,
    odd_keys_and_large_values_are_kept_as_they_are,
    who_was_overtaken_is_told,
    news_are_told_once_for_each_commit_that_was_made,
    erasing_what_has_expired_erases_nothing_else,
);

async fn what_is_written_is_read(storage: &Storage) {
    assert_eq!(read(storage, "a").await, None);
    assert!(commit(storage, changes(vec![put("a", "1"), put("b", "2")])).await);
    assert_eq!(read(storage, "a").await.as_deref(), Some(&b"1"[..]));
    let keys = ["b", "none", "a"].map(str::to_owned);
    let all = storage.read(&keys, NOW).await.unwrap();
    assert_eq!(all, [Some(Bytes::from("2")), None, Some(Bytes::from("1"))]);
    let delete = Change::Delete {
        key: "a".to_owned(),
    };
    assert!(commit(storage, changes(vec![delete.clone(), put("b", "3")])).await);
    assert_eq!(read(storage, "a").await, None);
    assert_eq!(read(storage, "b").await.as_deref(), Some(&b"3"[..]));
    assert!(commit(storage, changes(vec![delete])).await, "it was gone");
}

async fn a_commit_is_made_whole_or_not_at_all(storage: &Storage) {
    assert!(commit(storage, changes(vec![put("a", "1")])).await);
    let insert = Change::Insert {
        set: "set".to_owned(),
        member: "m".to_owned(),
    };
    let refused = Commit {
        checks: vec![check("a", Some("1")), check("b", Some("1"))],
        changes: vec![put("a", "2"), insert, put("c", "2")],
        news: Vec::new(),
    };
    assert!(!commit(storage, refused).await);
    assert_eq!(read(storage, "a").await.as_deref(), Some(&b"1"[..]));
    assert_eq!(read(storage, "c").await, None);
    assert!(storage.members("set").await.unwrap().is_empty());
}

async fn checks_are_byte_for_byte(storage: &Storage) {
    let checked = |key: &str, value: Option<&str>| Commit {
        checks: vec![check(key, value)],
        changes: vec![put("seen", "yes")],
        news: Vec::new(),
    };
    assert!(commit(storage, checked("a", None)).await);
    assert!(!commit(storage, checked("a", Some(""))).await);
    assert!(commit(storage, changes(vec![put("a", "1")])).await);
    assert!(!commit(storage, checked("a", None)).await);
    assert!(!commit(storage, checked("a", Some("1 "))).await);
    assert!(commit(storage, checked("a", Some("1"))).await);
    assert!(commit(storage, changes(vec![put("empty", "")])).await);
    assert!(!commit(storage, checked("empty", None)).await);
    assert!(commit(storage, checked("empty", Some(""))).await);
}

async fn what_has_expired_is_not_there(storage: &Storage) {
    let (soon, past) = (NOW.after(Duration::from_secs(600)), NOW);
    let written = vec![
        expiring("soon", "1", Some(soon)),
        expiring("past", "1", Some(past)),
        expiring("renewed", "1", Some(past)),
        put("renewed", "2"),
    ];
    assert!(commit(storage, changes(written)).await);
    assert!(read(storage, "soon").await.is_some());
    assert_eq!(
        read(storage, "past").await,
        None,
        "it expires at that very moment"
    );
    assert!(read(storage, "renewed").await.is_some());
    let again = Commit {
        checks: vec![check("past", None)],
        changes: vec![put("past", "2")],
        news: Vec::new(),
    };
    assert!(
        commit(storage, again).await,
        "what has expired is absent to checks, too"
    );
}

async fn sets_are_sorted_and_hold_each_name_once(storage: &Storage) {
    let insert = |member: &str| Change::Insert {
        set: "set".to_owned(),
        member: member.to_owned(),
    };
    let remove = |member: &str| Change::Remove {
        set: "set".to_owned(),
        member: member.to_owned(),
    };
    let all = ["b", "a", "c", "a"].map(insert).to_vec();
    assert!(commit(storage, changes(all)).await);
    assert_eq!(storage.members("set").await.unwrap(), ["a", "b", "c"]);
    assert!(commit(storage, changes(vec![remove("b"), remove("none")])).await);
    assert_eq!(storage.members("set").await.unwrap(), ["a", "c"]);
    assert!(storage.members("other").await.unwrap().is_empty());
}

async fn odd_keys_and_large_values_are_kept_as_they_are(storage: &Storage) {
    let binary: Vec<u8> = (0..=255).collect();
    let large = vec![7u8; 1024 * 1024];
    for key in [
        "key:a b",
        "key:{x}*?[]",
        "key:\u{5d0}\u{1f600}",
        "key:'; --",
        "key:\n",
    ] {
        assert!(commit(storage, changes(vec![put(key, binary.clone())])).await);
        assert_eq!(
            read(storage, key).await.as_deref(),
            Some(&binary[..]),
            "{key}"
        );
    }
    assert!(commit(storage, changes(vec![put("large", large.clone())])).await);
    assert_eq!(read(storage, "large").await.unwrap(), large);
}

async fn who_was_overtaken_is_told(storage: &Storage) {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let storage = storage.clone();
        tasks.spawn(async move {
            let mut counted = 0;
            while counted < 20 {
                let before = read(&storage, "count").await;
                let text = before.as_deref().map(|text| str::from_utf8(text).unwrap());
                let number: u32 = text.map_or(0, |text| text.parse().unwrap());
                let attempt = Commit {
                    checks: vec![check("count", text)],
                    changes: vec![put("count", (number + 1).to_string())],
                    news: Vec::new(),
                };
                counted += u32::from(commit(&storage, attempt).await);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(read(storage, "count").await.as_deref(), Some(&b"320"[..]));
}

async fn news_are_told_once_for_each_commit_that_was_made(storage: &Storage) {
    let mut news = storage.listen();
    let telling = |word: &str, found: Option<&str>| Commit {
        checks: vec![check("a", found)],
        changes: vec![put("a", "1")],
        news: vec![format!("{word} 1"), format!("{word} 2")],
    };
    assert!(commit(storage, telling("first", None)).await);
    assert!(!commit(storage, telling("second", None)).await);
    storage.tell(vec!["third".to_owned()]).await.unwrap();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != "third") {
        match news.recv().await.unwrap() {
            News::Told(told) => heard.push(told),
            News::Missed => {}
        }
    }
    assert_eq!(heard, ["first 1", "first 2", "third"]);
}

async fn erasing_what_has_expired_erases_nothing_else(storage: &Storage) {
    let later = NOW.after(Duration::from_secs(600));
    let written = vec![
        expiring("old", "1", Some(NOW)),
        expiring("new", "1", Some(later)),
        put("ever", "1"),
    ];
    assert!(commit(storage, changes(written)).await);
    storage.purge(NOW).await.unwrap();
    assert_eq!(read(storage, "old").await, None);
    assert!(read(storage, "new").await.is_some() && read(storage, "ever").await.is_some());
}
