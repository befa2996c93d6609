use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use object_store::{
    Attribute, AttributeValue, ObjectStoreExt, PutMultipartOptions, WriteMultipart,
};
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{Archive, ArchiveError, Archived};
use crate::links::is_dead;
use crate::network::Network;

/// No video is larger.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// S3 wants no part smaller than 5 MiB but the last.
const PART: usize = 8 * 1024 * 1024;
/// Parts that are written at one time: what is held in memory is this many, and one more.
const PARTS_AT_ONCE: usize = 2;
/// How often a download that broke off goes on from where it was.
const ATTEMPTS: u32 = 6;
/// The video's host has so long to begin, and to go on.
const SILENCE: Duration = Duration::from_secs(30);

impl Archive {
    /// Copies the video at `link` under `name`, to which its kind is added.
    ///
    /// Streams: no more than a few parts are ever in memory. A download that breaks off goes on
    /// from where it was, as long as the host proves that it is still the same video.
    pub(crate) async fn keep(
        &self,
        name: &str,
        link: &str,
        downloads: &Network,
    ) -> Result<Archived, ArchiveError> {
        let mut copy = Copy::nothing(self, name);
        let mut outcome = Err(ArchiveError::Later("nothing was tried".to_owned()));
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(Duration::from_secs(1 << attempt)).await;
            }
            outcome = copy.go_on(link, downloads).await;
            match outcome {
                Ok(()) => return copy.finish().await,
                Err(ArchiveError::Later(_)) => {}
                Err(_) => break,
            }
        }
        copy.begin_anew().await;
        outcome.and(Err(ArchiveError::Later("the copy broke off".to_owned())))
    }
}

/// What there is of a copy.
struct Copy<'a> {
    archive: &'a Archive,
    name: &'a str,
    written: u64,
    /// In all, as the video's host says.
    total: Option<u64>,
    /// What proves that it is still the same video.
    validator: Option<String>,
    content_type: Option<&'static str>,
    hash: Sha256,
    upload: Option<WriteMultipart>,
}

impl<'a> Copy<'a> {
    fn nothing(archive: &'a Archive, name: &'a str) -> Self {
        Self {
            archive,
            name,
            written: 0,
            total: None,
            validator: None,
            content_type: None,
            hash: Sha256::new(),
            upload: None,
        }
    }

    /// Whatever was written is taken back.
    async fn begin_anew(&mut self) {
        if let Some(upload) = self.upload.take() {
            // What cannot be taken back now is taken back by the storage's own rules.
            let _ = upload.abort().await;
        }
        *self = Self::nothing(self.archive, self.name);
    }

    /// Asks for what is missing, and writes what comes.
    async fn go_on(&mut self, link: &str, downloads: &Network) -> Result<(), ArchiveError> {
        let resumable = self.written > 0 && self.validator.is_some();
        if self.written > 0 && !resumable {
            self.begin_anew().await;
        }
        let mut request = Request::get(link);
        if let (true, Some(validator)) = (resumable, &self.validator) {
            request = request
                .header(header::RANGE, format!("bytes={}-", self.written))
                .header(header::IF_RANGE, validator);
        }
        let request = request
            .body(Bytes::new())
            .map_err(|_| ArchiveError::Hopeless("the video's link is none".to_owned()))?;
        let answer = timeout(SILENCE, downloads.clone().oneshot(request)).await;
        let answer = answer
            .map_err(|_| later("the video's host does not answer"))?
            .map_err(|_| later("the video's host cannot be reached"))?;
        let (head, body) = answer.into_parts();
        self.open(head.status, &head.headers).await?;
        self.write(body).await
    }

    /// What the answer's head says of the video.
    async fn open(&mut self, status: StatusCode, headers: &HeaderMap) -> Result<(), ArchiveError> {
        match status {
            StatusCode::PARTIAL_CONTENT if self.written > 0 => {
                let (first, total) = content_range(headers).unwrap_or_default();
                let same = self.total.is_none_or(|known| known == total);
                if first == self.written && same && total <= LARGEST {
                    self.total = Some(total);
                    return Ok(());
                }
                self.begin_anew().await;
                return Err(later(
                    "the video's host sends another part than was asked for",
                ));
            }
            StatusCode::OK => {}
            status if is_dead(status) => return Err(ArchiveError::Stale),
            StatusCode::RANGE_NOT_SATISFIABLE => {
                self.begin_anew().await;
                return Err(later("the video has changed"));
            }
            status => return Err(later(&format!("the video's host says {status}"))),
        }
        // The whole, from its beginning.
        self.begin_anew().await;
        self.total = number(headers, header::CONTENT_LENGTH);
        if self.total.is_some_and(|total| total > LARGEST) {
            return Err(ArchiveError::Hopeless("the video is too large".to_owned()));
        }
        let strong = text(headers, header::ETAG).filter(|tag| !tag.starts_with("W/"));
        let validator = strong.or_else(|| text(headers, header::LAST_MODIFIED));
        self.validator = validator.map(str::to_owned);
        self.content_type = text(headers, header::CONTENT_TYPE).and_then(known_type);
        Ok(())
    }

    async fn write(&mut self, mut body: Body) -> Result<(), ArchiveError> {
        loop {
            let frame = timeout(SILENCE, body.frame()).await;
            let frame = frame.map_err(|_| later("the video's host falls silent"))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|_| later("the video breaks off"))?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            if self.written + bytes.len() as u64 > self.total.unwrap_or(LARGEST) {
                return Err(ArchiveError::Hopeless(
                    "the video is longer than its host says".to_owned(),
                ));
            }
            if let Err(error) = self.put(bytes).await {
                // Nobody knows how much of it the archive has.
                self.begin_anew().await;
                return Err(error);
            }
        }
        match self.total {
            Some(total) if self.written < total => Err(later("the video breaks off")),
            _ if self.written == 0 => Err(later("the video is empty")),
            _ => Ok(()),
        }
    }

    async fn put(&mut self, bytes: Bytes) -> Result<(), ArchiveError> {
        let upload = self.upload(&bytes).await?;
        // The host waits while the archive is slow.
        upload.wait_for_capacity(PARTS_AT_ONCE).await?;
        upload.put(bytes.clone());
        self.written += bytes.len() as u64;
        self.hash.update(&bytes);
        Ok(())
    }

    /// The copy being written; begun with the first bytes, which show what kind of a video it is.
    async fn upload(&mut self, first: &Bytes) -> Result<&mut WriteMultipart, ArchiveError> {
        if self.upload.is_none() {
            let by_its_bytes = || by_magic(first);
            let content_type = self.content_type.or_else(by_its_bytes);
            // Most likely the page of a gateway that is in trouble.
            let content_type = content_type.ok_or_else(|| later("it is no video"))?;
            self.content_type = Some(content_type);
            let mut options = PutMultipartOptions::default();
            if self.archive.folder.is_none() {
                let value = AttributeValue::from(content_type);
                options.attributes.insert(Attribute::ContentType, value);
            }
            let path = self.archive.path(&self.file_name());
            let store = &self.archive.store;
            let upload = store.put_multipart_opts(&path, options).await?;
            self.upload = Some(WriteMultipart::new_with_chunk_size(upload, PART));
        }
        self.upload
            .as_mut()
            .ok_or_else(|| later("the copy was not begun"))
    }

    fn file_name(&self) -> String {
        match self.content_type {
            Some("video/webm") => format!("{}.webm", self.name),
            _ => format!("{}.mp4", self.name),
        }
    }

    async fn finish(mut self) -> Result<Archived, ArchiveError> {
        let name = self.file_name();
        let upload = self.upload.take();
        let upload = upload.ok_or_else(|| later("the copy was not begun"))?;
        upload.finish().await?;
        let kept = self.archive.store.head(&self.archive.path(&name)).await?;
        if kept.size != self.written {
            self.archive.erase(&name).await?;
            return Err(later("the archive has not kept all of the video"));
        }
        let hash = self.hash.finalize();
        let hex: String = hash[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Archived {
            name,
            length: self.written,
            etag: format!("\"{hex}\""),
            content_type: self.content_type.unwrap_or("video/mp4").to_owned(),
        })
    }
}

fn later(why: &str) -> ArchiveError {
    ArchiveError::Later(why.to_owned())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: header::HeaderName) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

/// The first byte and the whole length of `bytes 100-199/200`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let range = text(headers, header::CONTENT_RANGE)?.strip_prefix("bytes ")?;
    let (part, total) = range.split_once('/')?;
    let (first, _) = part.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()?))
}

fn known_type(content_type: &str) -> Option<&'static str> {
    let essence = content_type.split(';').next()?.trim();
    ["video/mp4", "video/webm"]
        .into_iter()
        .find(|known| essence.eq_ignore_ascii_case(known))
}

/// For hosts that call everything `application/octet-stream`.
fn by_magic(first: &Bytes) -> Option<&'static str> {
    match first.get(..8) {
        Some([0x1a, 0x45, 0xdf, 0xa3, ..]) => Some("video/webm"),
        Some([_, _, _, _, b'f', b't', b'y', b'p']) => Some("video/mp4"),
        _ => None,
    }
}
