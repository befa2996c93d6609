//! Documents in Redis or Valkey, for several processes.

mod listener;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use konpro_job::Instant;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, IntoConnectionInfo, RedisError, RedisResult, Script};
use tokio::sync::{OnceCell, broadcast};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Change, Commit, News, StorageError};

/// All keys begin so; the braces keep them in one slot of a cluster.
const PREFIX: &str = "{konpro}:";
const CHANNEL: &str = "{konpro}:news";
/// A Redis that takes longer to answer is away.
const LIMIT: Duration = Duration::from_secs(2);
/// What is sent and not acknowledged for so long, a listener that hears nothing for so long: the
/// connection is dead. Whoever leads tells of itself every two seconds.
const SILENCE: Duration = Duration::from_secs(10);
const LONGEST_RETRY: Duration = Duration::from_millis(500);
/// News that a slow listener may be behind by.
const BACKLOG: usize = 4096;

static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/commit.lua")));

/// Documents in a Redis that may go away and come back.
#[derive(Clone)]
pub struct Redis(Arc<Shared>);

struct Shared {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    news: broadcast::Sender<News>,
    listening: JoinHandle<()>,
}

/// The address has a password in it.
impl std::fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Redis")
    }
}

impl Redis {
    /// Needs a tokio runtime. Fails on an address that makes no sense; a Redis that is away is
    /// waited for.
    pub(super) fn open(url: &str) -> anyhow::Result<Self> {
        // A second call finds the provider installed, which is what it wants.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wrong =
            "KONPRO_PROXY_STORE: an address such as redis://:password@host:6379/0 is needed";
        // The error would repeat the password.
        let info = url.into_connection_info().ok().context(wrong)?;
        let client = Client::open(info.set_tcp_settings(tcp()))
            .ok()
            .context(wrong)?;
        let news = broadcast::Sender::new(BACKLOG);
        let listening = tokio::spawn(listener::listen(client.clone(), news.clone()));
        Ok(Self(Arc::new(Shared {
            client,
            connection: OnceCell::new(),
            news,
            listening,
        })))
    }

    pub(super) async fn read(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, StorageError> {
        let mut mget = redis::cmd("MGET");
        for key in keys {
            mget.arg(prefixed(key));
        }
        let asking = async {
            let mut connection = self.connection().await?;
            mget.query_async::<Vec<Option<Vec<u8>>>>(&mut connection)
                .await
        };
        let found = within_limit(asking).await?;
        Ok(found
            .into_iter()
            .map(|value| value.map(Bytes::from))
            .collect())
    }

    pub(super) async fn commit(&self, commit: Commit, now: Instant) -> Result<bool, StorageError> {
        let mut script = COMMIT.prepare_invoke();
        script.arg(commit.checks.len());
        for check in &commit.checks {
            script.key(prefixed(&check.key));
            match &check.value {
                Some(value) => script.arg("is").arg(&value[..]),
                None => script.arg("absent").arg(""),
            };
        }
        script.arg(commit.changes.len());
        for change in &commit.changes {
            match change {
                Change::Put {
                    key,
                    value,
                    expires,
                } => {
                    let lives = expires.map(|at| at.since(now).as_millis().to_string());
                    script.key(prefixed(key)).arg("put").arg(&value[..]);
                    script.arg(lives.unwrap_or_else(|| "ever".to_owned()));
                }
                Change::Delete { key } => {
                    script.key(prefixed(key)).arg("delete");
                }
                Change::Insert { set, member } => {
                    script.key(prefixed(set)).arg("insert").arg(member);
                }
                Change::Remove { set, member } => {
                    script.key(prefixed(set)).arg("remove").arg(member);
                }
            }
        }
        script.key(CHANNEL);
        for news in &commit.news {
            script.arg(news);
        }
        let asking = async {
            let mut connection = self.connection().await?;
            script.invoke_async::<bool>(&mut connection).await
        };
        within_limit(asking).await
    }

    pub(super) async fn members(&self, set: &str) -> Result<Vec<String>, StorageError> {
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(prefixed(set));
        let asking = async {
            let mut connection = self.connection().await?;
            smembers.query_async::<Vec<String>>(&mut connection).await
        };
        let mut members = within_limit(asking).await?;
        members.sort_unstable();
        Ok(members)
    }

    pub(super) async fn tell(&self, news: Vec<String>) -> Result<(), StorageError> {
        let asking = async {
            let mut connection = self.connection().await?;
            for told in &news {
                let mut publish = redis::cmd("PUBLISH");
                publish.arg(CHANNEL).arg(told);
                publish.exec_async(&mut connection).await?;
            }
            Ok(())
        };
        within_limit(asking).await
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.0.news.subscribe()
    }

    /// The server's own time, in milliseconds since the Unix epoch.
    pub(super) async fn time(&self) -> Result<u64, StorageError> {
        let asking = async {
            let mut connection = self.connection().await?;
            redis::cmd("TIME")
                .query_async::<(u64, u64)>(&mut connection)
                .await
        };
        let (seconds, micros) = within_limit(asking).await?;
        Ok(seconds * 1000 + micros / 1000)
    }

    async fn connection(&self) -> RedisResult<ConnectionManager> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(LIMIT))
                .set_response_timeout(Some(LIMIT))
                .set_number_of_retries(2)
                .set_max_delay(LONGEST_RETRY);
            ConnectionManager::new_lazy_with_config(self.0.client.clone(), config)
        };
        self.0.connection.get_or_try_init(connect).await.cloned()
    }
}

/// A connection whose other end is gone without a word must not be waited for.
fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(
        TcpKeepalive::new()
            .with_time(SILENCE)
            .with_interval(SILENCE / 5),
    );
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(SILENCE);
    settings
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn within_limit<T>(asking: impl Future<Output = RedisResult<T>>) -> Result<T, StorageError> {
    match timeout(LIMIT, asking).await {
        Ok(answer) => answer.map_err(error),
        Err(_) => Err(StorageError("Redis does not answer".to_owned())),
    }
}

fn error(error: RedisError) -> StorageError {
    StorageError(format!("Redis: {error}"))
}

fn prefixed(key: &str) -> String {
    format!("{PREFIX}{key}")
}
