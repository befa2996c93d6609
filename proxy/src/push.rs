use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::{self, error::RecvError};

/// Wakes those who watch a document; how it stands they read from the store.
///
/// A watcher that is slow misses wakes, never the last one: it slows nobody down.
#[derive(Debug, Default)]
pub(crate) struct Push(Mutex<HashMap<String, broadcast::Sender<()>>>);

/// Tells one watcher of changes.
///
/// Woken in the order in which they began to wait, unlike a `tokio::sync::watch`, which draws lots:
/// a schedule that a test repeats has to be the same again.
#[derive(Debug)]
pub(crate) struct Changes(broadcast::Receiver<()>);

impl Changes {
    /// Waits for a change that was not noticed yet.
    pub(crate) async fn changed(&mut self) {
        match self.0.recv().await {
            // One wake or many: they all mean the same.
            Ok(()) | Err(RecvError::Lagged(_)) => self.notice(),
            // The sender is only let go of when nobody listens.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// What has changed up to now is about to be read.
    pub(crate) fn notice(&mut self) {
        self.0 = self.0.resubscribe();
    }
}

impl Push {
    /// Whoever subscribes first and reads then misses nothing.
    pub(crate) fn subscribe(&self, key: &str) -> Changes {
        let mut watched = self.watched();
        Changes(match watched.get(key) {
            Some(watchers) => watchers.subscribe(),
            None => {
                let watchers = watched.entry(key.to_owned());
                watchers
                    .or_insert_with(|| broadcast::Sender::new(1))
                    .subscribe()
            }
        })
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

    fn watched(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
