use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use gloo_timers::callback::Interval;
use konpro_api::{CreateVideo, Job, JobError, Status, code};
use konpro_client::{Client, Command, Driven, KonproError, Peer, Transport, drive, video_path};
use konpro_job::{Instant, Machine, Pace, Resend, State, pacing};

use super::{Event, Inner};
use crate::browser::{Browser, Listener, Record, Slot, Task, joined, now};
use crate::messages::Word;
use crate::screen::{Phase, Run, Trouble};

/// The proxy promises to know a key for 24 hours.
const KEY_LIFE: Duration = Duration::from_secs(23 * 3600);

/// A job under watch. Dropping it stops everything at once.
pub(super) struct Watch {
    commands: UnboundedSender<Command>,
    stage: Rc<Cell<Stage>>,
    task: Task,
    _clock: Interval,
    _hints: [Listener; 2],
}

/// Where the job under watch comes from.
pub(super) enum Origin {
    /// The visitor asks for it, under this `Idempotency-Key`.
    Ask(CreateVideo, String),
    /// It was kept in the browser.
    Kept(Box<Record>),
    /// The page names it; never kept, because the page names it again each time.
    Named(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Finding out who answers: nothing was asked for yet.
    Reaching,
    Driving,
    /// Nobody wants to hear of the job any more.
    Left,
}

impl Watch {
    /// Lets go of the job; taking it back may still need a moment, in silence.
    pub(super) fn leave(self) {
        if self.stage.replace(Stage::Left) == Stage::Driving {
            // Not heard when the job is over: then there is nothing to take back.
            let _ = self.commands.unbounded_send(Command::Stop);
            self.task.finish_alone();
        }
    }
}

impl Inner {
    /// Watches a job to its end.
    pub(super) fn watch(self: &Rc<Self>, origin: Origin) {
        let (commands, heard) = unbounded();
        let stage = Rc::new(Cell::new(Stage::Reaching));
        self.screen.trouble.set(None);
        self.screen.run.set(Run::default());
        self.enter(Phase::Working);
        self.tick();
        let inner = self.clone();
        let clock = Interval::new(1000, move || inner.tick());
        let task = Task::spawn(self.clone().follow(origin, heard, stage.clone()));
        let watch = Watch {
            _hints: hints(&commands),
            commands,
            stage,
            task,
            _clock: clock,
        };
        self.watch.replace(Some(watch));
    }

    async fn follow(
        self: Rc<Self>,
        origin: Origin,
        heard: UnboundedReceiver<Command>,
        stage: Rc<Cell<Stage>>,
    ) {
        let client = self.client();
        let peer = match self.reach(&client).await {
            Ok(peer) => peer,
            Err(error) => return self.fail(Job::default(), error),
        };
        stage.set(Stage::Driving);
        let mut created = !matches!(origin, Origin::Ask(..));
        let (mut record, slot) = self.record(origin);
        let (video, key) = (record.video.clone(), record.key.clone());
        let Some(mut machine) = machine(&record, peer, created) else {
            let lost = JobError::new(code::UPSTREAM_TIMEOUT, "The answer was lost.");
            return self.fail(Job::default(), known(lost));
        };
        // A job that was kept is shown as it was, before anything new is heard.
        self.show(&machine, machine.job());
        let report = |machine: &Machine, change: Option<Job>| {
            let Some(job) = change else { return };
            if stage.get() == Stage::Left {
                return;
            }
            if let Some(since) = self.show(machine, job.clone()) {
                record.since = since;
            }
            record.job = job.clone();
            if let Some(slot) = &slot {
                slot.store(&record);
            }
            if job.job_id.is_empty() {
                return;
            }
            if !std::mem::replace(&mut created, true) {
                (self.page.tell)(Event::Created(job));
            } else if !job.status.is_end() {
                (self.page.tell)(Event::Progress(job));
            }
        };
        let driven = drive(&client, peer, (&video, &key), &mut machine, heard, report).await;
        if stage.get() == Stage::Left {
            return;
        }
        match driven {
            Driven::Over => self.end(&client, peer, machine.job()),
            Driven::Refused(error) => self.fail(machine.job(), error),
            Driven::Stopped => {}
        }
    }

    /// Who answers, however long it takes to reach them.
    async fn reach(&self, client: &Client<Browser>) -> Result<Peer, KonproError> {
        let mut lost = 0;
        loop {
            match self.peer(client).await {
                Err(error) if error.code == KonproError::UNREACHABLE => {
                    lost += 1;
                    client
                        .transport()
                        .sleep(pacing::until_retry(lost, Pace::default()))
                        .await;
                }
                known => return known,
            }
        }
    }

    /// The job as it is kept from now on, and where.
    fn record(&self, origin: Origin) -> (Record, Option<Slot>) {
        let fresh = |key, video, job_id| Record {
            key,
            video,
            job: Job {
                job_id,
                ..Job::default()
            },
            since: now(),
        };
        match origin {
            Origin::Ask(video, key) => (fresh(key, video, String::new()), self.slot()),
            Origin::Kept(record) => (*record, self.slot()),
            Origin::Named(job_id) => (fresh(String::new(), CreateVideo::default(), job_id), None),
        }
    }

    /// Shows how the job stands; since when somebody works on it.
    fn show(&self, machine: &Machine, job: Job) -> Option<Instant> {
        let working = match machine.state() {
            State::Waiting { since, .. } => Some(*since),
            _ => None,
        };
        self.screen.run.update(|run| {
            run.since = working.or(run.since);
            run.job = job;
        });
        working
    }

    fn end(self: &Rc<Self>, client: &Client<Browser>, peer: Peer, job: Job) {
        if let Some(error) = job.error.clone() {
            return self.fail(job, known(error));
        }
        self.watch.take();
        let (video, download) = match peer {
            Peer::Proxy => {
                let video = client.transport().address(&video_path(&job.job_id));
                let download = joined(&[&video, "?download"]);
                (video, download)
            }
            Peer::Bare => {
                let link = job
                    .video_url
                    .clone()
                    .filter(|link| link.starts_with("http"));
                let link = link.unwrap_or_default();
                (link.clone(), link)
            }
        };
        self.screen.run.update(|run| {
            run.video = video;
            run.download = download;
        });
        self.enter(Phase::Ready);
        self.say(Word::Ready);
        (self.page.tell)(Event::Completed(job));
    }

    pub(super) fn fail(self: &Rc<Self>, job: Job, error: KonproError) {
        self.watch.take();
        if let Some(slot) = self.slot() {
            slot.clear();
        }
        self.enter(Phase::Composing);
        self.screen.run.set(Run::default());
        self.screen.trouble.set(Some(Trouble::from(error.clone())));
        self.load_lists();
        let job = Job {
            status: Status::Failed,
            error: Some(JobError::new(error.code.clone(), error.message.clone())),
            ..job
        };
        (self.page.tell)(Event::Failed(job, error));
    }
}

/// The machine that takes a job to its end; none for one that nobody can find again.
fn machine(record: &Record, peer: Peer, began: bool) -> Option<Machine> {
    if !record.job.job_id.is_empty() {
        let mut machine = Machine::watch(record.job.job_id.clone(), record.since);
        machine.handle_sighting(record.since, &record.job, None);
        machine.handle_hint(now());
        if peer == Peer::Bare && machine.link_is_stale(now()) {
            machine.handle_refresh(now());
        }
        return Some(machine);
    }
    let resend = match peer {
        // A key that the proxy may have forgotten would make a second video.
        Peer::Proxy if began && now().since(record.since) >= KEY_LIFE => return None,
        // Asked again under the same key, the proxy answers with the same job.
        Peer::Proxy => Resend::SameKey,
        // KonPro itself would make, and bill, a second video.
        Peer::Bare if began => return None,
        Peer::Bare => Resend::Never,
    };
    let mut machine = Machine::new(resend);
    machine.handle_ask(now());
    Some(machine)
}

/// A network that is back and a page that is looked at again are reasons to look at the job.
fn hints(commands: &UnboundedSender<Command>) -> [Listener; 2] {
    let hint = || {
        let commands = commands.clone();
        move |_| {
            // Nobody hears it only when the job is over.
            let _ = commands.unbounded_send(Command::Hint);
        }
    };
    let (window, document) = (crate::browser::window(), crate::browser::document());
    [
        Listener::new(&window, "online", hint()),
        Listener::new(&document, "visibilitychange", hint()),
    ]
}

/// What a job's own word on its failure says beyond its code.
fn known(error: JobError) -> KonproError {
    let final_word = [
        code::VALIDATION_ERROR,
        code::INVALID_REQUEST,
        code::INSUFFICIENT_PERMISSIONS,
        code::RESOURCE_NOT_FOUND,
        code::PAYLOAD_TOO_LARGE,
        code::ORIGIN_NOT_ALLOWED,
    ];
    KonproError {
        retryable: !final_word.contains(&error.code.as_str()),
        code: error.code,
        message: error.message,
        ..KonproError::default()
    }
}
