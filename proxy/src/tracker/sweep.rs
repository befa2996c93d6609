//! What is done now and then: jobs that nobody told of, the operator's word, erasure.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::Work;
use super::running::Running;
use crate::record::JobRecord;
use crate::storage::StorageError;
use crate::store::{JobId, Verdict};

/// Nothing that was missed stays so for longer.
const ROUND: Duration = Duration::from_secs(5);
/// What has expired stays on the disk for no longer, nor for longer than it was to be kept.
const PURGE: Duration = Duration::from_secs(600);

impl Work {
    /// Never ends.
    pub(super) async fn sweep(self: Arc<Self>, jobs: Arc<Running<JobId>>) {
        let mut purged = Instant::now();
        loop {
            sleep(ROUND).await;
            self.take_up_open(&jobs).await;
            if let Err(error) = self.heed_settlements().await {
                warn!(%error, "the operator's word on doubtful jobs cannot be read");
            }
            if purged.elapsed() >= PURGE.min(self.means.store.keep) {
                purged = Instant::now();
                let erased = async {
                    self.means.store.purge().await?;
                    self.erase_copies().await
                };
                if let Err(error) = erased.await {
                    warn!(%error, "what has expired is not erased yet");
                }
            }
        }
    }

    pub(super) async fn heed_settlements(&self) -> Result<(), StorageError> {
        let (store, clock) = (&self.means.store, self.means.clock);
        for settlement in store.settlements().await? {
            if let Ok(job) = settlement.job.parse::<JobId>() {
                let heed = |record: &mut JobRecord| match &settlement.verdict {
                    Verdict::Made(id) => record.handle_made(clock.now(), id),
                    Verdict::NotMade => record.handle_not_made(),
                };
                store.update(job, heed).await?;
                info!(%job, "the operator has settled a doubtful job");
            }
            store.settled(&settlement).await?;
        }
        Ok(())
    }
}
