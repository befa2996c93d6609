use std::time::Duration;

use tokio::time::Instant;

use crate::{
    catalogue::{Avatar, Voice},
    media::{self, Background, Format, Resolution},
    seed::Seed,
};

/// What was asked for, checked.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) avatar: &'static Avatar,
    pub(crate) voice: &'static Voice,
    pub(crate) text: String,
    pub(crate) resolution: Resolution,
    pub(crate) format: Format,
    pub(crate) background: Background,
    pub(crate) webhook_url: Option<String>,
}

/// How a job will end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completes,
    Fails,
    Never,
}

/// Where a job stands at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Processing,
    Completed,
    Failed,
}

impl Stage {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// A job, decided from beginning to end when it is accepted: later looks only read the clock.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) order: Order,
    pub(crate) accepted: Instant,
    pub(crate) estimate: Duration,
    /// The finished video's length in seconds.
    pub(crate) duration: f64,
    starts: Instant,
    ends: Instant,
    ending: Ending,
}

impl Job {
    pub(crate) fn stage(&self, now: Instant) -> Stage {
        if now < self.starts {
            return Stage::Pending;
        }
        match self.ending {
            Ending::Completes if now >= self.ends => Stage::Completed,
            Ending::Fails if now >= self.ends => Stage::Failed,
            _ => Stage::Processing,
        }
    }

    /// Whether it found no slot free.
    pub(crate) fn was_queued(&self) -> bool {
        self.starts > self.accepted
    }

    /// When the job completes or fails; `None` if it never does.
    pub(crate) fn ends(&self) -> Option<Instant> {
        (self.ending != Ending::Never).then_some(self.ends)
    }
}

/// All jobs in the order of their acceptance, and the slots in which they are rendered.
#[derive(Debug)]
pub(crate) struct Jobs {
    seed: Seed,
    speed: f64,
    /// When each slot is free again; without a limit on concurrency there are no slots.
    slots: Vec<Instant>,
    all: Vec<Job>,
}

impl Jobs {
    pub(crate) fn new(seed: Seed, speed: f64, concurrent: Option<usize>, now: Instant) -> Self {
        Self {
            seed,
            speed,
            slots: concurrent.map_or_else(Vec::new, |slots| vec![now; slots.max(1)]),
            all: Vec::new(),
        }
    }

    pub(crate) fn accept(&mut self, order: Order, ending: Ending, now: Instant) -> &Job {
        let id = format!("job-{:016x}", self.seed.number(("job", self.all.len())));
        let speech = speaking_seconds(&order.text);
        let rendering = rendering_seconds(speech, order.resolution) / self.speed;
        let truth = rendering * (1.0 + 0.24 * self.seed.swing(("truth", &id)));
        let busy = Duration::from_secs_f64(match ending {
            Ending::Fails => truth / 2.0,
            Ending::Completes | Ending::Never => truth,
        });

        let starts = match self.slots.iter_mut().min() {
            Some(slot) => {
                let starts = now.max(*slot);
                // A job that never ends gives its slot back all the same: one stuck video does not stop an account.
                *slot = starts + busy;
                starts
            }
            None => now,
        };
        self.all.push(Job {
            id,
            accepted: now,
            estimate: Duration::from_secs_f64(rendering.ceil()),
            duration: media::length(speech),
            starts,
            ends: starts + busy,
            ending,
            order,
        });
        &self.all[self.all.len() - 1]
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Job> {
        self.all.iter().find(|job| job.id == id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Job> + ExactSizeIterator {
        self.all.iter()
    }
}

/// How long it takes to say a text, at an easy 14 characters a second.
fn speaking_seconds(text: &str) -> f64 {
    let characters = u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX);
    (f64::from(characters) / 14.0).max(1.0)
}

/// How long KonPro expects to work: a minute of preparation, then slower than the speech by the size of the picture.
fn rendering_seconds(speech: f64, resolution: Resolution) -> f64 {
    let (_, height) = resolution.size();
    let factor = match height {
        0..=480 => 1.2,
        481..=720 => 1.5,
        _ => 2.0,
    };
    60.0 + speech * factor
}
