//! Documents under keys, and sets of names; changed all or nothing.
//!
//! Everything that must outlive a request is kept so: in memory, in an SQLite file, or in Redis.
//! What the documents mean is the store's business alone.

mod memory;
mod redis;
mod sqlite;

use std::path::Path;

use bytes::Bytes;
use konpro_job::Instant;
use tokio::sync::broadcast;

pub use memory::Memory;
pub use redis::Redis;
pub use sqlite::Sqlite;

/// Where documents are kept. Clones are handles to the same place.
#[derive(Clone, Debug)]
pub enum Storage {
    /// In this process: gone with it.
    Memory(Memory),
    /// In a file, for one process.
    Sqlite(Sqlite),
    /// In Redis or Valkey, for several processes.
    Redis(Redis),
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

    /// Documents in a file, for this process alone. Fails, with a sentence that says what to mend,
    /// where the file cannot be written or another process has it.
    pub fn sqlite(path: &Path) -> anyhow::Result<Self> {
        Sqlite::open(path).map(Self::Sqlite)
    }

    /// The same file beside the process that has it, for a command that soon ends.
    pub fn sqlite_beside(path: &Path) -> anyhow::Result<Self> {
        Sqlite::open_beside(path).map(Self::Sqlite)
    }

    /// Documents in Redis or Valkey (7 or later). Needs a tokio runtime. A Redis that is away is
    /// waited for; an address that makes no sense is an error, which does not repeat it.
    pub fn redis(url: &str) -> anyhow::Result<Self> {
        Redis::open(url).map(Self::Redis)
    }

    /// The documents under `keys`, in the same order; all as they were at one moment.
    pub async fn read(
        &self,
        keys: &[String],
        now: Instant,
    ) -> Result<Vec<Option<Bytes>>, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.read(keys, now)),
            Self::Sqlite(sqlite) => sqlite.read(keys, now),
            Self::Redis(redis) => redis.read(keys).await,
        }
    }

    /// Makes the changes if all checks hold, and says whether they did. What it has changed is
    /// durable, as far as the storage ever is, before it returns.
    pub async fn commit(&self, commit: Commit, now: Instant) -> Result<bool, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.commit(commit, now)),
            Self::Sqlite(sqlite) => sqlite.commit(commit, now).await,
            Self::Redis(redis) => redis.commit(commit, now).await,
        }
    }

    /// All names in a set, sorted.
    pub async fn members(&self, set: &str) -> Result<Vec<String>, StorageError> {
        match self {
            Self::Memory(memory) => Ok(memory.members(set)),
            Self::Sqlite(sqlite) => sqlite.members(set),
            Self::Redis(redis) => redis.members(set).await,
        }
    }

    /// Tells something without changing anything; nobody may hear it.
    pub async fn tell(&self, news: Vec<String>) -> Result<(), StorageError> {
        match self {
            Self::Memory(memory) => memory.tell(news),
            Self::Sqlite(sqlite) => sqlite.tell(news),
            Self::Redis(redis) => return redis.tell(news).await,
        }
        Ok(())
    }

    /// All news from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        match self {
            Self::Memory(memory) => memory.listen(),
            Self::Sqlite(sqlite) => sqlite.listen(),
            Self::Redis(redis) => redis.listen(),
        }
    }

    /// Whether no other process can be on this storage.
    pub fn is_exclusive(&self) -> bool {
        match self {
            Self::Memory(memory) => memory.is_exclusive(),
            Self::Sqlite(_) => true,
            Self::Redis(_) => false,
        }
    }

    /// Whether a commit is made at once, without waiting for anything.
    pub fn is_immediate(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// Frees the room of documents that have expired; called now and then.
    pub async fn purge(&self, now: Instant) -> Result<(), StorageError> {
        match self {
            Self::Memory(memory) => memory.purge(now),
            Self::Sqlite(sqlite) => return sqlite.purge(now).await,
            // It does so by itself.
            Self::Redis(_) => {}
        }
        Ok(())
    }

    /// The storage's own time where it has one, in milliseconds since the Unix epoch: processes
    /// whose clocks differ from it differ from each other.
    pub async fn time(&self) -> Result<Option<u64>, StorageError> {
        match self {
            Self::Redis(redis) => redis.time().await.map(Some),
            Self::Memory(_) | Self::Sqlite(_) => Ok(None),
        }
    }
}
