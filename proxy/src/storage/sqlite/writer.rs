use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use konpro_job::Instant;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{document, error, millis};
use crate::storage::{Change, Commit, StorageError};

/// Commits that are made durable together.
const MOST_AT_ONCE: usize = 256;

/// The thread that writes. All that wait for it at one time share one flush to the disk.
pub(super) struct Writer(Sender<Order>);

enum Order {
    Commit(Commit, Instant, oneshot::Sender<Result<bool, StorageError>>),
    Purge(Instant, oneshot::Sender<Result<(), StorageError>>),
}

impl Writer {
    /// Ends when it is dropped, after what was asked of it before.
    pub(super) fn start(connection: Connection) -> anyhow::Result<Self> {
        let (orders, received) = channel();
        thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || write(connection, &received))?;
        Ok(Self(orders))
    }

    /// Made even if whoever asked no longer waits.
    pub(super) async fn commit(&self, commit: Commit, now: Instant) -> Result<bool, StorageError> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Commit(commit, now, answer);
        self.0.send(order).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    pub(super) async fn purge(&self, now: Instant) -> Result<(), StorageError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Order::Purge(now, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn gone() -> StorageError {
    StorageError("SQLite's thread has ended".to_owned())
}

fn write(mut connection: Connection, orders: &Receiver<Order>) {
    while let Ok(first) = orders.recv() {
        let mut together = vec![first];
        together.extend(orders.try_iter().take(MOST_AT_ONCE));
        let mut commits = Vec::new();
        for order in together {
            match order {
                Order::Commit(commit, now, answer) => commits.push((commit, now, answer)),
                Order::Purge(now, answer) => {
                    make(&mut connection, std::mem::take(&mut commits));
                    // Whoever asked may have left.
                    let _ = answer.send(purge(&connection, now).map_err(error));
                }
            }
        }
        make(&mut connection, commits);
    }
}

type Waiting = (Commit, Instant, oneshot::Sender<Result<bool, StorageError>>);

/// All of them in one transaction, each with its own checks.
fn make(connection: &mut Connection, commits: Vec<Waiting>) {
    if commits.is_empty() {
        return;
    }
    let made = apply_all(connection, &commits).map_err(error);
    for (nth, (_, _, answer)) in commits.into_iter().enumerate() {
        let outcome = made.as_ref().map(|made| made[nth]);
        // Whoever asked may have left.
        let _ = answer.send(outcome.map_err(Clone::clone));
    }
}

fn apply_all(connection: &mut Connection, commits: &[Waiting]) -> rusqlite::Result<Vec<bool>> {
    // At once, so that no other process writes between the checks and the changes.
    let behaviour = rusqlite::TransactionBehavior::Immediate;
    let transaction = connection.transaction_with_behavior(behaviour)?;
    let mut made = Vec::with_capacity(commits.len());
    for (commit, now, _) in commits {
        made.push(apply(&transaction, commit, *now)?);
    }
    transaction.commit()?;
    Ok(made)
}

fn apply(connection: &Connection, commit: &Commit, now: Instant) -> rusqlite::Result<bool> {
    for check in &commit.checks {
        if document(connection, &check.key, now)? != check.value {
            return Ok(false);
        }
    }
    for change in &commit.changes {
        match change {
            Change::Put {
                key,
                value,
                expires,
            } => connection
                .prepare_cached(
                    "INSERT INTO documents (key, value, expires) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
                )?
                .execute((key, &value[..], expires.map(millis)))?,
            Change::Delete { key } => connection
                .prepare_cached("DELETE FROM documents WHERE key = ?1")?
                .execute([key])?,
            Change::Insert { set, member } => connection
                .prepare_cached("INSERT OR IGNORE INTO members (name, member) VALUES (?1, ?2)")?
                .execute((set, member))?,
            Change::Remove { set, member } => connection
                .prepare_cached("DELETE FROM members WHERE name = ?1 AND member = ?2")?
                .execute((set, member))?,
        };
    }
    Ok(true)
}

fn purge(connection: &Connection, now: Instant) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM documents WHERE expires <= ?1", [millis(now)])?;
    // What was erased must not go on in the journal.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
