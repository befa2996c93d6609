use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use gloo_timers::callback::Interval;
use konpro_api::{CreateVideo, Job, JobError, Status, code};
use konpro_client::{
    Command, Driven, KonproError, Peer, Record, Transport, drive, joined, video_path,
};
use konpro_job::cut::LONG;
use konpro_job::script::speech;
use konpro_job::{Instant, Machine, Pace, State, pacing};

use super::{Event, Inner, Proxy};
use crate::messages::Word;
use crate::screen::{Phase, Run, Trouble};
use crate::slot::Slot;
use konpro_browser::{Listener, Task, now, to_js};

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
    /// Watches a job to its end; has somebody else make a video of several, unless it is to be `whole`.
    pub(super) fn watch(self: &Rc<Self>, origin: Origin, whole: bool) {
        self.screen.trouble.set(None);
        self.screen.run.set(Run::default());
        // Even when another job was under way: whoever shows that one hears of it.
        self.screen.phase.set(Phase::Working);
        self.screen.now.set(now());
        let long = match &origin {
            Origin::Ask(video, _) if !whole && speech(&video.text) > LONG => Some(to_js(video)),
            Origin::Named(job_ids) if job_ids.contains(' ') => Some(job_ids.into()),
            _ => None,
        };
        if let Some(long) = long {
            self.watch.take();
            return (self.page.tell)(Event::Long(long));
        }
        let (commands, heard) = unbounded();
        let stage = Rc::new(Cell::new(Stage::Reaching));
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
        let Some(mut machine) = record.machine(peer, created, now()) else {
            let lost = JobError::new(code::UPSTREAM_TIMEOUT, "The answer was lost.");
            return self.fail(Job::default(), lost.into());
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
    async fn reach(&self, client: &Proxy) -> Result<Peer, KonproError> {
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
        match origin {
            Origin::Ask(video, key) => (Record::ask(video, key, now()), self.slot()),
            Origin::Kept(record) => (*record, self.slot()),
            Origin::Named(job_id) => (Record::named(job_id, now()), None),
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

    fn end(self: &Rc<Self>, client: &Proxy, peer: Peer, job: Job) {
        if let Some(error) = job.error.clone() {
            return self.fail(job, error.into());
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
