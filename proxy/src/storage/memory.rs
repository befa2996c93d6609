use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use konpro_job::Instant;
use tokio::sync::broadcast;

use super::{Change, Commit, News};

/// News that a slow listener may be behind by.
const BACKLOG: usize = 1024;

/// Documents in this process: quick, and gone with it.
#[derive(Clone, Debug)]
pub struct Memory {
    contents: Arc<Mutex<Contents>>,
    news: broadcast::Sender<News>,
    shared: bool,
}

#[derive(Debug, Default)]
struct Contents {
    documents: HashMap<String, (Bytes, Option<Instant>)>,
    sets: BTreeMap<String, BTreeSet<String>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            contents: Arc::default(),
            news: broadcast::Sender::new(BACKLOG),
            shared: false,
        }
    }
}

impl Memory {
    /// Several proxies in this process, as several processes share a Redis. For tests.
    pub fn shared() -> Self {
        Self {
            shared: true,
            ..Self::default()
        }
    }

    pub(super) fn read(&self, keys: &[String], now: Instant) -> Vec<Option<Bytes>> {
        let contents = self.contents();
        keys.iter().map(|key| contents.read(key, now)).collect()
    }

    pub(super) fn commit(&self, commit: Commit, now: Instant) -> bool {
        let mut contents = self.contents();
        let mut checks = commit.checks.iter();
        if !checks.all(|check| contents.read(&check.key, now) == check.value) {
            return false;
        }
        for change in commit.changes {
            contents.apply(change);
        }
        drop(contents);
        self.tell(commit.news);
        true
    }

    pub(super) fn members(&self, set: &str) -> Vec<String> {
        let contents = self.contents();
        contents
            .sets
            .get(set)
            .map_or_else(Vec::new, |set| set.iter().cloned().collect())
    }

    pub(super) fn tell(&self, news: Vec<String>) {
        for told in news {
            // Nobody may be listening.
            let _ = self.news.send(News::Told(told));
        }
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    pub(super) fn is_exclusive(&self) -> bool {
        !self.shared
    }

    pub(super) fn purge(&self, now: Instant) {
        let mut contents = self.contents();
        contents
            .documents
            .retain(|_, (_, expires)| expires.is_none_or(|at| now < at));
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn read(&self, key: &str, now: Instant) -> Option<Bytes> {
        let (value, expires) = self.documents.get(key)?;
        expires.is_none_or(|at| now < at).then(|| value.clone())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Put {
                key,
                value,
                expires,
            } => {
                self.documents.insert(key, (value, expires));
            }
            Change::Delete { key } => {
                self.documents.remove(&key);
            }
            Change::Insert { set, member } => {
                self.sets.entry(set).or_default().insert(member);
            }
            Change::Remove { set, member } => {
                if let Some(members) = self.sets.get_mut(&set) {
                    members.remove(&member);
                }
            }
        }
    }
}
