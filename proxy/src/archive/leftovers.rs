use std::ffi::OsStr;
use std::io;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Archive;

/// A copy that is being written grows more often than this.
const STILL: Duration = Duration::from_secs(3600);

impl Archive {
    /// Erases what a process that died has left of copies in a folder. S3 has rules of its own.
    pub(crate) async fn erase_leftovers(&self) -> io::Result<()> {
        let Some(folder) = self.folder.clone() else {
            return Ok(());
        };
        let erase = move || {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                if is_part_of_a_copy(&entry.file_name()) {
                    let age = entry.metadata()?.modified()?.elapsed();
                    if age.is_ok_and(|age| age >= STILL) {
                        std::fs::remove_file(entry.path())?;
                    }
                }
            }
            Ok(())
        };
        spawn_blocking(erase).await.map_err(io::Error::other)?
    }
}

/// Whether it is named as [`object_store::local`] names what is not whole: `job.mp4#1`.
fn is_part_of_a_copy(name: &OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.rsplit_once('#'));
    parts.is_some_and(|(whole, part)| {
        let is_video = whole.ends_with(".mp4") || whole.ends_with(".webm");
        is_video && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    })
}
