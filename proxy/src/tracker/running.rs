use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

/// At most one task for each of some things. Dropping it ends them all.
pub(super) struct Running<K> {
    /// For each thing with a task, whether it is to be run once more.
    known: Arc<Mutex<BTreeMap<K, bool>>>,
    tasks: Mutex<JoinSet<()>>,
}

impl<K> Default for Running<K> {
    fn default() -> Self {
        Self {
            known: Arc::default(),
            tasks: Mutex::default(),
        }
    }
}

impl<K: Ord + Copy + Send + 'static> Running<K> {
    /// Runs `task` for `thing`; where one is running, once more when it has ended, since it may
    /// have ended before it could see why it is wanted again.
    pub(super) fn run<F>(&self, thing: K, mut task: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let known = Arc::clone(&self.known);
        let mut running = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(again) = running.get_mut(&thing) {
            *again = true;
            return;
        }
        running.insert(thing, false);
        drop(running);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            loop {
                task().await;
                let mut running = known.lock().unwrap_or_else(PoisonError::into_inner);
                match running.get_mut(&thing) {
                    Some(again) if *again => *again = false,
                    _ => {
                        running.remove(&thing);
                        return;
                    }
                }
            }
        });
    }
}
