use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use http::Request;
use http_body_util::BodyExt;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

use super::world::{KEY, World};
use super::{Outcome, Way};

pub(crate) const VISITORS: u64 = 100;
/// They come one after the other over the first hours.
const ARRIVAL: Duration = Duration::from_secs(4 * 3600);
/// Who has a video thinks about the next one; who was refused tries again.
const THINKING: Duration = Duration::from_secs(300);
const TRYING_AGAIN: Duration = Duration::from_secs(60);

type Shared = Rc<RefCell<Outcome>>;

/// Everybody makes videos, one after the other, until the time is over.
pub(crate) async fn live(world: &World, time: Duration) -> Outcome {
    let outcome = Shared::default();
    let local = LocalSet::new();
    let mut everybody = JoinSet::new();
    for visitor in 0..VISITORS {
        let (simulator, proxy, way) = (world.simulator.clone(), world.proxy.clone(), world.way);
        let mut one = Visitor {
            number: visitor,
            random: StdRng::seed_from_u64(visitor),
            world: World {
                simulator,
                way,
                proxy,
            },
            outcome: Rc::clone(&outcome),
        };
        everybody.spawn_local_on(async move { one.live().await }, &local);
    }
    let _ = local
        .run_until(timeout(time, std::future::pending::<()>()))
        .await;
    drop(everybody);
    drop(local);
    outcome.take()
}

struct Visitor {
    number: u64,
    random: StdRng,
    world: World,
    outcome: Shared,
}

impl Visitor {
    async fn live(&mut self) {
        sleep(ARRIVAL.mul_f64(self.random.random_range(0.0..1.0))).await;
        for nth in 0u32.. {
            let length = self.random.random_range(60..1_500);
            let text = format!("{} {nth} {}", self.number, "word ".repeat(length / 5));
            match self.world.way {
                Way::Proxy { .. } => self.through_the_proxy(&text).await,
                Way::Poller { every } => self.as_konpros_sample(&text, every).await,
            }
            sleep(THINKING.mul_f64(self.random.random_range(0.1..2.0))).await;
        }
    }

    async fn through_the_proxy(&mut self, text: &str) {
        let Some(proxy) = self.world.proxy.clone() else {
            return;
        };
        let asked = Instant::now();
        let Ok(created) = proxy.clone().oneshot(posting(text)).await;
        if created.status() == 429 {
            self.outcome.borrow_mut().visible_429 += 1;
        }
        let job = read(created.into_body()).await;
        let Some(id) = job["job_id"].as_str() else {
            return sleep(TRYING_AGAIN).await;
        };
        let promised = job["estimated_time"].as_f64();
        let path = format!("/v1/video-avatars/{id}/events");
        let Ok(stream) = proxy.oneshot(getting(&path)).await;
        let mut events = stream.into_body().into_data_stream();
        while let Some(Ok(event)) = events.next().await {
            if event.windows(11).any(|word| word == b"\"completed\"") {
                self.has_video(text, asked, promised);
            }
        }
    }

    async fn as_konpros_sample(&mut self, text: &str, every: Duration) {
        let asked = Instant::now();
        let created = self.world.simulator.service().oneshot(posting(text)).await;
        let Ok(created) = created else { return };
        let refused = created.status() == 429;
        let job = read(created.into_body()).await;
        let Some(id) = job["job_id"].as_str().filter(|_| !refused) else {
            self.outcome.borrow_mut().visible_429 += 1;
            return sleep(TRYING_AGAIN).await;
        };
        let path = format!("/v1/video-avatars/{id}");
        loop {
            sleep(every).await;
            let looked = self.world.simulator.service().oneshot(getting(&path)).await;
            let Ok(looked) = looked else { continue };
            if looked.status() == 429 {
                self.outcome.borrow_mut().visible_429 += 1;
            }
            if read(looked.into_body()).await["status"] == "completed" {
                return self.has_video(text, asked, job["estimated_time"].as_f64());
            }
        }
    }

    fn has_video(&self, text: &str, asked: Instant, promised: Option<f64>) {
        let now = Instant::now();
        let created = self.world.simulator.counts().created;
        let made = created.iter().rev().find(|video| video.text == text);
        let ended = made.and_then(|video| self.world.simulator.ends(&video.job_id));
        let outcome = &mut *self.outcome.borrow_mut();
        outcome.videos += 1;
        outcome
            .notice
            .extend(ended.map(|ended| now.saturating_duration_since(ended)));
        let took = (now - asked).as_secs_f64();
        let off = promised.map(|promised| (promised - took).abs() / took);
        outcome.promise.extend(off.map(Duration::from_secs_f64));
    }
}

fn posting(text: &str) -> Request<Body> {
    let body = json!({"avatar_id": "avatar-3655", "voice_id": "voice-123", "text": text});
    let request = Request::post("/v1/video-avatars")
        .header("content-type", "application/json")
        .header("x-api-key", KEY);
    request
        .body(Body::from(body.to_string()))
        .unwrap_or_default()
}

fn getting(path: &str) -> Request<Body> {
    let request = Request::get(path).header("x-api-key", KEY);
    request.body(Body::empty()).unwrap_or_default()
}

async fn read(body: Body) -> Value {
    let bytes = body.collect().await.map(|body| body.to_bytes());
    serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
}
