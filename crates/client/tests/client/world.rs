//! A transport whose other side is a script, on tokio's paused clock.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{self, LocalBoxStream};
use futures_util::{FutureExt, Stream, StreamExt};
use konpro_api::{CreateVideo, Job};
use konpro_client::{Client, Command, Driven, Lost, Method, Peer, Push, Request, Transport, drive};
use konpro_job::{Instant, Machine, Resend};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant as Clock, sleep, timeout};

/// What the client did, in its order.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Told its caller how the job stands, and what a visitor could see of it.
    Reported(Box<Machine>, Option<Job>),
    Sent(Sent),
    /// Opened a stream at this path.
    Listened(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    /// Milliseconds since the world began.
    pub(crate) at: u64,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Option<Value>,
}

impl Sent {
    pub(crate) fn is_create(&self) -> bool {
        self.method == Method::Post
    }
}

/// What comes back.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        retry_after: Option<u64>,
        body: String,
    },
    Lost,
    /// Neither an answer nor the news that there is none.
    Never,
}

impl Reply {
    pub(crate) fn after(self, seconds: u64) -> Self {
        match self {
            Reply::Answer { status, body, .. } => Reply::Answer {
                status,
                retry_after: Some(seconds),
                body,
            },
            other => other,
        }
    }
}

pub(crate) fn reply(status: u16, body: impl ToString) -> Reply {
    Reply::Answer {
        status,
        retry_after: None,
        body: body.to_string(),
    }
}

/// A stream's life: what it pushes how many seconds after it was opened; `None` ends it.
pub(crate) type Pushes = Vec<(u64, Option<Push>)>;

#[derive(Clone)]
pub(crate) struct World(Rc<Inner>);

type Script = Box<dyn FnMut(&Sent) -> Reply>;

struct Inner {
    begun: Clock,
    script: RefCell<Script>,
    streams: RefCell<VecDeque<Pushes>>,
    deeds: RefCell<Vec<Deed>>,
    held: Held,
}

/// How many of each thing are held by the client right now.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) requests: Counter,
    pub(crate) streams: Counter,
    pub(crate) timers: Counter,
}

type Counter = Rc<Cell<usize>>;

struct Holding(Counter);

impl Holding {
    fn of(counter: &Counter) -> Self {
        counter.set(counter.get() + 1);
        Self(Rc::clone(counter))
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl World {
    /// A world where each request is answered by `script`. No stream can be opened in it.
    pub(crate) fn new(script: impl FnMut(&Sent) -> Reply + 'static) -> Self {
        Self(Rc::new(Inner {
            begun: Clock::now(),
            script: RefCell::new(Box::new(script)),
            streams: RefCell::default(),
            deeds: RefCell::default(),
            held: Held::default(),
        }))
    }

    /// The next streams to be opened live like this; all further ones end at once.
    pub(crate) fn with_streams(self, streams: impl IntoIterator<Item = Pushes>) -> Self {
        self.0.streams.borrow_mut().extend(streams);
        self
    }

    pub(crate) fn client(&self) -> Client<World> {
        Client::new(self.clone())
    }

    /// Milliseconds since the world began.
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.0.begun.elapsed().as_millis()).unwrap()
    }

    /// The moment so many milliseconds after the world began, on the client's clock.
    pub(crate) fn at(&self, millis: u64) -> Instant {
        Instant::from_millis(1_795_435_200_000 + millis)
    }

    pub(crate) fn held(&self) -> &Held {
        &self.0.held
    }

    pub(crate) fn deeds(&self) -> Vec<Deed> {
        self.0.deeds.borrow().clone()
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        let deeds = self.deeds().into_iter();
        let sent = deeds.filter_map(|deed| match deed {
            Deed::Sent(sent) => Some(sent),
            _ => None,
        });
        sent.collect()
    }

    pub(crate) fn creates(&self) -> Vec<Sent> {
        self.sent().into_iter().filter(Sent::is_create).collect()
    }

    pub(crate) fn looks(&self) -> Vec<Sent> {
        let sent = self.sent().into_iter();
        sent.filter(|sent| sent.method == Method::Get).collect()
    }

    /// The jobs that a visitor was shown, in their order.
    pub(crate) fn shown(&self) -> Vec<Job> {
        let deeds = self.deeds().into_iter();
        let jobs = deeds.filter_map(|deed| match deed {
            Deed::Reported(_, job) => job,
            _ => None,
        });
        jobs.collect()
    }

    /// A machine that was just told to make the video.
    pub(crate) fn asked(&self, resend: Resend) -> Machine {
        let mut machine = Machine::new(resend);
        machine.handle_ask(self.now());
        machine
    }

    /// Drives a job to its end.
    pub(crate) async fn drive(&self, peer: Peer, machine: &mut Machine) -> Driven {
        self.drive_with(peer, machine, stream::pending()).await
    }

    pub(crate) async fn drive_with(
        &self,
        peer: Peer,
        machine: &mut Machine,
        commands: impl Stream<Item = Command> + Unpin,
    ) -> Driven {
        let report = |machine: &Machine, job: Option<Job>| {
            self.note(Deed::Reported(Box::new(machine.clone()), job));
        };
        let client = self.client();
        let video = video();
        let driven = drive(&client, peer, (&video, KEY), machine, commands, report);
        // Of the paused clock: a driver that waits for nothing fails instead of hanging.
        let patience = Duration::from_secs(30 * 24 * 3600);
        timeout(patience, driven).await.expect("the driver ends")
    }

    fn note(&self, deed: Deed) {
        self.0.deeds.borrow_mut().push(deed);
    }
}

pub(crate) const KEY: &str = "key-1";

pub(crate) fn video() -> CreateVideo {
    CreateVideo {
        avatar_id: "avatar-3655".to_owned(),
        voice_id: "voice-123".to_owned(),
        text: "Welcome!".to_owned(),
        settings: None,
    }
}

/// Commands that come so many seconds from now.
pub(crate) fn commands(
    commands: impl IntoIterator<Item = (u64, Command)>,
) -> LocalBoxStream<'static, Command> {
    let begun = Clock::now();
    let commands: Vec<_> = commands.into_iter().collect();
    let timed = stream::iter(commands).then(move |(at, command)| async move {
        tokio::time::sleep_until(begun + Duration::from_secs(at)).await;
        command
    });
    timed.chain(stream::pending()).boxed_local()
}

impl Transport for World {
    type Events = Pin<Box<dyn Stream<Item = Push>>>;

    fn read<T: DeserializeOwned>(&self, json: &str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    async fn send<B: Serialize>(
        &self,
        request: Request<'_, B>,
    ) -> Result<konpro_client::Reply, Lost> {
        let _holding = Holding::of(&self.0.held.requests);
        let sent = Sent {
            at: self.millis(),
            method: request.method,
            path: request.path.to_owned(),
            key: request.idempotency_key.map(str::to_owned),
            body: request.body.map(|body| serde_json::to_value(body).unwrap()),
        };
        self.note(Deed::Sent(sent.clone()));
        let reply = (self.0.script.borrow_mut())(&sent);
        sleep(Duration::from_millis(20)).await;
        match reply {
            Reply::Lost => Err(Lost),
            Reply::Never => std::future::pending().await,
            Reply::Answer {
                status,
                retry_after,
                body,
            } => Ok(konpro_client::Reply {
                status,
                retry_after: retry_after.map(Duration::from_secs),
                body,
            }),
        }
    }

    fn events(&self, path: &str) -> Self::Events {
        self.note(Deed::Listened(path.to_owned()));
        let pushes = self.0.streams.borrow_mut().pop_front();
        let opened = Clock::now();
        let holding = Holding::of(&self.0.held.streams);
        let pushes = pushes.unwrap_or_else(|| vec![(0, None)]);
        let timed = stream::iter(pushes).then(move |(at, push)| {
            let _ = &holding;
            async move {
                tokio::time::sleep_until(opened + Duration::from_secs(at)).await;
                push
            }
        });
        // Without a `None` the stream stays open.
        let lasting = timed.chain(stream::pending());
        lasting
            .take_while(|push| std::future::ready(push.is_some()))
            .filter_map(std::future::ready)
            .boxed_local()
    }

    fn now(&self) -> Instant {
        self.at(self.millis())
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + Unpin {
        let holding = Holding::of(&self.0.held.timers);
        let timer = async move {
            let _holding = holding;
            sleep(wait).await;
        };
        timer.boxed_local()
    }
}
