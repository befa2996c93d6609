use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::store::JobId;

/// Wakes those who watch a job; how it stands they read from the store.
///
/// A watcher that is slow misses wakes, never the last one: it slows nobody down.
#[derive(Debug, Default)]
pub(crate) struct Push(Mutex<HashMap<JobId, watch::Sender<()>>>);

impl Push {
    /// Whoever subscribes first and reads then misses nothing.
    pub(crate) fn subscribe(&self, job: JobId) -> watch::Receiver<()> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.entry(job).or_default().subscribe()
    }

    /// The job has changed.
    pub(crate) fn wake(&self, job: JobId) {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if watched
            .get(&job)
            .is_some_and(|watchers| watchers.send(()).is_err())
        {
            // Nobody is left who would hear.
            watched.remove(&job);
        }
    }
}
