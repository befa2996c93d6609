use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Documents kept in this process.
const MOST: usize = 20_000;

pub(super) type Value = Arc<dyn Any + Send + Sync>;
/// A document, and what it says.
pub(super) type Kept = (Bytes, Value);

/// Documents as they were read, until somebody changes them.
///
/// A document that was read before a change and arrives after it must not be kept: each change
/// begins a new generation, and what was asked for in an older one is let go.
pub(super) struct Cache {
    documents: quick_cache::sync::Cache<String, Kept>,
    generation: AtomicU64,
    /// Held while a document is kept or forgotten.
    writing: Mutex<()>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            documents: quick_cache::sync::Cache::new(MOST),
            generation: AtomicU64::default(),
            writing: Mutex::default(),
        }
    }
}

impl Cache {
    pub(super) fn get<T: Send + Sync + 'static>(&self, key: &str) -> Option<(Bytes, Arc<T>)> {
        let (bytes, value) = self.documents.get(key)?;
        Some((bytes, value.downcast().ok()?))
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn keep(&self, generation: u64, key: &str, bytes: Bytes, value: Value) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.generation() == generation {
            self.documents.insert(key.to_owned(), (bytes, value));
        }
    }

    pub(super) fn forget(&self, key: &str) {
        let _writing = self.begin_generation();
        self.documents.remove(key);
    }

    /// Documents that this process has changed, each with what it is now, where that is known. Nothing is
    /// kept if others were changed meanwhile: they may have been the same ones, later.
    pub(super) fn changed(
        &self,
        generation: u64,
        changed: impl Iterator<Item = (String, Option<Kept>)>,
    ) {
        let (_writing, before) = self.begin_generation();
        for (key, now) in changed {
            match now.filter(|_| before == generation) {
                Some(now) => self.documents.insert(key, now),
                None => drop(self.documents.remove(&key)),
            }
        }
    }

    pub(super) fn clear(&self) {
        let _writing = self.begin_generation();
        self.documents.clear();
    }

    /// The generation that this one follows.
    fn begin_generation(&self) -> (MutexGuard<'_, ()>, u64) {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        (writing, self.generation.fetch_add(1, Ordering::AcqRel))
    }
}
