use konpro_api::{Job, JobError, Status};
use serde::{Deserialize, Serialize};

use crate::Instant;

/// What has been seen of a job, each part with the instant at which it was seen.
///
/// Two sightings merge into one by taking the later word on each part and the further status, so
/// that it does not matter in which order they are merged, or how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    status: Status,
    created_at: Seen<String>,
    estimated_time: Seen<u32>,
    queue_position: Seen<u32>,
    video_url: Seen<String>,
    thumbnail_url: Seen<String>,
    caption_url: Seen<String>,
    /// In milliseconds: floats have no order.
    duration: Seen<u64>,
    error: Seen<JobError>,
}

type Seen<T> = Option<(Instant, T)>;

impl Sighting {
    /// Nothing seen yet: the least that any other sighting can add to.
    pub fn nothing() -> Self {
        Self::of(
            &Job {
                status: Status::Pending,
                ..Job::default()
            },
            Instant::default(),
        )
    }

    /// What `job` says, heard at `at`.
    ///
    /// `completed` without a link is still running: there is nothing to watch yet.
    pub fn of(job: &Job, at: Instant) -> Self {
        let status = match job.status {
            Status::Completed if job.video_url.is_none() => Status::Processing,
            status => status,
        };
        let duration = job
            .duration
            .map(|seconds| (seconds * 1000.0).round() as u64);
        Self {
            status,
            created_at: seen(at, &job.created_at),
            estimated_time: seen(at, &job.estimated_time),
            queue_position: seen(at, &job.queue_position),
            video_url: seen(at, &job.video_url),
            thumbnail_url: seen(at, &job.thumbnail_url),
            caption_url: seen(at, &job.caption_url),
            duration: duration.map(|millis| (at, millis)),
            error: seen(at, &job.error),
        }
    }

    /// Everything that either of the two knows.
    pub fn merge(self, other: Self) -> Self {
        Self {
            status: self.status.max(other.status),
            created_at: self.created_at.max(other.created_at),
            estimated_time: self.estimated_time.max(other.estimated_time),
            queue_position: self.queue_position.max(other.queue_position),
            video_url: self.video_url.max(other.video_url),
            thumbnail_url: self.thumbnail_url.max(other.thumbnail_url),
            caption_url: self.caption_url.max(other.caption_url),
            duration: self.duration.max(other.duration),
            error: self.error.max(other.error),
        }
    }

    /// The furthest status seen.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The last estimate of the whole job, in seconds.
    pub fn estimated_time(&self) -> Option<u32> {
        told(&self.estimated_time)
    }

    /// When the link to the video was given.
    pub fn link_seen(&self) -> Option<Instant> {
        self.video_url.as_ref().map(|(at, _)| *at)
    }

    /// The sighting as a wire Job; parts that do not belong to its status are left out.
    pub fn job(&self, job_id: &str) -> Job {
        let pending = self.status == Status::Pending;
        let completed = self.status == Status::Completed;
        let failed = self.status == Status::Failed;
        Job {
            job_id: job_id.to_owned(),
            status: self.status,
            created_at: told(&self.created_at),
            estimated_time: told(&self.estimated_time),
            queue_position: told(&self.queue_position).filter(|_| pending),
            video_url: told(&self.video_url).filter(|_| completed),
            thumbnail_url: told(&self.thumbnail_url).filter(|_| completed),
            caption_url: told(&self.caption_url).filter(|_| completed),
            duration: told(&self.duration)
                .filter(|_| completed)
                .map(|ms| ms as f64 / 1000.0),
            error: told(&self.error).filter(|_| failed),
        }
    }
}

fn seen<T: Clone>(at: Instant, value: &Option<T>) -> Seen<T> {
    value.clone().map(|value| (at, value))
}

fn told<T: Clone>(seen: &Seen<T>) -> Option<T> {
    seen.as_ref().map(|(_, value)| value.clone())
}
