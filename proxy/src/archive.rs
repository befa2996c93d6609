//! The operator's own copies of finished videos: in a folder, or in S3-compatible storage.
//!
//! A copy appears under its name when it is whole, or not at all.

mod conditions;
mod copy;
mod leftovers;
mod serving;
mod setting;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, RetryConfig};
use serde::{Deserialize, Serialize};

pub use setting::ArchiveSetting;

/// A name that no job has.
const PROBE: &str = "konpro-proxy-probe";
/// S3 is asked again for so long; whoever needs it comes back by himself.
const RETRY_LIMIT: Duration = Duration::from_secs(30);

/// Where finished videos are copied to.
#[derive(Clone)]
pub(crate) struct Archive {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// Where it is a folder, which does not keep what kind of a file a file is.
    folder: Option<PathBuf>,
}

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Archived {
    /// Its name below the archive's prefix.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) length: u64,
    /// Strong, with its quotation marks.
    pub(crate) etag: String,
    /// `video/mp4` or `video/webm`.
    pub(crate) content_type: String,
}

/// Why there is no copy, or why it cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// The video's link no longer works: a fresh one may.
    #[error("the video's link is stale")]
    Stale,
    /// The same may succeed some time later.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Hopeless(String),
}

impl From<object_store::Error> for ArchiveError {
    fn from(error: object_store::Error) -> Self {
        Self::Later(format!("the archive fails: {error}"))
    }
}

impl Archive {
    /// Nothing is written yet; [`check`](Self::check) does.
    pub(crate) fn open(setting: &ArchiveSetting) -> anyhow::Result<Self> {
        // The archive's own client has no other way to encrypt. A second call finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        match setting {
            ArchiveSetting::Folder(folder) => {
                std::fs::create_dir_all(folder).with_context(|| {
                    format!("KONPRO_PROXY_ARCHIVE: cannot make {}", folder.display())
                })?;
                let store = LocalFileSystem::new_with_prefix(folder).with_context(|| {
                    format!("KONPRO_PROXY_ARCHIVE: cannot use {}", folder.display())
                })?;
                Ok(Self {
                    store: Arc::new(store.with_fsync(true)),
                    prefix: Path::default(),
                    folder: Some(folder.clone()),
                })
            }
            ArchiveSetting::S3 { bucket, prefix } => {
                // Credentials, region and endpoint are the usual AWS_* variables.
                let mut builder = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(RetryConfig {
                        retry_timeout: RETRY_LIMIT,
                        ..RetryConfig::default()
                    });
                let endpoints = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
                let mut endpoints = endpoints.iter();
                let endpoint = endpoints.find_map(|key| builder.get_config_value(key));
                if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
                    builder = builder.with_allow_http(true);
                }
                let store = builder
                    .build()
                    .context("KONPRO_PROXY_ARCHIVE: the AWS_* variables do not do")?;
                Ok(Self {
                    store: Arc::new(store),
                    prefix: Path::from(prefix.as_str()),
                    folder: None,
                })
            }
        }
    }

    /// Whether copies can be written, read and erased.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        let probe = self.path(PROBE);
        let written = Bytes::from_static(b"konpro");
        let wrong = |what: &str| format!("KONPRO_PROXY_ARCHIVE: nothing can be {what} there");
        self.store
            .put(&probe, written.clone().into())
            .await
            .with_context(|| wrong("written"))?;
        let read = self.store.get(&probe).await;
        let read = read.with_context(|| wrong("read"))?.bytes().await?;
        anyhow::ensure!(read == written, "{}", wrong("read as it was written"));
        self.store
            .delete(&probe)
            .await
            .with_context(|| wrong("erased"))
    }

    /// Erases a copy; one that is gone already is none.
    pub(crate) async fn erase(&self, name: &str) -> Result<(), ArchiveError> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

#[cfg(test)]
mod tests;
