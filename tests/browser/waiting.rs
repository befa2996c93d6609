//! Waiting for what must come true, however fast this machine is.

use std::time::Duration;

use tokio::time::{interval, timeout};

/// No machine is so slow: what has not happened by then will not.
const NEVER: Duration = Duration::from_secs(90);

/// Asks again and again until there is an answer. Panics with `what` was waited for when none ever comes.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let mut moments = interval(Duration::from_millis(50));
    let answer = timeout(NEVER, async {
        loop {
            moments.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    });
    answer
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
