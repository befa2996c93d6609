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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::time::SystemTime;

    use super::*;
    use crate::archive::tests::folder;

    #[tokio::test]
    async fn what_a_dead_process_has_left_is_erased_and_nothing_else() {
        let (archive, folder) = folder("leftovers");
        let old = SystemTime::now() - 2 * STILL;
        for (name, written) in [
            ("a.mp4#1", old),
            ("a.webm#12", old),
            ("b.mp4#1", SystemTime::now()),
            ("a.mp4", old),
            ("a.mp4#", old),
            ("a.mp4#x", old),
            ("notes#1", old),
        ] {
            let file = fs::File::create(folder.join(name)).unwrap();
            file.set_modified(written).unwrap();
        }
        archive.erase_leftovers().await.unwrap();
        let left = fs::read_dir(&folder).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(
            left,
            ["a.mp4", "a.mp4#", "a.mp4#x", "b.mp4#1", "notes#1"].map(OsString::from)
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
