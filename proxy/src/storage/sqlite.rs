//! Documents in one SQLite file, for one process.

mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use konpro_job::Instant;
use rusqlite::{Connection, OptionalExtension, Row};
use tokio::sync::broadcast;

use super::{Commit, News, StorageError};
use writer::Writer;

/// The form of the tables; a file of a later form is left alone.
const VERSION: i64 = 1;
/// Beside a running proxy a command waits so long for its turn.
const BUSY: Duration = Duration::from_secs(10);
/// News that a slow listener may be behind by.
const BACKLOG: usize = 1024;

/// Documents in one file. What was committed is on the disk, whatever kills the process.
#[derive(Clone)]
pub struct Sqlite(Arc<Opened>);

struct Opened {
    reader: Mutex<Connection>,
    writer: Writer,
    news: broadcast::Sender<News>,
    /// Held as long as the process lives; the system lets go of it when that is killed.
    _lock: Option<File>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sqlite")
    }
}

impl Sqlite {
    /// Opens the file, or makes it, for this process alone.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        // Another name for the same file is the same file.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let lock = lock(path)?;
        only_for_its_owner(path)
            .with_context(|| format!("KONPRO_PROXY_STORE: cannot use {}", path.display()))?;
        Self::connected(path, Some(lock))
    }

    /// Opens the file of a proxy that may be running, for a short while.
    pub(super) fn open_beside(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            path.is_file(),
            "KONPRO_PROXY_STORE: there is no {}",
            path.display()
        );
        Self::connected(path, None)
    }

    fn connected(path: &Path, lock: Option<File>) -> anyhow::Result<Self> {
        let wrong = || format!("KONPRO_PROXY_STORE: cannot use {}", path.display());
        let mut connection = connect(path).with_context(wrong)?;
        prepare(&mut connection).with_context(wrong)?;
        let reader = connect(path).with_context(wrong)?;
        Ok(Self(Arc::new(Opened {
            reader: Mutex::new(reader),
            writer: Writer::start(connection)?,
            news: broadcast::Sender::new(BACKLOG),
            _lock: lock,
        })))
    }

    /// Read where they are asked for: a document is found within microseconds, which is less than
    /// handing the question to another thread takes.
    pub(super) fn read(
        &self,
        keys: &[String],
        now: Instant,
    ) -> Result<Vec<Option<Bytes>>, StorageError> {
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let [key] = keys {
            return Ok(vec![document(&reader, key, now).map_err(error)?]);
        }
        // All as they were at one moment.
        let transaction = reader.unchecked_transaction().map_err(error)?;
        keys.iter()
            .map(|key| document(&transaction, key, now).map_err(error))
            .collect()
    }

    pub(super) async fn commit(&self, commit: Commit, now: Instant) -> Result<bool, StorageError> {
        let news = commit.news.clone();
        let made = self.0.writer.commit(commit, now).await?;
        if made {
            self.tell(news);
        }
        Ok(made)
    }

    pub(super) fn members(&self, set: &str) -> Result<Vec<String>, StorageError> {
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let sql = "SELECT member FROM members WHERE name = ?1 ORDER BY member";
        let mut statement = reader.prepare_cached(sql).map_err(error)?;
        let members = statement.query_map([set], |row: &Row<'_>| row.get(0));
        members
            .map_err(error)?
            .collect::<Result<_, _>>()
            .map_err(error)
    }

    pub(super) fn tell(&self, news: Vec<String>) {
        for told in news {
            // Nobody may be listening.
            let _ = self.0.news.send(News::Told(told));
        }
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.0.news.subscribe()
    }

    pub(super) async fn purge(&self, now: Instant) -> Result<(), StorageError> {
        self.0.writer.purge(now).await
    }
}

/// A file beside the other says whose it is: two processes would each spend the whole budget.
fn lock(path: &Path) -> anyhow::Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .with_context(|| {
            format!(
                "KONPRO_PROXY_STORE: cannot write beside {}: does its folder exist, and may this user write there?",
                path.display()
            )
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "KONPRO_PROXY_STORE: another konpro-proxy is using {}. Stop it, name another file, or use redis:// for several proxies.",
            path.display()
        ),
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("KONPRO_PROXY_STORE: cannot lock {}", beside.display())),
    }
}

fn connect(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    let journal: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    ensure!(
        journal == "wal",
        "SQLite cannot keep a write-ahead log there: a local disk is needed"
    );
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Scripts are erased, not merely forgotten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}

/// Makes the file. Never while SQLite has it open: closing any handle to a file lets go of all locks
/// that this process has on it, and another process could then remove the journal under the proxy.
#[cfg(unix)]
fn only_for_its_owner(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)?;
    Ok(())
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

fn prepare(connection: &mut Connection) -> anyhow::Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    ensure!(
        found <= VERSION,
        "it was written by a later version of konpro-proxy"
    );
    if found == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE documents (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER) WITHOUT ROWID;
         CREATE INDEX documents_by_expiry ON documents (expires) WHERE expires IS NOT NULL;
         CREATE TABLE members (name TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (name, member)) WITHOUT ROWID;",
    )?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// A document, unless it has expired.
fn document(connection: &Connection, key: &str, now: Instant) -> rusqlite::Result<Option<Bytes>> {
    let sql = "SELECT value FROM documents WHERE key = ?1 AND (expires IS NULL OR expires > ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row((key, millis(now)), |row| row.get::<_, Vec<u8>>(0));
    Ok(found.optional()?.map(Bytes::from))
}

/// As SQLite's numbers are.
fn millis(at: Instant) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

fn error(error: rusqlite::Error) -> StorageError {
    StorageError(format!("SQLite: {error}"))
}
