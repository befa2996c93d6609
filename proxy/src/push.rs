use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Wakes those who watch a document; how it stands they read from the store.
///
/// A watcher that is slow misses wakes, never the last one: it slows nobody down.
#[derive(Debug, Default)]
pub(crate) struct Push(Mutex<HashMap<String, watch::Sender<()>>>);

impl Push {
    /// Whoever subscribes first and reads then misses nothing.
    pub(crate) fn subscribe(&self, key: &str) -> watch::Receiver<()> {
        let mut watched = self.watched();
        match watched.get(key) {
            Some(watchers) => watchers.subscribe(),
            None => watched.entry(key.to_owned()).or_default().subscribe(),
        }
    }

    /// The document has changed.
    pub(crate) fn wake(&self, key: &str) {
        let mut watched = self.watched();
        if watched
            .get(key)
            .is_some_and(|watchers| watchers.send(()).is_err())
        {
            // Nobody is left who would hear.
            watched.remove(key);
        }
    }

    /// Any document may have changed.
    pub(crate) fn wake_all(&self) {
        self.watched()
            .retain(|_, watchers| watchers.send(()).is_ok());
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
