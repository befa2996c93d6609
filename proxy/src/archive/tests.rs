//! Copies, from hosts that misbehave, to a folder.

mod misbehaving;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, header};
use http_body_util::BodyExt;
use tower::service_fn;

use super::*;
use crate::network::{Network, NetworkError};

/// What the host does with each request in turn.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// Answers properly, and breaks off after so many bytes.
    BreaksAfter(usize),
    IgnoresRanges,
    ChangesTheVideo,
    Says(u16),
    Honest,
    PromisesMore,
    SaysNothingOfLength,
    /// Breaks off after so many bytes, of how many it did not say.
    SaysNothingAndBreaksAfter(usize),
    /// As if that were all.
    EndsAfter(usize),
    SendsAPage,
    NeverOpens,
}

fn video() -> Vec<u8> {
    let mut video: Vec<u8> = (0..300_000u32).map(|n| (n * 7 % 251) as u8).collect();
    video[..8].copy_from_slice(b"\0\0\0\x18ftyp");
    video
}

type Log = Arc<Mutex<Vec<HeaderMap>>>;

fn host(turns: &[Turn]) -> (Network, Log) {
    let turns = Arc::new(Mutex::new(turns.iter().copied().collect::<VecDeque<_>>()));
    let log = Log::default();
    let asked = Arc::clone(&log);
    let network = Network::new(service_fn(move |request: Request<Bytes>| {
        asked.lock().unwrap().push(request.headers().clone());
        let turn = turns.lock().unwrap().pop_front().unwrap_or(Turn::Honest);
        async move { answer(turn, &request) }
    }));
    (network, log)
}

fn answer(turn: Turn, request: &Request<Bytes>) -> Result<Response<Body>, NetworkError> {
    let mut video = video();
    let mut tag = "\"one\"";
    let range = request.headers().get("range");
    let mut from = range.map_or(0, |range| {
        let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
        range.trim_end_matches('-').parse::<usize>().unwrap()
    });
    let mut length = None;
    let mut end = video.len();
    match turn {
        Turn::NeverOpens => return Err(NetworkError::NeverOpened),
        Turn::Says(status) => {
            return Ok(Response::builder()
                .status(status)
                .body(Body::empty())
                .unwrap());
        }
        Turn::SendsAPage => return Ok(Response::new(Body::from("<!doctype html>"))),
        Turn::BreaksAfter(bytes)
        | Turn::EndsAfter(bytes)
        | Turn::SaysNothingAndBreaksAfter(bytes) => end = (from + bytes).min(video.len()),
        Turn::IgnoresRanges => from = 0,
        Turn::ChangesTheVideo => {
            video.reverse();
            video[..8].copy_from_slice(b"\0\0\0\x18ftyp");
            (tag, from) = ("\"two\"", 0);
        }
        Turn::PromisesMore => length = Some(video.len() + 10),
        Turn::Honest | Turn::SaysNothingOfLength => {}
    }
    let mut response = Response::builder().header(header::ETAG, tag);
    if from > 0 {
        let span = format!("bytes {from}-{}/{}", video.len() - 1, video.len());
        response = response.status(206).header(header::CONTENT_RANGE, span);
    } else if !matches!(
        turn,
        Turn::SaysNothingOfLength | Turn::SaysNothingAndBreaksAfter(_)
    ) {
        let length = length.unwrap_or(video.len());
        response = response.header(header::CONTENT_LENGTH, length);
    }
    let broken = end < video.len() && !matches!(turn, Turn::EndsAfter(_));
    let mut pieces: Vec<Result<Bytes, std::io::Error>> = video[from..end]
        .chunks(10_000)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    if broken {
        pieces.push(Err(std::io::Error::other("broken off")));
    }
    Ok(response
        .body(Body::from_stream(stream::iter(pieces)))
        .unwrap())
}

pub(super) fn folder(name: &str) -> (Archive, PathBuf) {
    let folder = std::env::temp_dir().join(format!("konpro-archive-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let setting = format!("file://{}", folder.display()).parse().unwrap();
    (Archive::open(&setting).unwrap(), folder)
}

async fn keep(name: &str, turns: &[Turn]) -> (Result<Archived, ArchiveError>, Log, PathBuf) {
    let (archive, folder) = folder(name);
    let (network, log) = host(turns);
    let kept = archive.keep("job", "https://cdn.example/v", &network).await;
    (kept, log, folder)
}

#[tokio::test(start_paused = true)]
async fn a_video_is_copied_whole_however_its_host_stumbles() {
    for (name, turns, requests) in [
        ("honest", &[][..], 1),
        (
            "breaks",
            &[Turn::BreaksAfter(35_000), Turn::BreaksAfter(50_000)][..],
            3,
        ),
        (
            "refuses",
            &[Turn::NeverOpens, Turn::Says(503), Turn::Says(429)][..],
            4,
        ),
        ("no-length", &[Turn::SaysNothingOfLength][..], 1),
        (
            "ends",
            &[
                Turn::SaysNothingAndBreaksAfter(35_000),
                Turn::EndsAfter(50_000),
            ][..],
            3,
        ),
        ("page", &[Turn::SendsAPage][..], 2),
        (
            "ignores",
            &[Turn::BreaksAfter(35_000), Turn::IgnoresRanges][..],
            2,
        ),
    ] {
        let (kept, log, folder) = keep(name, turns).await;
        let kept = kept.unwrap();
        assert_eq!(
            (kept.name.as_str(), kept.length),
            ("job.mp4", 300_000),
            "{name}"
        );
        assert_eq!(
            std::fs::read(folder.join("job.mp4")).unwrap(),
            video(),
            "{name}"
        );
        let files = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(files, 1, "{name}: nothing else is left");
        let log = log.lock().unwrap();
        assert_eq!(log.len(), requests, "{name}");
        if name == "breaks" {
            assert_eq!(log[1]["range"], "bytes=35000-");
            assert_eq!(log[1]["if-range"], "\"one\"");
            assert_eq!(log[2]["range"], "bytes=85000-");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn two_videos_are_not_mixed() {
    let turns = [Turn::BreaksAfter(35_000), Turn::ChangesTheVideo];
    let (kept, _, folder) = keep("mixed", &turns).await;
    assert_eq!(kept.unwrap().length, 300_000);
    let copied = std::fs::read(folder.join("job.mp4")).unwrap();
    assert_eq!(
        copied[20..],
        video().iter().rev().copied().collect::<Vec<_>>()[20..]
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_not_whole_never_appears() {
    let always = |turn| vec![turn; 20];
    for (name, turns, stale) in [
        ("short", always(Turn::BreaksAfter(0)), false),
        ("promises", always(Turn::PromisesMore), false),
        ("pages", always(Turn::SendsAPage), false),
        ("stale", always(Turn::Says(403)), true),
        ("gone", always(Turn::Says(404)), true),
    ] {
        let (kept, _, folder) = keep(name, &turns).await;
        let error = kept.unwrap_err();
        match stale {
            true => assert!(matches!(error, ArchiveError::Stale), "{name}: {error}"),
            false => assert!(matches!(error, ArchiveError::Later(_)), "{name}: {error}"),
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{name}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_served_with_ranges() {
    let (archive, folder) = folder("serving");
    let (network, _) = host(&[]);
    let kept = archive
        .keep("job", "https://cdn.example/v", &network)
        .await
        .unwrap();
    let ask = async |method: Method, name: &'static str, value: &str| {
        let mut headers = HeaderMap::new();
        if !name.is_empty() {
            headers.insert(name, value.parse().unwrap());
        }
        let response = archive
            .serve(&kept, &method, &headers, false)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    };
    let (whole, body) = ask(Method::GET, "", "").await;
    assert_eq!((whole.status.as_u16(), &body[..]), (200, &video()[..]));
    assert_eq!(whole.headers["content-type"], "video/mp4");
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    assert_eq!(whole.headers["etag"], kept.etag.as_str());
    let (part, body) = ask(Method::GET, "range", "bytes=100-199").await;
    assert_eq!((part.status.as_u16(), &body[..]), (206, &video()[100..200]));
    assert_eq!(part.headers["content-range"], "bytes 100-199/300000");
    assert_eq!(part.headers["content-length"], "100");
    let (last, body) = ask(Method::GET, "range", "bytes=-5").await;
    assert_eq!(
        (last.status.as_u16(), &body[..]),
        (206, &video()[299_995..])
    );
    let (beyond, _) = ask(Method::GET, "range", "bytes=300000-").await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.headers["content-range"], "bytes */300000");
    let (known, body) = ask(Method::GET, "if-none-match", &kept.etag).await;
    assert_eq!((known.status.as_u16(), body.len()), (304, 0));
    let (head, body) = ask(Method::HEAD, "", "").await;
    assert_eq!((head.status.as_u16(), body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], "300000");

    archive.check().await.unwrap();
    archive.erase(&kept.name).await.unwrap();
    archive.erase(&kept.name).await.unwrap();
    for method in [Method::GET, Method::HEAD] {
        let gone = archive.serve(&kept, &method, &HeaderMap::new(), true).await;
        assert!(gone.is_err(), "{method}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
