//! What the proxy knows, as documents in a [`Storage`]: jobs, tickets, keys, lists.
//!
//! Any proxy may change any job, at one stroke each: whoever was overtaken reads again and thinks
//! again. Documents that were read are kept until somebody changes them.

mod cache;
mod claims;
mod jobs;
mod keys;
mod lead;
mod settlements;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use konpro_job::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::push::{Changes, Push};
use crate::randomness::Randomness;
use crate::storage::{Change, Check, Commit, News, Storage, StorageError};

use cache::{Cache, Kept, Value};
pub(crate) use claims::{Claim, Key, Limits, Order, Spending};
pub(crate) use jobs::{Extra, Queue, Queued, Ticket};
pub(crate) use keys::{ESTIMATES, JobId, LEDGER, List};
pub(crate) use lead::LEASE;
pub(crate) use settlements::{Doubtful, Settlement, Verdict};

/// All that the proxies on one storage know together.
pub(crate) struct Store {
    storage: Storage,
    clock: Clock,
    randomness: Randomness,
    pub(crate) keep: Duration,
    metrics: Metrics,
    /// Names this process among those on the same storage.
    own: String,
    heard: Arc<Heard>,
    listening: JoinHandle<()>,
}

/// What this process hears from itself and the others.
struct Heard {
    cache: Cache,
    push: Push,
    events: broadcast::Sender<Event>,
    /// What its own commits touched of which nobody knows whether they were made: they may be later.
    uncertain: Mutex<HashSet<String>>,
}

/// What the tracker needs to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A job was made or changed.
    Job(JobId),
    /// Somebody waits for a list.
    Wanted(List),
    /// Anything may have happened.
    Missed,
}

/// A document, and the bytes that it was read from.
pub(crate) struct Loaded<T> {
    pub(crate) value: Arc<T>,
    bytes: Bytes,
}

/// Events that the tracker may be behind by.
const BACKLOG: usize = 4096;
/// With more of them, anything may have changed.
const MOST_UNCERTAIN: usize = 10_000;
/// How often one who was overtaken thinks again.
const ATTEMPTS: usize = 200;

impl Store {
    /// Needs a tokio runtime: listens to the other processes on the same storage until dropped.
    pub(crate) fn new(
        storage: Storage,
        clock: Clock,
        randomness: Randomness,
        keep: Duration,
        metrics: Metrics,
    ) -> Self {
        let heard = Arc::new(Heard {
            cache: Cache::default(),
            push: Push::default(),
            events: broadcast::Sender::new(BACKLOG),
            uncertain: Mutex::default(),
        });
        let own = format!("{:016x}", u64::from_be_bytes(randomness.bytes()));
        let news = storage.listen();
        let listening = tokio::spawn(listen(news, own.clone(), Arc::clone(&heard)));
        Self {
            storage,
            clock,
            randomness,
            keep,
            metrics,
            own,
            heard,
            listening,
        }
    }

    /// Wakes at each change of a job. Whoever subscribes first and reads then misses nothing.
    pub(crate) fn subscribe(&self, job: JobId) -> Changes {
        self.heard.push.subscribe(&job.key())
    }

    /// Whoever waits for a change of the job looks again.
    pub(crate) fn wake(&self, job: JobId) {
        self.heard.push.wake(&job.key());
    }

    /// Wakes at each change of the queue.
    pub(crate) fn subscribe_to_queue(&self) -> Changes {
        self.heard.push.subscribe(keys::QUEUE)
    }

    /// Wakes at each change of a list.
    pub(crate) fn subscribe_to_list(&self, list: List) -> Changes {
        self.heard.push.subscribe(list.key())
    }

    /// What the tracker needs to know of, from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.heard.events.subscribe()
    }

    /// Asks whoever leads to fetch a list.
    pub(crate) async fn want(&self, list: List) -> Result<(), StorageError> {
        let _ = self.heard.events.send(Event::Wanted(list));
        match self.storage.is_exclusive() {
            true => Ok(()),
            false => {
                let wish = vec![self.signed(&list.wish())];
                self.measured(self.storage.tell(wish)).await
            }
        }
    }

    /// Whether the storage answers.
    pub(crate) async fn check(&self) -> Result<(), StorageError> {
        self.read(keys::SECRET).await.map(|_| ())
    }

    /// Frees the room of what has expired.
    pub(crate) async fn purge(&self) -> Result<(), StorageError> {
        self.measured(self.storage.purge(self.clock.now())).await
    }

    /// A secret of this storage's own, made by the first who asks.
    pub(crate) async fn secret(&self) -> Result<String, StorageError> {
        for _ in 0..ATTEMPTS {
            if let Some(known) = self.load::<String>(keys::SECRET).await? {
                return Ok(known.value.as_ref().clone());
            }
            let bytes = self.randomness.bytes::<32>();
            let made = bytes.map(|byte| format!("{byte:02x}")).concat();
            let put = put(keys::SECRET.to_owned(), &made, None)?;
            self.commit(vec![absent(keys::SECRET.to_owned())], vec![put])
                .await?;
        }
        Err(overtaken())
    }

    pub(crate) async fn load<T>(&self, key: &str) -> Result<Option<Loaded<T>>, StorageError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        if let Some((bytes, value)) = self.heard.cache.get(key) {
            return Ok(Some(Loaded { value, bytes }));
        }
        let generation = self.heard.cache.generation();
        let Some(bytes) = self.read(key).await? else {
            return Ok(None);
        };
        let value: Arc<T> = Arc::new(parse(key, &bytes)?);
        let kept = Arc::clone(&value);
        self.heard.cache.keep(generation, key, bytes.clone(), kept);
        Ok(Some(Loaded { value, bytes }))
    }

    /// A document as it is in the storage.
    async fn read(&self, key: &str) -> Result<Option<Bytes>, StorageError> {
        let key = [key.to_owned()];
        let read = self.storage.read(&key, self.clock.now());
        Ok(self.measured(read).await?.into_iter().next().flatten())
    }

    /// All names in a set.
    async fn members(&self, set: &str) -> Result<Vec<String>, StorageError> {
        self.measured(self.storage.members(set)).await
    }

    async fn measured<T>(
        &self,
        asking: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let asked = tokio::time::Instant::now();
        let answer = asking.await;
        self.metrics.store_answered(asked.elapsed(), answer.is_ok());
        answer
    }

    /// Writes a document that only this process writes as long as it leads.
    pub(crate) async fn save<T: Serialize>(
        &self,
        key: &str,
        value: &T,
    ) -> Result<bool, StorageError> {
        let put = put(key.to_owned(), value, None)?;
        self.commit(self.fence(), vec![put]).await
    }

    /// Makes changes, and tells of them.
    async fn commit(&self, checks: Vec<Check>, changes: Vec<Change>) -> Result<bool, StorageError> {
        self.commit_known(checks, changes, None).await
    }

    /// The same, where one of the documents is known as what it says: it need not be read again.
    async fn commit_known(
        &self,
        checks: Vec<Check>,
        changes: Vec<Change>,
        known: Option<(String, Value)>,
    ) -> Result<bool, StorageError> {
        let generation = self.heard.cache.generation();
        let touched: Vec<(String, Option<Kept>)> = changes
            .iter()
            .filter_map(|change| touched(change, known.as_ref()))
            .collect();
        let news = match self.storage.is_exclusive() {
            true => Vec::new(),
            false => touched.iter().map(|(key, _)| self.signed(key)).collect(),
        };
        let commit = Commit {
            checks,
            changes,
            news,
        };
        let (storage, metrics, heard) = (
            self.storage.clone(),
            self.metrics.clone(),
            Arc::clone(&self.heard),
        );
        let now = self.clock.now();
        let others = !self.storage.is_exclusive();
        let making = async move {
            let asked = tokio::time::Instant::now();
            let made = storage.commit(commit, now).await;
            metrics.store_answered(asked.elapsed(), made.is_ok());
            if made.is_err() && others {
                heard.note_uncertain(&touched);
            }
            let is_known = matches!(made, Ok(true));
            let now = |(key, kept): &(String, Option<Kept>)| {
                (key.clone(), kept.clone().filter(|_| is_known))
            };
            heard.cache.changed(generation, touched.iter().map(now));
            // After an error nobody knows what was changed: whoever watches looks again.
            if !matches!(made, Ok(false)) {
                touched.iter().for_each(|(key, _)| heard.tell(key));
            }
            made
        };
        if self.storage.is_immediate() {
            return making.await;
        }
        // What is committed is told, too, even if whoever asked is gone by then.
        let made = tokio::spawn(making).await;
        made.unwrap_or_else(|_| Err(StorageError("the process is ending".to_owned())))
    }

    /// Nothing that was read before is believed any more.
    pub(crate) fn reread(&self) {
        self.heard.cache.clear();
    }

    fn signed(&self, news: &str) -> String {
        format!("{} {news}", self.own)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Heard {
    fn note_uncertain(&self, touched: &[(String, Option<Kept>)]) {
        let mut uncertain = self.uncertain();
        if uncertain.len() < MOST_UNCERTAIN {
            return uncertain.extend(touched.iter().map(|(key, _)| key.clone()));
        }
        drop(uncertain);
        self.anything_changed();
    }

    fn uncertain(&self) -> MutexGuard<'_, HashSet<String>> {
        self.uncertain
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, key: &str) {
        self.cache.forget(key);
        self.tell(key);
    }

    fn tell(&self, key: &str) {
        self.push.wake(key);
        if let Some(job) = JobId::of(key) {
            // Without a tracker nobody listens.
            let _ = self.events.send(Event::Job(job));
        }
    }

    fn anything_changed(&self) {
        self.uncertain().clear();
        self.cache.clear();
        self.push.wake_all();
        let _ = self.events.send(Event::Missed);
    }
}

async fn listen(mut news: broadcast::Receiver<News>, own: String, heard: Arc<Heard>) {
    loop {
        match news.recv().await {
            Ok(News::Told(told)) => match told.split_once(' ') {
                Some((from, key)) if from == own && !heard.uncertain().remove(key) => {}
                Some((_, key)) => match List::wished(key) {
                    Some(list) => drop(heard.events.send(Event::Wanted(list))),
                    None => heard.changed(key),
                },
                None => {}
            },
            Ok(News::Missed) | Err(RecvError::Lagged(_)) => heard.anything_changed(),
            Err(RecvError::Closed) => return,
        }
    }
}

/// The document that a change is of, and what it is then if that is `known`.
fn touched(change: &Change, known: Option<&(String, Value)>) -> Option<(String, Option<Kept>)> {
    match change {
        Change::Put { key, value, .. } => {
            let known = known.filter(|(known, _)| known == key);
            let kept = known.map(|(_, known)| (value.clone(), Arc::clone(known)));
            Some((key.clone(), kept))
        }
        Change::Delete { key } => Some((key.clone(), None)),
        Change::Insert { .. } | Change::Remove { .. } => None,
    }
}

/// The change that writes a document.
pub(crate) fn put<T: Serialize>(
    key: String,
    value: &T,
    expires: Option<Instant>,
) -> Result<Change, StorageError> {
    let value = serde_json::to_vec(value).map_err(|error| StorageError(error.to_string()))?;
    Ok(Change::Put {
        key,
        value: value.into(),
        expires,
    })
}

fn parse<T: DeserializeOwned>(key: &str, bytes: &Bytes) -> Result<T, StorageError> {
    let kind = key.split(':').next().unwrap_or_default();
    serde_json::from_slice(bytes)
        .map_err(|error| StorageError(format!("a document of kind `{kind}` is damaged: {error}")))
}

fn absent(key: String) -> Check {
    Check { key, value: None }
}

fn overtaken() -> StorageError {
    StorageError("others changed the same documents all the time".to_owned())
}
