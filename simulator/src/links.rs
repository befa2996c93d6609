use std::time::Duration;

use crate::{
    catalogue::{Avatar, Voice},
    jobs::Job,
    seed::Seed,
};

/// Where media are found. Links to finished videos expire; all others stay.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    base: String,
    seed: Seed,
    lifetime: Duration,
}

impl Links {
    pub(crate) fn new(public_url: &str, seed: Seed, lifetime: Duration) -> Self {
        Self {
            base: format!("{}/media", public_url.trim_end_matches('/')),
            seed,
            lifetime,
        }
    }

    /// A link to the finished video that works from now on for the configured time.
    pub(crate) fn video(&self, job: &Job, now: u64) -> String {
        let expires = now + self.lifetime.as_secs();
        format!(
            "{}/videos/{}.{}?expires={expires}&signature={}",
            self.base,
            job.id,
            job.order.format.extension(),
            self.signature(&job.id, expires)
        )
    }

    /// Whether a link to the finished video was given out and has not expired. `now` and `expires` are Unix seconds.
    pub(crate) fn is_alive(&self, job_id: &str, expires: u64, signature: &str, now: u64) -> bool {
        now < expires && signature == self.signature(job_id, expires)
    }

    pub(crate) fn video_thumbnail(&self, job: &Job) -> String {
        format!("{}/thumbnails/{}.svg", self.base, job.id)
    }

    pub(crate) fn captions(&self, job: &Job) -> String {
        format!("{}/captions/{}.ass", self.base, job.id)
    }

    pub(crate) fn avatar_thumbnail(&self, avatar: &Avatar) -> String {
        format!("{}/avatars/{}.svg", self.base, avatar.id)
    }

    pub(crate) fn avatar_preview(&self, avatar: &Avatar) -> String {
        format!("{}/avatars/{}.mp4", self.base, avatar.id)
    }

    pub(crate) fn voice_preview(&self, voice: &Voice) -> String {
        format!("{}/voices/{}.mp3", self.base, voice.id)
    }

    fn signature(&self, job_id: &str, expires: u64) -> String {
        let half = |which: u8| self.seed.number(("link", which, job_id, expires));
        format!("{:016x}{:016x}", half(0), half(1))
    }
}
