//! Documents under keys, and sets of names; changed all or nothing.
//!
//! Everything that must outlive a request is kept so: in memory, in an SQLite file, or in Redis.
//! What the documents mean is [`crate::store`]'s business alone.

mod memory;

use bytes::Bytes;
use konpro_job::Instant;
use tokio::sync::broadcast;

pub use memory::Memory;

/// Where documents are kept. Clones are handles to the same place.
#[derive(Clone, Debug)]
pub enum Storage {
    /// In this process: gone with it.
    Memory(Memory),
}

/// A document as it must still be for a [`Commit`] to be made; `None`: there must be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The document's key.
    pub key: String,
    /// Its value, byte for byte.
    pub value: Option<Bytes>,
}

/// One of the changes of a [`Commit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a document, in place of the one that was there and of its time to expire.
    Put {
        /// Its key.
        key: String,
        /// Its value.
        value: Bytes,
        /// From then on it is not there any more.
        expires: Option<Instant>,
    },
    /// Removes a document, if it is there.
    Delete {
        /// Its key.
        key: String,
    },
    /// Adds a name to a set, if it is not in it yet.
    Insert {
        /// The set.
        set: String,
        /// The name.
        member: String,
    },
    /// Takes a name out of a set, if it is in it.
    Remove {
        /// The set.
        set: String,
        /// The name.
        member: String,
    },
}

/// Changes that are made together, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// What must hold, or nothing is changed.
    pub checks: Vec<Check>,
    /// In this order.
    pub changes: Vec<Change>,
    /// Told to every process on the same storage once the changes are made.
    pub news: Vec<String>,
}

/// What is heard from the processes on the same storage, the own one among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// One of a [`Commit`]'s news, or of [`Storage::tell`]'s.
    Told(String),
    /// Some news were lost: whatever was read before may be out of date.
    Missed,
}

/// The storage cannot be reached, or does not do what it was asked. A commit that ends so may have
/// been made, or not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StorageError(pub String);

impl Storage {
    /// Documents in this process, for this proxy alone.
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// The documents under `keys`, in the same order; all as they were at one moment.
    pub async fn read(
        &self,
        keys: &[String],
        now: Instant,
    ) -> Result<Vec<Option<Bytes>>, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.read(keys, now)),
        }
    }

    /// Makes the changes if all checks hold, and says whether they did. What it has changed is
    /// durable, as far as the storage ever is, before it returns.
    pub async fn commit(&self, commit: Commit, now: Instant) -> Result<bool, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.commit(commit, now)),
        }
    }

    /// All names in a set, sorted.
    pub async fn members(&self, set: &str) -> Result<Vec<String>, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.members(set)),
        }
    }

    /// Tells something without changing anything; nobody may hear it.
    pub async fn tell(&self, news: Vec<String>) -> Result<(), StorageError> {
        match self {
            Self::Memory(memory) => memory.tell(news),
        }
        Ok(())
    }

    /// All news from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        match self {
            Self::Memory(memory) => memory.listen(),
        }
    }

    /// Whether no other process can be on this storage.
    pub fn is_exclusive(&self) -> bool {
        match self {
            Self::Memory(memory) => memory.is_exclusive(),
        }
    }

    /// Frees the room of documents that have expired; called now and then.
    pub async fn purge(&self, now: Instant) -> Result<(), StorageError> {
        match self {
            Self::Memory(memory) => memory.purge(now),
        }
        Ok(())
    }
}
