//! Copies, from an honest host, to an archive that misbehaves once.

use std::fmt;

use async_trait::async_trait;
use axum::body::Body;
use futures_util::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as Stored, UploadPart,
};
use tokio::time::Instant;

use super::*;

/// Some parts, so that one can get lost before the last.
const LENGTH: usize = 18 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    DoesNotOpen,
    RefusesAPart,
    SwallowsAPart,
    IsSilent,
}

#[derive(Clone, Debug)]
struct Troubled<T> {
    inner: T,
    trouble: Arc<Mutex<Option<Trouble>>>,
}

impl<T> Troubled<T> {
    /// True once.
    fn strikes(&self, trouble: Trouble) -> bool {
        let mut ahead = self.trouble.lock().unwrap();
        ahead.take_if(|it| *it == trouble).is_some()
    }
}

impl<T: fmt::Debug> fmt::Display for Troubled<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

fn broken() -> object_store::Error {
    object_store::Error::NotFound {
        path: String::new(),
        source: "no such bucket, or no such upload".into(),
    }
}

#[async_trait]
impl ObjectStore for Troubled<Arc<dyn ObjectStore>> {
    async fn put_opts(&self, to: &Path, what: PutPayload, how: PutOptions) -> Stored<PutResult> {
        self.inner.put_opts(to, what, how).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        how: PutMultipartOptions,
    ) -> Stored<Box<dyn MultipartUpload>> {
        if self.strikes(Trouble::DoesNotOpen) {
            return Err(broken());
        }
        let inner = self.inner.put_multipart_opts(to, how).await?;
        let trouble = Arc::clone(&self.trouble);
        Ok(Box::new(Troubled { inner, trouble }))
    }

    async fn get_opts(&self, from: &Path, how: GetOptions) -> Stored<GetResult> {
        if self.strikes(Trouble::IsSilent) {
            std::future::pending::<()>().await;
        }
        self.inner.get_opts(from, how).await
    }

    fn delete_stream(
        &self,
        them: BoxStream<'static, Stored<Path>>,
    ) -> BoxStream<'static, Stored<Path>> {
        self.inner.delete_stream(them)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Stored<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Stored<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Stored<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

#[async_trait]
impl MultipartUpload for Troubled<Box<dyn MultipartUpload>> {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        // In either case a folder has a hole now.
        let written = self.inner.put_part(part);
        if self.strikes(Trouble::RefusesAPart) {
            return Box::pin(async { Err(broken()) });
        }
        if self.strikes(Trouble::SwallowsAPart) {
            return Box::pin(async { Ok(()) });
        }
        written
    }

    async fn complete(&mut self) -> Stored<PutResult> {
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Stored<()> {
        self.inner.abort().await
    }
}

/// An archive in a folder that has this trouble, once.
fn troubled(name: &str, trouble: Trouble) -> (Archive, PathBuf) {
    let (archive, folder) = folder(name);
    let store = Arc::new(Troubled {
        inner: Arc::clone(&archive.store),
        trouble: Arc::new(Mutex::new(Some(trouble))),
    });
    (Archive { store, ..archive }, folder)
}

/// Sends any part of a video, and says of its kind what it is told to.
fn sending(video: &Bytes, content_type: &'static str) -> Network {
    let video = video.clone();
    Network::new(service_fn(move |request: Request<Bytes>| {
        let video = video.clone();
        async move {
            let range = request.headers().get(header::RANGE);
            let range = range.and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
            let from: usize = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
            let mut response = Response::builder()
                .header(header::ETAG, "\"one\"")
                .header(header::CONTENT_TYPE, content_type);
            if from > 0 {
                let span = format!("bytes {from}-{}/{}", video.len() - 1, video.len());
                response = response.status(206).header(header::CONTENT_RANGE, span);
            }
            let rest = video.slice(from..);
            let pieces = (0..rest.len()).step_by(1 << 20).map(move |at| {
                let end = rest.len().min(at + (1 << 20));
                Ok::<_, std::io::Error>(rest.slice(at..end))
            });
            let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
            Ok(response.body(body).unwrap())
        }
    }))
}

fn long_video() -> Bytes {
    let mut video: Vec<u8> = (0..LENGTH).map(|n| (n / 4096 % 251) as u8).collect();
    video[..8].copy_from_slice(b"\0\0\0\x18ftyp");
    video.into()
}

#[tokio::test(start_paused = true)]
async fn what_the_archive_has_not_taken_is_fetched_again() {
    let video = long_video();
    for trouble in [Trouble::DoesNotOpen, Trouble::RefusesAPart] {
        for content_type in ["video/mp4", "application/octet-stream"] {
            let (archive, folder) = troubled("refusing", trouble);
            let network = sending(&video, content_type);
            let kept = archive.keep("job", "https://cdn.example/v", &network).await;
            assert_eq!(kept.unwrap().length, LENGTH as u64, "{trouble:?}");
            let copied = std::fs::read(folder.join("job.mp4")).unwrap();
            assert!(copied == video, "{trouble:?}, {content_type}");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_not_as_long_as_the_video_is_taken_back() {
    let video = Bytes::from(video());
    let network = sending(&video, "video/mp4");
    let (archive, folder) = troubled("swallowing", Trouble::SwallowsAPart);
    let keep = async || archive.keep("job", "https://cdn.example/v", &network).await;
    let kept = keep().await;
    assert!(matches!(kept, Err(ArchiveError::Later(_))), "{kept:?}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    keep().await.unwrap();
    assert!(std::fs::read(folder.join("job.mp4")).unwrap() == video);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_an_archive_that_is_silent() {
    let (archive, folder) = troubled("silent", Trouble::IsSilent);
    let archived = Archived {
        name: "job.mp4".to_owned(),
        length: 10,
        etag: "\"a\"".to_owned(),
        content_type: "video/mp4".to_owned(),
    };
    let (get, headers, asked) = (Method::GET, HeaderMap::new(), Instant::now());
    let served = archive.serve(&archived, &get, &headers, false).await;
    assert!(served.is_err());
    assert!(asked.elapsed().as_secs() <= 3, "{:?}", asked.elapsed());
    std::fs::remove_dir_all(folder).unwrap();
}
