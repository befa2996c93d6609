//! What one widget does: the only part that talks to the proxy, and the only one that tells the
//! screen how things stand.

mod lists;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use konpro_api::Job;
use konpro_client::{Client, KonproError, Peer};
use konpro_job::Instant;
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::traits::GetValue;
use wasm_bindgen::JsValue;

use crate::Options;
use crate::field::Field;
use crate::messages::{BLOCKED, Word, Words};
use crate::screen::{Choice, Chosen, Phase, Run, Screen, Trouble};
use crate::slot::Slot;
use konpro_browser::{Browser, Host, Task, now, random_key};

pub(crate) use lists::Kind;
use watch::{Origin, Watch};

/// The other side, as one widget calls it.
type Proxy = Client<Browser<Field<bool>>>;

/// The handle on one widget's doings that views hold.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) screen: Screen,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

/// What the page hears of a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    Created(Job),
    Progress(Job),
    Completed(Job),
    /// The job as it failed, and what is known beyond it.
    Failed(Job, KonproError),
    /// The widget itself refused to ask; there is no job.
    Refused(KonproError),
    /// The proxy was never reached so far, and now not either.
    Unreachable,
    /// A long script, as it would be sent, or several jobs' ids: who shows those is not here. Asked to, the widget makes
    /// it in one piece.
    Long(JsValue),
}

/// What the page around one widget lends to it.
pub(crate) struct Page {
    /// What tells this widget from others on the same page, in the browser's storage.
    pub(crate) name: String,
    /// The language that the widget begins with.
    pub(crate) words: Words,
    /// Tokens and event streams.
    pub(crate) host: Host,
    /// Told of every event.
    pub(crate) tell: Box<dyn Fn(Event)>,
}

struct Inner {
    screen: Screen,
    page: Page,
    peer: Cell<Option<Peer>>,
    /// Somebody is asking who answers.
    meeting: Cell<bool>,
    watch: RefCell<Option<Watch>>,
    lists: [RefCell<Option<Task>>; 2],
}

impl Session {
    /// Begins: goes on with the job that was kept or is asked for, or lets the visitor compose.
    pub(crate) fn start(options: Options, page: Page) -> Self {
        let screen = Screen::new(options, page.words.clone());
        let inner = Rc::new(Inner {
            screen,
            page,
            peer: Cell::new(None),
            meeting: Cell::new(false),
            watch: RefCell::new(None),
            lists: Default::default(),
        });
        let session = Self {
            screen,
            inner: StoredValue::new_local(inner),
        };
        session.with(Inner::begin);
        session
    }

    /// Asks for the video that was chosen; `whole` in one piece, however long its script is.
    pub(crate) fn generate(&self, whole: bool) {
        self.with(|inner| inner.generate(whole));
    }

    /// Back to the form: stops watching, and takes the job back where it was not sent yet. `aloud` says so; `preset` is with what the
    /// page has preset, instead of the visitor's choices.
    pub(crate) fn leave(&self, aloud: bool, preset: bool) {
        self.with(|inner| {
            if inner.leave() && aloud {
                inner.say(Word::Stopped);
            }
            if preset {
                let preset = Choice::preset(&inner.screen.options.peek());
                inner.screen.choice.set(preset);
            }
        });
    }

    /// Takes what the visitor has written or chosen, and keeps it for another day.
    pub(crate) fn choose(&self, part: Chosen, value: String) {
        self.with(|inner| {
            let mut choice = inner.screen.choice.peek();
            *part(&mut choice) = value;
            if let Some(slot) = inner.slot() {
                slot.keep_draft(Some(choice.draft()));
            }
            inner.screen.trouble.set(None);
            inner.screen.choice.set(choice);
        });
    }

    /// Takes an attribute's new value.
    pub(crate) fn set(&self, attribute: &str, value: Option<String>) {
        self.with(|inner| inner.set(attribute, value));
    }

    /// Speaks another language from now on.
    pub(crate) fn speak(&self, words: Words) {
        self.screen.words.set(words);
    }

    /// The page keeps the widget from reaching its proxy; `message` says how, to a developer.
    pub(crate) fn block(&self, message: String) {
        self.with(|inner| {
            let error = KonproError {
                code: BLOCKED.to_owned(),
                message,
                ..KonproError::default()
            };
            match inner.screen.phase.peek() {
                Phase::Working => inner.fail(Job::default(), error),
                _ => inner.screen.trouble.set(Some(error.into())),
            }
        });
    }

    /// Loads the next page of a list.
    pub(crate) fn more(&self, kind: Kind) {
        self.with(|inner| inner.more(kind));
    }

    /// Asks for a fresh link to the finished video.
    pub(crate) fn refresh_link(&self) {
        self.with(|inner| {
            let job_id = inner.screen.run.peek().job.job_id;
            inner.watch(Origin::Named(job_id), false);
        });
    }

    /// What is chosen of one of the settings, after `value` where there is one, and in further lines what the proxy allows.
    pub(crate) fn setting(&self, part: &str, value: Option<String>) -> String {
        let Some(setting) = Choice::part(part) else {
            return String::new();
        };
        if let Some(value) = value {
            self.choose(setting, value);
        }
        let mut chosen = setting(&mut self.screen.choice.peek()).clone();
        if let Some(limits) = self.screen.limits.peek() {
            let allowed = match part {
                "resolution" => limits.resolutions,
                "format" => limits.formats,
                _ => return chosen,
            };
            for one in allowed {
                chosen.push('\n');
                chosen.push_str(&one);
            }
        }
        chosen
    }

    /// Shows how a job stands that somebody else drives, since `since`.
    pub(crate) fn show(&self, job: Job, since: Instant) {
        self.with(|inner| {
            inner.screen.run.update(|run| {
                run.job = job;
                run.since = Some(since);
            });
            inner.tick();
        });
    }

    /// Stops everything, in silence; what is kept stays kept.
    pub(crate) fn stop(&self) {
        self.with(|inner| {
            inner.watch.take();
            inner.lists.iter().for_each(|list| drop(list.take()));
        });
    }

    fn with(&self, act: impl FnOnce(&Rc<Inner>)) {
        // Gone when the widget is: then there is nothing left to do.
        if let Some(inner) = self.inner.try_get_value() {
            act(&inner);
        }
    }
}

impl Inner {
    fn begin(self: &Rc<Self>) {
        let options = self.screen.options.peek();
        let wanted = Choice::preset(&options).video(None).ok();
        if let Some(job_id) = options.job_id {
            return self.watch(Origin::Named(job_id), false);
        }
        let kept = self.slot().and_then(|slot| slot.load());
        match kept {
            // What the page starts by itself must not hide behind what was kept of another video.
            Some(record) if !options.autostart || wanted.as_ref() == Some(&record.video) => {
                self.screen.choice.set(Choice::of(&record.video));
                self.watch(Origin::Kept(Box::new(record)), false);
            }
            _ if options.autostart && wanted.is_some() => self.generate(false),
            _ => {
                if let Some(draft) = self.slot().and_then(|slot| slot.draft()) {
                    self.screen.choice.set(Choice::of(&draft).under(&options));
                }
                self.load_lists();
            }
        }
    }

    fn generate(self: &Rc<Self>, whole: bool) {
        if !whole && self.screen.phase.peek() == Phase::Working {
            return;
        }
        let limits = self.screen.limits.peek();
        let choice = self.screen.choice.peek();
        match choice.video(limits.map(|limits| limits.max_text)) {
            Ok(video) => self.watch(Origin::Ask(video, random_key()), whole),
            Err(refused) => {
                let trouble = Trouble::from(refused);
                (self.page.tell)(Event::Refused(trouble.error.clone()));
                self.screen.trouble.set(Some(trouble));
            }
        }
    }

    /// Leaves the job for the form; true when it was still under way.
    fn leave(self: &Rc<Self>) -> bool {
        let under_way = self.screen.phase.peek() == Phase::Working;
        if let Some(watch) = self.watch.take() {
            watch.leave();
        }
        if let Some(slot) = self.slot() {
            slot.clear();
        }
        self.screen.trouble.set(None);
        // Asked for once more, it is shown once more.
        self.screen.options.update(|options| options.job_id = None);
        self.enter(Phase::Composing);
        self.screen.run.set(Run::default());
        self.load_lists();
        under_way
    }

    fn set(self: &Rc<Self>, attribute: &str, value: Option<String>) {
        let mut options = self.screen.options.peek();
        let before = options.clone();
        if !options.set(attribute, value) || options == before {
            return;
        }
        let mut preset = Choice::preset(&options);
        self.screen.options.set(options.clone());
        if let Some(part) = Choice::part(attribute) {
            self.screen
                .choice
                .update(|choice| std::mem::swap(part(choice), part(&mut preset)));
        }
        self.choose_first();
        match attribute {
            "job-id" => match options.job_id {
                Some(job_id) => self.watch(Origin::Named(job_id), false),
                None => {
                    self.leave();
                }
            },
            "endpoint" => {
                self.peer.set(None);
                self.watch.take();
                self.enter(Phase::Composing);
                self.screen.run.set(Run::default());
                self.screen.limits.set(None);
                self.forget_lists();
                self.begin();
            }
            "session" => self.load_lists(),
            "autostart" if options.starts_itself() => self.generate(false),
            "history" if !options.keeps() => {
                let slot = Slot::new(before.base(), &self.page.name);
                slot.clear();
                slot.keep_draft(None);
            }
            _ => self.load_lists(),
        }
    }

    fn client(&self) -> Proxy {
        let options = self.screen.options.peek();
        Client::new(Browser::new(
            options.base().to_owned(),
            options.session.clone(),
            Some(self.page.host.clone()),
            self.screen.out_of_touch,
        ))
    }

    /// Who answers; asked once for each endpoint.
    async fn peer(&self, client: &Proxy) -> Result<Peer, KonproError> {
        if let Some(peer) = self.peer.get() {
            return Ok(peer);
        }
        let limits = client.limits().await.inspect_err(|error| {
            if error.code == KonproError::UNREACHABLE {
                (self.page.tell)(Event::Unreachable);
            }
        })?;
        let peer = match limits {
            Some(_) => Peer::Proxy,
            None => Peer::Bare,
        };
        self.peer.set(Some(peer));
        self.screen.limits.set(limits);
        Ok(peer)
    }

    /// Where this widget's job is kept, unless the page wants nothing kept.
    fn slot(&self) -> Option<Slot> {
        let options = self.screen.options.peek();
        options
            .keeps()
            .then(|| Slot::new(options.base(), &self.page.name))
    }

    fn say(&self, word: Word) {
        self.screen.said.set(self.screen.say(word));
    }

    fn enter(&self, phase: Phase) {
        // Entering it again would make its views anew, and lose where the visitor is in them.
        if self.screen.phase.peek() != phase {
            self.screen.phase.set(phase);
        }
    }

    /// Time goes on, even where the clock is set back: progress that was seen is not undone.
    fn tick(&self) {
        let (now, before) = (now(), self.screen.now.peek());
        self.screen.now.set(now.max(before));
    }
}
