//! Videos kept by the operator: in a folder, and in a real S3-speaking server.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::{join_all, pending};
use futures_util::stream;
use http::{Method, Response, StatusCode};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::program::{json, konpro};
use crate::support::program::Program;
use crate::support::visitor::{VIDEOS, create, ended, get, order};
use crate::support::{KEY, Stage};

const BUCKET: &str = "videos";
const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "an-access-secret-that-nobody-may-see";

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Checks signatures, as the real one does.
async fn s3(name: &str) -> (String, PathBuf) {
    let root = empty_folder(name);
    std::fs::create_dir_all(root.join(BUCKET)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(&root).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service: S3Service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
            tokio::spawn(connection);
        }
    });
    (url, root)
}

/// Makes a video, waits for its copy, lets KonPro forget it, and plays from the copy.
async fn outlives_konpro(environment: &[(&str, &str)]) -> String {
    let (simulator, url) = konpro().await;
    let mut all = vec![
        ("KONPRO_API_KEY", KEY),
        ("KONPRO_API_URL", url.as_str()),
        ("KONPRO_RATE_PER_MINUTE", "1000"),
        ("RUST_LOG", "info"),
    ];
    all.extend_from_slice(environment);
    let mut program = Program::start(&[], &all).await;
    let created = program
        .ask(&format!("POST {VIDEOS}"), &order("Hello.").to_string())
        .await;
    let video = format!(
        "{VIDEOS}/{}/video",
        json(&created)["job_id"].as_str().unwrap()
    );
    program.hears("video archived").await;
    simulator.inject("media:500".parse().unwrap());
    let whole = program.ask(&format!("GET {video}"), "").await;
    assert!(whole.starts_with("HTTP/1.1 200 OK\r\n"), "{whole:.300}");
    for header in [
        "content-type: video/mp4",
        "accept-ranges: bytes",
        "etag: \"",
    ] {
        assert!(whole.contains(header), "{header}: {whole:.500}");
    }
    assert!(whole.contains("ftyp"));
    let download = program.ask(&format!("GET {video}?download"), "").await;
    assert!(download.contains("content-disposition: attachment; filename=\"video.mp4\""));
    let part = program
        .ask_with(&format!("GET {video}"), "range: bytes=4-7\r\n")
        .await;
    assert!(
        part.starts_with("HTTP/1.1 206 Partial Content\r\n"),
        "{part}"
    );
    assert!(part.ends_with("\r\n\r\nftyp"), "{part}");
    let beyond = program
        .ask_with(&format!("GET {video}"), "range: bytes=99999999-\r\n")
        .await;
    assert!(beyond.starts_with("HTTP/1.1 416 "), "{beyond}");
    assert!(beyond.contains("content-range: bytes */"), "{beyond}");
    assert_eq!(json(&beyond)["error"]["code"], "INVALID_REQUEST");
    let head = program.ask(&format!("HEAD {video}"), "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let log = program.stop().await;
    assert!(!log.contains(SECRET_KEY), "the log keeps the secret");
    log
}

#[tokio::test]
async fn a_video_outlives_konpros_own_copy_in_a_folder() {
    let folder = empty_folder("archive-folder");
    let setting = format!("file://{}", folder.display());
    outlives_konpro(&[("KONPRO_PROXY_ARCHIVE", &setting)]).await;
    let copies = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(copies, 1, "a copy and nothing else");
}

#[tokio::test]
async fn a_video_outlives_konpros_own_copy_in_s3() {
    let (endpoint, root) = s3("archive-s3").await;
    outlives_konpro(&[
        ("KONPRO_PROXY_ARCHIVE", "s3://videos/konpro"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ])
    .await;
    let copies = std::fs::read_dir(root.join(BUCKET).join("konpro"))
        .unwrap()
        .count();
    assert_eq!(copies, 1, "a copy and nothing else");
}

fn archiving_to(folder: &Path) -> Stage {
    Stage::set(|config| {
        config.archive = Some(format!("file://{}", folder.display()).parse().unwrap());
        config.concurrent_videos = 10;
    })
}

#[tokio::test(start_paused = true)]
async fn an_archive_may_be_away_for_days() {
    for (days, copied) in [(1, true), (8, false)] {
        let folder = empty_folder("archive-away");
        let stage = archiving_to(&folder);
        let proxy = stage.proxy();
        std::fs::remove_dir(&folder).unwrap();
        std::fs::write(&folder, "no folder").unwrap();
        let made = create(&proxy, "Hello.").await;
        ended(&proxy, &made).await;
        sleep(Duration::from_secs(days * 24 * 3600)).await;
        std::fs::remove_file(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        sleep(Duration::from_secs(2 * 3600)).await;
        let expected = match copied {
            true => StatusCode::OK,
            false => StatusCode::FOUND,
        };
        let video = get(&proxy, &format!("{made}/video")).await;
        assert_eq!(video.status, expected, "{days} days");
    }
}

/// How many videos are awaited, now and at most.
#[derive(Default)]
struct Awaited {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One that does not arrive.
struct Awaiting<'a>(&'a Awaited);

impl<'a> Awaiting<'a> {
    fn begin(awaited: &'a Awaited) -> Self {
        let now = awaited.now.fetch_add(1, Ordering::Relaxed) + 1;
        awaited.most.fetch_max(now, Ordering::Relaxed);
        Self(awaited)
    }
}

impl Drop for Awaiting<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn few_videos_are_copied_at_one_time() {
    let folder = empty_folder("archive-few");
    let stage = archiving_to(&folder);
    let awaited = Arc::new(Awaited::default());
    for _ in 0..60 {
        let awaited = Arc::clone(&awaited);
        let body = Body::from_stream(stream::once(async move {
            let _until_nobody_waits = Awaiting::begin(&awaited);
            pending::<Result<Bytes, Infallible>>().await
        }));
        let answer = Ok(Response::new(body));
        stage.downloads.answer(Method::GET, "/media", answer);
    }
    let proxy = stage.proxy();
    let videos = (0..10).map(async |number| {
        let made = create(&proxy, &format!("Hello {number}.")).await;
        ended(&proxy, &made).await;
    });
    join_all(videos).await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(awaited.most.load(Ordering::Relaxed), 4);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_has_left_in_the_folder_is_erased() {
    let folder = empty_folder("archive-leftovers");
    let left = folder.join("a.mp4#1");
    let file = std::fs::File::create(&left).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(24 * 3600);
    file.set_modified(long_ago).unwrap();
    let _proxy = archiving_to(&folder).proxy();
    sleep(Duration::from_secs(3600)).await;
    assert!(!left.exists());
}
