use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    clock::Clock,
    jobs::{Job, Stage},
    links::Links,
    webhooks::Endpoint,
};

/// All videos, the newest first.
pub(crate) fn videos<'a>(
    jobs: impl DoubleEndedIterator<Item = &'a Job> + ExactSizeIterator,
    clock: &Clock,
    now: Instant,
) -> Value {
    let total = jobs.len();
    let videos: Vec<Value> = jobs
        .rev()
        .map(|job| {
            json!({
                "video_id": job.id,
                "status": job.stage(now).word(),
                "created_at": clock.unix_seconds(job.accepted),
                "type": "GENERATED",
                "folder_id": null,
            })
        })
        .collect();
    json!({
        "code": 100,
        "data": {"token": null, "total": total, "videos": videos},
        "message": "Success",
    })
}

/// 600 credits of 60 units, less a unit for each second of finished video, charged by 30 s.
pub(crate) fn quota<'a>(jobs: impl Iterator<Item = &'a Job>, now: Instant) -> Value {
    let finished = jobs.filter(|job| job.stage(now) == Stage::Completed);
    let used: f64 = finished
        .map(|job| (job.duration / 30.0).ceil() * 30.0)
        .sum();
    let left = (600.0 * 60.0 - used).max(0.0);
    json!({"remaining_quota": left, "details": {"plan_credit": left}})
}

pub(crate) fn endpoint_added(endpoint: &Endpoint, created_at: String) -> Value {
    json!({
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "entity_id": endpoint.entity_id,
        "secret": endpoint.secret,
        "status": "enabled",
        "created_at": created_at,
    })
}

/// What a webhook says: the event's name, and its body.
pub(crate) fn event(
    job: &Job,
    clock: &Clock,
    links: &Links,
    now: Instant,
) -> (&'static str, Value) {
    let completed = job.stage(now) == Stage::Completed;
    let name = if completed {
        "avatar_video.success"
    } else {
        "avatar_video.fail"
    };
    let body = json!({
        "event_type": name,
        "event_data": {
            "video_id": job.id,
            "url": completed.then(|| links.video(job, clock.unix_seconds(now))),
            "gif_download_url": null,
            "video_share_page_url": null,
            "folder_id": null,
            "callback_id": null,
        },
    });
    (name, body)
}
