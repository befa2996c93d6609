//! Copying finished videos to the archive, and erasing the copies of erased jobs.

use tracing::{info, warn};

use super::Work;
use crate::archive::ArchiveError;
use crate::push::Changes;
use crate::record::{Archiving, JobRecord};
use crate::storage::StorageError;
use crate::store::JobId;

impl Work {
    /// Copies the video when its turn comes, or plans to try again.
    pub(super) async fn archive(&self, job: JobId, record: &JobRecord, changes: &mut Changes) {
        let _turn = tokio::select! {
            biased;
            // A visitor may want a fresh link meanwhile.
            () = changes.changed() => return,
            turn = self.copies.acquire() => turn,
        };
        if !self.is_leading() {
            return;
        }
        let link = record.machine.job().video_url;
        let kept = match (&self.means.archive, link) {
            (Some(archive), Some(link)) => {
                let name = job.to_string();
                archive.keep(&name, &link, &self.means.downloads).await
            }
            // There was an archive when the video was finished.
            _ => Err(ArchiveError::Hopeless("there is no archive".to_owned())),
        };
        let now = self.means.clock.now();
        let keep = self.means.store.keep;
        let note = |record: &mut JobRecord| match &kept {
            Ok(kept) => record.archive = Archiving::Kept(kept.clone()),
            Err(ArchiveError::Stale) => record.handle_archiving_failed(now, true, keep),
            Err(ArchiveError::Later(_)) => record.handle_archiving_failed(now, false, keep),
            Err(ArchiveError::Hopeless(_)) => record.archive = Archiving::No,
        };
        self.patiently(|| self.means.store.update(job, note)).await;
        match &kept {
            Ok(kept) => {
                self.means.metrics.archived.inc();
                info!(%job, bytes = kept.length, "video archived");
            }
            Err(error) => {
                self.means.metrics.archive_failures.inc();
                warn!(%job, %error, "video not archived");
            }
        }
    }

    /// A job that was erased takes its copy with it.
    pub(super) async fn erase_copies(&self) -> Result<(), StorageError> {
        let Some(archive) = &self.means.archive else {
            return Ok(());
        };
        if let Err(error) = archive.erase_leftovers().await {
            warn!(%error, "parts of copies are not erased yet");
        }
        for (job, name) in self.means.store.copies_of_erased_jobs().await? {
            match archive.erase(&name).await {
                Ok(()) => self.means.store.forget_copy(job, &name).await?,
                Err(error) => warn!(%job, %error, "a copy is not erased yet"),
            }
        }
        Ok(())
    }
}
