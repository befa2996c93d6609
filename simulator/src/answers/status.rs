use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    clock::Clock,
    jobs::{Job, Stage},
    links::Links,
};

/// The answer to a create. KonPro says `processing` even when the job waits.
pub(crate) fn created(job: &Job) -> Value {
    json!({
        "job_id": job.id,
        "status": "processing",
        "estimated_time": job.estimate.as_secs(),
        "message": "Video generation started",
    })
}

/// The flat form: what is unknown is absent.
pub(crate) fn status(job: &Job, clock: &Clock, links: &Links, now: Instant) -> Value {
    let stage = job.stage(now);
    let mut body = json!({
        "job_id": job.id,
        "status": stage.word(),
        "created_at": clock.rfc3339(job.accepted),
    });
    match stage {
        Stage::Pending | Stage::Processing => {
            body["estimated_time"] = json!(job.estimate.as_secs());
        }
        Stage::Completed => {
            body["video_url"] = json!(links.video(job, clock.unix_seconds(now)));
            body["thumbnail_url"] = json!(links.video_thumbnail(job));
            body["caption_url"] = json!(links.captions(job));
            body["duration"] = json!(job.duration);
        }
        Stage::Failed => body["error"] = processing_error(),
    }
    body
}

/// The envelope: what is unknown is null.
pub(crate) fn status_in_the_envelope(
    job: &Job,
    clock: &Clock,
    links: &Links,
    now: Instant,
) -> Value {
    let stage = job.stage(now);
    let completed = stage == Stage::Completed;
    json!({
        "code": 100,
        "data": {
            "id": job.id,
            "status": stage.word(),
            "video_url": completed.then(|| links.video(job, clock.unix_seconds(now))),
            "thumbnail_url": completed.then(|| links.video_thumbnail(job)),
            "gif_url": null,
            "caption_url": completed.then(|| links.captions(job)),
            "video_url_caption": null,
            "duration": completed.then_some(job.duration),
            "error": (stage == Stage::Failed).then(processing_error),
            "created_at": clock.unix_seconds(job.accepted),
            "callback_id": null,
        },
        "message": "Success",
    })
}

fn processing_error() -> Value {
    json!({"code": "PROCESSING_ERROR", "message": "The video could not be rendered"})
}
