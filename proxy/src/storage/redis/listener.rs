use std::time::Duration;

use futures_util::StreamExt;
use redis::{Client, RedisResult};
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::{CHANNEL, LIMIT, SILENCE};
use crate::storage::News;

/// A Redis that is away is tried again so often.
const RETRY: Duration = Duration::from_millis(500);

/// Hears all news, whatever happens to the connection. Never ends.
pub(super) async fn listen(client: Client, news: broadcast::Sender<News>) {
    loop {
        match hear(&client, &news).await {
            Ok(()) => warn!("Redis no longer speaks on the connection on which news are heard"),
            Err(error) => warn!(%error, "news from Redis are not heard"),
        }
        let _ = news.send(News::Missed);
        sleep(RETRY).await;
    }
}

async fn hear(client: &Client, news: &broadcast::Sender<News>) -> RedisResult<()> {
    let away = |_| (redis::ErrorKind::Io, "no connection within the time-out");
    let mut subscription = timeout(LIMIT, client.get_async_pubsub())
        .await
        .map_err(away)??;
    timeout(LIMIT, subscription.subscribe(CHANNEL))
        .await
        .map_err(away)??;
    // Whatever was told while nobody listened; at the first time, since the storage was opened.
    let _ = news.send(News::Missed);
    let mut messages = subscription.into_on_message();
    while let Ok(Some(message)) = timeout(SILENCE, messages.next()).await {
        let told: String = message.get_payload()?;
        // Nobody may be listening.
        let _ = news.send(News::Told(told));
    }
    Ok(())
}
