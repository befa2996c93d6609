//! A script of 3,000 characters, in one piece and in segments, through the proxy and the simulator on a clock that runs as fast as the
//! computer can: when the first second plays, how long a visitor who watches at once waits afterwards, what it costs.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use konpro_api::{Job, Limits as Told, Status};
use konpro_job::cut::{Terms, segments};
use konpro_job::script::credits;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::budget::Way;
use crate::budget::world::{Limits, World};

/// What a visitor sees of it.
struct Watched {
    parts: usize,
    first: f64,
    stalled: f64,
    over: f64,
    credits: f64,
}

pub(crate) fn run() -> anyhow::Result<()> {
    println!(
        "{:<26} {:>6} {:>9} {:>10} {:>9} {:>9}",
        "", "parts", "first s", "stalled s", "over s", "credits"
    );
    let many = Limits {
        concurrent: 10,
        ..Limits::PRO
    };
    for limits in [Limits::TRIAL, Limits::PRO, many] {
        let whole = watch(limits, false)?;
        let cut = watch(limits, true)?;
        println!("{} at once", limits.concurrent);
        for (name, it) in [("  in one piece", &whole), ("  in segments", &cut)] {
            println!(
                "{name:<26} {:>6} {:>9.0} {:>10.0} {:>9.0} {:>9.1}",
                it.parts, it.first, it.stalled, it.over, it.credits
            );
        }
        println!(
            "{:<26} {:>6} {:>8.0}%",
            "  first second, share",
            "",
            100.0 * cut.first / whole.first
        );
    }
    Ok(())
}

fn watch(limits: Limits, cut: bool) -> anyhow::Result<Watched> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let world = World::new(limits, Way::Proxy { webhooks: true }).await?;
        let proxy = world
            .proxy
            .as_ref()
            .ok_or_else(|| anyhow::anyhow!("no proxy"))?;
        play(proxy, cut).await
    })
}

async fn play(proxy: &Router, cut: bool) -> anyhow::Result<Watched> {
    let told: Told = call(proxy, Method::GET, "/v1/limits", None).await?;
    let sentences = script();
    let pieces: Vec<&str> = sentences.iter().map(String::as_str).collect();
    let texts = match cut {
        true => {
            let usual = Terms::default();
            let terms = Terms {
                estimate: told.estimate.unwrap_or(usual.estimate),
                credits: told.credits,
                ..usual
            };
            segments(&pieces, terms)
        }
        false => vec![pieces.concat()],
    };
    let begin = Instant::now();
    let mut jobs = Vec::new();
    for text in &texts {
        let video = json!({ "avatar_id": "avatar-3655", "voice_id": "voice-101", "text": text });
        let job: Job = call(proxy, Method::POST, "/v1/video-avatars", Some(video)).await?;
        jobs.push(job.job_id);
    }
    // The player goes from one to the next; none is ready before it is seen to be.
    let mut watched = Watched {
        parts: texts.len(),
        first: 0.0,
        stalled: 0.0,
        over: 0.0,
        credits: 0.0,
    };
    for (place, job_id) in jobs.iter().enumerate() {
        let path = format!("/v1/video-avatars/{job_id}");
        let job = loop {
            let job: Job = call(proxy, Method::GET, &path, None).await?;
            if job.status == Status::Completed {
                break job;
            }
            anyhow::ensure!(job.status != Status::Failed, "a video failed");
            sleep(Duration::from_millis(500)).await;
        };
        let ready = begin.elapsed().as_secs_f64();
        match place {
            0 => watched.first = ready,
            _ => watched.stalled += (ready - watched.over).max(0.0),
        }
        let length = job.duration.unwrap_or_default();
        watched.over = watched.over.max(ready) + length;
        if let Some(rule) = told.credits {
            watched.credits += credits(length.ceil() as u32, rule);
        }
    }
    Ok(watched)
}

/// Sentences of different lengths, 3,000 characters in all.
fn script() -> Vec<String> {
    let words = [
        "the", "harbour", "opens", "early", "and", "every", "guest", "may", "walk", "along", "its",
        "quiet", "boats",
    ];
    let mut sentences: Vec<String> = Vec::new();
    let mut length = 0;
    while length < 3_000 {
        let count = 6 + sentences.len() * 5 % 11;
        let said: Vec<&str> = words
            .iter()
            .cycle()
            .skip(sentences.len())
            .take(count)
            .copied()
            .collect();
        let sentence = format!("Day {}, {}. ", 1_000 + sentences.len(), said.join(" "));
        length += sentence.len();
        sentences.push(sentence);
    }
    sentences
}

async fn call<T: DeserializeOwned>(
    proxy: &Router,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<T> {
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(body)?;
    let answer = proxy.clone().oneshot(request).await?;
    let answer = answer.into_body().collect().await?.to_bytes();
    Ok(serde_json::from_slice(&answer)?)
}
