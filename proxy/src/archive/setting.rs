use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Where the archive is. Holds no credentials: those of S3 come from the `AWS_*` variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveSetting {
    /// A folder of this computer, as an absolute path.
    Folder(PathBuf),
    /// Objects of `bucket` whose names begin with `prefix`, which has no slash at either end.
    S3 {
        /// Its name.
        bucket: String,
        /// Without a slash at either end; may be empty.
        prefix: String,
    },
}

/// What to mend. Never repeats the setting, in which somebody may have put credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveSettingError {
    #[error("write file:///folder or s3://bucket/prefix")]
    Unknown,
    #[error(
        "leave credentials, ports, ? and # out of it; S3's credentials go into AWS_* variables"
    )]
    Extras,
    #[error("a folder needs three slashes and a full path, as in file:///srv/videos")]
    Folder,
    #[error("name a bucket, as in s3://bucket/prefix: 3 to 63 of a-z, 0-9, . and -")]
    Bucket,
    #[error("use only letters, digits and - _ . / in the prefix, without empty parts")]
    Prefix,
}

impl FromStr for ArchiveSetting {
    type Err = ArchiveSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| ArchiveSettingError::Unknown)?;
        let extras = !url.username().is_empty()
            || url.password().is_some()
            || url.port().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        match url.scheme() {
            "file" | "s3" if extras => Err(ArchiveSettingError::Extras),
            "file" => folder(text, &url),
            "s3" => s3(&url),
            _ => Err(ArchiveSettingError::Unknown),
        }
    }
}

fn folder(text: &str, url: &Url) -> Result<ArchiveSetting, ArchiveSettingError> {
    // Without the third slash the folder would silently become a host's name, or the root's.
    let full = text
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("file:///"));
    let path = url
        .to_file_path()
        .ok()
        .filter(|path| full && path.parent().is_some());
    path.map(ArchiveSetting::Folder)
        .ok_or(ArchiveSettingError::Folder)
}

fn s3(url: &Url) -> Result<ArchiveSetting, ArchiveSettingError> {
    let bucket = url.host_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) {
        return Err(ArchiveSettingError::Bucket);
    }
    let path = url.path();
    let prefix = path.strip_prefix('/').unwrap_or(path);
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let part = |part: &str| !part.is_empty() && part.chars().all(fits);
    if !prefix.is_empty() && !prefix.split('/').all(part) {
        return Err(ArchiveSettingError::Prefix);
    }
    Ok(ArchiveSetting::S3 {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_full_path() {
        let folder = |path: &str| Ok(ArchiveSetting::Folder(path.into()));
        assert_eq!("file:///srv/my%20videos".parse(), folder("/srv/my videos"));
        for wrong in ["file://srv/videos", "file:/srv", "file:srv", "file:///"] {
            let error = wrong.parse::<ArchiveSetting>().unwrap_err();
            assert_eq!(error, ArchiveSettingError::Folder, "{wrong}");
        }
    }

    #[test]
    fn a_bucket_may_have_a_prefix() {
        let s3 = |bucket: &str, prefix: &str| {
            let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
            Ok(ArchiveSetting::S3 { bucket, prefix })
        };
        assert_eq!("s3://videos".parse(), s3("videos", ""));
        assert_eq!("s3://videos/".parse(), s3("videos", ""));
        assert_eq!("s3://videos/a/b_1/".parse(), s3("videos", "a/b_1"));
    }

    #[test]
    fn what_is_wrong_is_told_without_repeating_it() {
        for (wrong, expected) in [
            ("", ArchiveSettingError::Unknown),
            ("/srv/videos", ArchiveSettingError::Unknown),
            ("https://bucket/", ArchiveSettingError::Unknown),
            ("s3://id:hush@videos/a", ArchiveSettingError::Extras),
            ("s3://videos/a?secret=hush", ArchiveSettingError::Extras),
            ("s3://", ArchiveSettingError::Bucket),
            ("s3://Videos", ArchiveSettingError::Bucket),
            ("s3://videos/a//b", ArchiveSettingError::Prefix),
            ("s3://videos/a b", ArchiveSettingError::Prefix),
        ] {
            let error = wrong.parse::<ArchiveSetting>().unwrap_err();
            assert_eq!(error, expected, "{wrong}");
            assert!(!error.to_string().contains("hush"));
        }
    }
}
