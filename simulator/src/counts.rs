use std::collections::BTreeMap;

/// What can be asked of KonPro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `POST /v1/video-avatars`
    Create,
    /// `GET /v1/video-avatars/{job_id}` and `GET /v1/video_status`
    Status,
    /// `GET /v1/avatars`
    Avatars,
    /// `GET /v1/voices`
    Voices,
    /// `GET /v1/videos`
    Videos,
    /// `GET /v1/user/remaining_quota`
    Quota,
    /// `POST /v1/webhook/endpoint.add`
    AddEndpoint,
    /// `GET /health`
    Health,
    /// Videos, thumbnails, captions and previews.
    Media,
    /// Everything else, `GET /` among it.
    Other,
}

/// What a simulator was asked so far.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// By kind of call; a kind that was never asked for is absent.
    pub calls: BTreeMap<Call, CallCount>,
    /// Every video that was accepted, and so paid for, in order.
    pub created: Vec<Created>,
    /// Videos that had to wait because as many as the account may have were being rendered.
    pub queued: u64,
    /// For each job id: the most status requests that waited for their answer at one time.
    pub busiest: BTreeMap<String, usize>,
}

impl Counts {
    /// How often a call was made, faults and refusals included.
    pub fn requests(&self, call: Call) -> u64 {
        self.calls.get(&call).map_or(0, |count| count.requests)
    }

    /// How many answers of any kind of call were 429.
    pub fn too_many_requests(&self) -> u64 {
        self.calls
            .values()
            .map(|count| count.too_many_requests)
            .sum()
    }
}

/// What was asked of one kind of call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCount {
    /// Requests, faults and refusals included.
    pub requests: u64,
    /// Those answered with 429, whether by a limit or by a fault.
    pub too_many_requests: u64,
}

/// One accepted video: a test that finds two for one wish has found a visitor who pays twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// KonPro's id of the job.
    pub job_id: String,
    /// Who speaks.
    pub avatar_id: String,
    /// How it sounds.
    pub voice_id: String,
    /// The script.
    pub text: String,
    /// The `Idempotency-Key` header, if any. KonPro documents none and ignores it.
    pub idempotency_key: Option<String>,
    /// `settings.webhook_url`, if any.
    pub webhook_url: Option<String>,
}

/// Status requests that are open at this moment, by job.
#[derive(Debug, Default)]
pub(crate) struct Open(BTreeMap<String, usize>);

impl Open {
    pub(crate) fn enter(&mut self, job_id: &str, counts: &mut Counts) {
        let open = self.0.entry(job_id.to_owned()).or_default();
        *open += 1;
        let busiest = counts.busiest.entry(job_id.to_owned()).or_default();
        *busiest = (*busiest).max(*open);
    }

    pub(crate) fn leave(&mut self, job_id: &str) {
        if let Some(open) = self.0.get_mut(job_id) {
            *open -= 1;
            if *open == 0 {
                self.0.remove(job_id);
            }
        }
    }
}
