//! Copying finished videos to the archive.

use tokio::time::sleep;
use tracing::{info, warn};

use super::{Busy, Work};
use crate::archive::ArchiveError;
use crate::record::{Archiving, JobRecord};
use crate::store::JobId;

impl Work {
    /// Copies the video, or notes that it cannot be had.
    pub(super) async fn archive(&self, job: JobId, record: &JobRecord) {
        let Some(archive) = &self.means.archive else {
            // There was one when the video was finished.
            return self.note_archiving(job, Archiving::No).await;
        };
        let Some(link) = record.machine.job().video_url else {
            return self.note_archiving(job, Archiving::No).await;
        };
        let _busy = Busy::with(self);
        let kept = archive
            .keep(&job.to_string(), &link, &self.means.downloads)
            .await;
        match kept {
            Ok(kept) => {
                info!(%job, bytes = kept.length, "video archived");
                self.note_archiving(job, Archiving::Kept(kept)).await;
            }
            Err(ArchiveError::Stale) => {}
            Err(error) => {
                warn!(%job, %error, "video not archived");
                sleep(super::STORE_RETRY).await;
            }
        }
    }

    async fn note_archiving(&self, job: JobId, archiving: Archiving) {
        let note = |record: &mut JobRecord| record.archive = archiving.clone();
        self.patiently(|| self.means.store.update(job, note)).await;
    }
}
