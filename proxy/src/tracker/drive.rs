//! One job, from where it stands to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use konpro_api::Settings;
use konpro_job::{Instant, Request, State};
use tokio::time::sleep;
use tracing::{info, warn};

use super::{Busy, Work, is_sending};
use crate::estimates::Kind;
use crate::permits::{Permit, Urgency};
use crate::push::Changes;
use crate::record::JobRecord;
use crate::store::{ESTIMATES, Extra, JobId};
use crate::upstream::{Creation, Look};

/// One that waits for leave to ask is looked after so often.
const PERMIT_REVIEW: Duration = Duration::from_secs(60);

impl Work {
    /// Does what the job asks for, as long as this process leads and there is anything.
    pub(super) async fn track(self: Arc<Self>, job: JobId) {
        let mut changes = self.means.store.subscribe(job);
        let mut leading = self.leading.subscribe();
        let mut taken_up = false;
        while *leading.borrow_and_update() {
            changes.notice();
            if !taken_up {
                taken_up = self.take_up(job).await;
                continue;
            }
            let Some(record) = self.look_after(job).await else {
                if let Err(error) = self.means.store.clear(job).await {
                    warn!(%job, %error, "an erased job is not cleared away yet");
                }
                break;
            };
            if !record.is_open() {
                break;
            }
            let now = self.means.clock.now();
            let work = async {
                if let Some((id, _)) = record.candidate().filter(|(_, due)| *due <= now) {
                    let permit = self.permit(Urgency::Create, &mut changes).await;
                    if let Some(permit) = permit {
                        self.resolve(job, id, permit).await;
                    }
                } else if let Some(request) = self.due(job, &record, now) {
                    let urgency = self.urgency(&record, request, now);
                    let permit = self.permit(urgency, &mut changes).await;
                    if let Some(permit) = permit {
                        self.make(job, request, permit).await;
                    }
                } else if record.archiving_due().is_some_and(|due| due <= now) {
                    self.archive(job, &record, &mut changes).await;
                } else {
                    let wakes = [
                        record.machine.poll_timeout(),
                        record.archiving_due(),
                        record.candidate().map(|(_, due)| due),
                    ];
                    let wake = wakes.into_iter().flatten().min();
                    let wait = wake.map_or(Duration::MAX, |wake| wake.since(now));
                    tokio::select! {
                        biased;
                        () = changes.changed() => {}
                        _ = leading.changed() => {}
                        () = sleep(wait) => {}
                    }
                }
            };
            work.await;
        }
        if self.board().forget(job) {
            self.bell.notify_waiters();
        }
    }

    /// A job from an earlier leader: what that one had under way is lost. This process's own
    /// requests are waited for, even when the lead was lost in between. False: not yet.
    async fn take_up(&self, job: JobId) -> bool {
        let now = self.means.clock.now();
        let begun = |record: &mut JobRecord, _: &mut Extra| record.handle_restart(now);
        let taken_up = self.means.store.update_as_leader(job, begun).await;
        if let Err(error) = &taken_up {
            warn!(%job, %error, "a job is not taken up");
            sleep(super::STORE_RETRY).await;
        }
        taken_up.is_ok()
    }

    /// The job as it stands, with its time-outs heeded and its place on the board.
    async fn look_after(&self, job: JobId) -> Option<Arc<JobRecord>> {
        let store = &self.means.store;
        let now = self.means.clock.now();
        let timeout = |record: &mut JobRecord| {
            // The operator may have found what is about to be given up.
            if !record.candidates.has_unheeded() {
                record.machine.handle_timeout(now);
            }
            record.settle(now);
        };
        self.patiently(|| store.update(job, timeout)).await?;
        let record = self.patiently(|| store.job(job)).await?;
        let expected = self.expected(&record);
        if self.board().note(job, &record, expected) {
            self.bell.notify_waiters();
        }
        Some(record)
    }

    /// Leave for a request, not written down yet; `None` when the job has changed before there was any,
    /// or the lead.
    async fn permit(&self, urgency: Urgency, changes: &mut Changes) -> Option<Permit> {
        let mut leading = self.leading.subscribe();
        tokio::select! {
            biased;
            () = changes.changed() => None,
            _ = leading.wait_for(|leading| !leading) => None,
            // A job may have to end while it waits for leave.
            () = sleep(PERMIT_REVIEW) => None,
            permit = self.means.budget.reserve(urgency) => Some(permit),
        }
    }

    /// What to ask KonPro now, if anything.
    fn due(&self, job: JobId, record: &JobRecord, now: Instant) -> Option<Request> {
        match record.is_waiting() {
            true => self.board().has_slot(job).then_some(Request::Create),
            false => record.due(now),
        }
    }

    fn urgency(&self, record: &JobRecord, request: Request, now: Instant) -> Urgency {
        match request {
            Request::Create => Urgency::Create,
            Request::Look if *record.machine.state() == State::Ready => Urgency::Link,
            Request::Look => Urgency::Look(self.distance(record, now)),
        }
    }

    /// How far the job is from its end, in thousandths of what it will probably take.
    fn distance(&self, record: &JobRecord, now: Instant) -> u32 {
        if record.announced.is_some() {
            return 0;
        }
        let expected = u64::from(self.expect(&record.kind, record.said)).max(1);
        let elapsed = record.begun.map_or(0, |begun| now.since(begun).as_millis());
        let done = u64::try_from(elapsed).unwrap_or(u64::MAX) / expected;
        // The furthest beyond its estimate first.
        1_000_000 - u32::try_from(done.min(999_999)).unwrap_or(999_999)
    }

    async fn make(&self, job: JobId, request: Request, mut permit: Permit) {
        let store = &self.means.store;
        let attempt = u64::from_be_bytes(self.means.randomness.bytes());
        let clock = self.means.clock;
        // From here on the process does not stop before the request has ended.
        let _busy = Busy::with(self);
        if !self.is_leading() {
            return permit.unused();
        }
        // As long as it is not certain that it is written down, nothing is sent.
        let begun = loop {
            let writing = self.means.budget.writing().await;
            let begin = |record: &mut JobRecord, extra: &mut Extra| {
                let begun = record.begin(clock.now(), attempt, request);
                if begun {
                    extra.changes.extend(writing.change());
                }
                begun.then(|| record.clone())
            };
            match store.update_as_leader(job, begin).await {
                Ok(Some(Some(record))) => {
                    permit.written();
                    writing.done();
                    break Some(record);
                }
                Ok(None | Some(None)) => break None,
                Err(error) => warn!(%job, %error, "a request is not begun"),
            }
            if !self.is_leading() {
                break None;
            }
            sleep(super::STORE_RETRY).await;
        };
        let Some(record) = begun else {
            return permit.unused();
        };
        match request {
            Request::Create => self.create(job, &record, permit).await,
            Request::Look => self.look(job, &record, permit).await,
        }
    }

    async fn create(&self, job: JobId, record: &JobRecord, permit: Permit) {
        let Some(mut video) = record.video.clone() else {
            return permit.unused();
        };
        if let Some(webhooks) = &self.means.webhooks {
            let token = self.means.seal.webhook_token(job);
            let settings = video.settings.get_or_insert_with(Settings::default);
            settings.webhook_url = Some(format!("{webhooks}/{token}"));
        }
        let creation = self.means.upstream.create(&video, permit).await;
        if matches!(creation, Creation::Lost) {
            warn!(%job, "KonPro's answer to a create was lost: the job will not be sent again");
        }
        let id = match &creation {
            Creation::Taken(seen, _) => Some(seen.job_id.clone()),
            _ => None,
        };
        let now = self.means.clock.now();
        let pace = self.pace();
        let archives = self.means.archive.is_some();
        let created = |record: &mut JobRecord, extra: &mut Extra| {
            record.machine.handle_pace(pace);
            record.handle_creation(now, &creation, |kind, said| self.expect(kind, said));
            if archives {
                record.want_archiving(now);
            }
            extra
                .changes
                .extend(id.as_deref().and_then(|id| self.means.store.owned(id, job)));
            info!(%job, state = state(record), "job sent");
        };
        // Whoever leads by now: KonPro's answer must not be lost.
        self.patiently(|| self.means.store.update_with(job, created))
            .await;
    }

    async fn look(&self, job: JobId, before: &JobRecord, permit: Permit) {
        let id = before.machine.job().job_id;
        let look = self.means.upstream.look(&id, permit).await;
        let now = self.means.clock.now();
        let pace = self.pace();
        let archives = self.means.archive.is_some();
        let seen = |record: &mut JobRecord| {
            let called = record
                .announced
                .filter(|_| record.announced != before.announced);
            record.handle_look(now, &look, pace, |kind, said| self.expect(kind, said));
            if let Some(called) = called {
                // While KonPro was answering: it may have been about what came after.
                record.handle_webhook(called, None);
            }
            if archives && !before.machine.is_over() {
                record.want_archiving(now);
            }
            (record.machine.state() == &State::Ready, state(record))
        };
        let seen = self.patiently(|| self.means.store.update(job, seen)).await;
        let Some((ready, state)) = seen else { return };
        if before.machine.is_over() {
            return;
        }
        info!(%job, state, "job looked at");
        if ready {
            self.learn(before, now).await;
        }
        if ready && self.means.webhooks.is_some() {
            self.judge_webhooks(before);
        }
    }

    /// Looks at the id that a webhook has named, for a job whose own was lost.
    async fn resolve(&self, job: JobId, id: &str, permit: Permit) {
        let _busy = Busy::with(self);
        let Some(permit) = permit.write_down().await else {
            // Another process leads, which this one has not noticed yet.
            return sleep(super::STORE_RETRY).await;
        };
        let look = self.means.upstream.find(id, permit).await;
        let now = self.means.clock.now();
        let seen = match &look {
            Look::Seen(seen, _) => Some(&**seen),
            Look::Missing => None,
            Look::NotSent(_) | Look::Lost(_) => {
                let later = |record: &mut JobRecord| record.candidates.look_was_lost(id, now);
                self.patiently(|| self.means.store.update(job, later)).await;
                return;
            }
        };
        let free = self.patiently(|| self.means.store.owner(id)).await;
        let seen = seen.filter(|_| free.is_none_or(|owner| owner == job));
        let now = self.means.clock.now();
        let archives = self.means.archive.is_some();
        let resolved = |record: &mut JobRecord, extra: &mut Extra| {
            record.handle_candidate(now, id, seen, |kind, said| self.expect(kind, said));
            if archives {
                record.want_archiving(now);
            }
            if seen.is_some() {
                extra.changes.extend(self.means.store.owned(id, job));
            }
        };
        self.patiently(|| self.means.store.update_with(job, resolved))
            .await;
        info!(%job, found = seen.is_some(), "a webhook named a job whose answer was lost");
    }

    /// How long the job has really taken.
    async fn learn(&self, before: &JobRecord, now: Instant) {
        let Some(begun) = before.begun else { return };
        // Told by a webhook the end is known, though the look may have had to wait; else it lies somewhere since the last look, and what
        // was expected is as good as any other moment in between.
        let earliest = before
            .unfinished
            .map_or(Duration::ZERO, |at| at.since(begun));
        let expected = self.expect(&before.kind, before.said);
        let latest = before.announced.unwrap_or(now).since(begun);
        let took = match before.announced {
            Some(_) => latest,
            None => Duration::from_secs(expected.into()).clamp(earliest.min(latest), latest),
        };
        // Unnoticed since KonPro's call, or else since the last look, or since it was expected.
        let since = before.announced.or(before.unfinished);
        let late = now.since(since.unwrap_or_else(|| begun.after(took)));
        self.means
            .metrics
            .notice_seconds
            .observe(late.as_secs_f64());
        self.estimates().learn(&before.kind, before.said, took);
        let estimates = self.estimates().clone();
        if let Err(error) = self.means.store.save(ESTIMATES, &estimates).await {
            warn!(%error, "what was learnt is not kept");
        }
    }

    /// Webhooks that do not come cannot be waited for.
    fn judge_webhooks(&self, before: &JobRecord) {
        if before.announced.is_some() {
            self.unannounced.store(0, Ordering::Relaxed);
        } else if self.unannounced.fetch_add(1, Ordering::Relaxed) == 1 {
            warn!(
                "KonPro's webhooks do not come: is KONPRO_PROXY_PUBLIC_URL right, and reachable \
                 from outside? The proxy looks by itself until one comes"
            );
        }
    }

    fn pace(&self) -> konpro_job::Pace {
        let open = self.board().open();
        self.means.budget.pace(open, self.is_announced())
    }

    /// How long KonPro will probably take for it in all.
    pub(super) fn expected(&self, record: &JobRecord) -> Duration {
        Duration::from_secs(self.expect(&record.kind, record.said).into())
    }

    pub(super) fn expect(&self, kind: &Kind, said: Option<u32>) -> u32 {
        self.estimates().expect(kind, said)
    }
}

/// For the log.
fn state(record: &JobRecord) -> &'static str {
    match record.machine.state() {
        State::Idle => "waiting",
        State::Sending { .. } if is_sending(record) => "put off",
        State::Sending { .. } => "sending",
        State::Unsure { .. } => "unsure",
        State::Waiting { .. } => "processing",
        State::Ready => "completed",
        State::Failed(_) => "failed",
    }
}
