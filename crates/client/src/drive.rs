use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use konpro_api::{CreateVideo, Job, Status, code};
use konpro_job::{Instant, Machine, Request};

use crate::client::{Raw, job_path};
use crate::text::joined;
use crate::{Client, KonproError, Peer, Push, Transport};

/// What the visitor, or the page, may say while a job is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Stop watching, and take the job back where it was not sent yet.
    Stop,
    /// Looking now is worth it: the network is back, the page is visible again.
    Hint,
}

/// How [`drive`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driven {
    /// The job has ended, well or badly.
    Over,
    /// The ask was refused: all that is known of the reason, which is more than a job can hold.
    Refused(KonproError),
    /// The visitor stopped it.
    Stopped,
}

/// No sleep is longer, so that a clock that jumps, or a computer that slept, is soon noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// After a stop the answer to an ask that is under way is waited for so long.
const FAREWELL: Duration = Duration::from_secs(25);
/// A stream that the proxy would not open is tried again after this time.
const REOPEN_STREAM: Duration = Duration::from_secs(60);

/// What the driver is told while it waits.
enum News {
    Answer(Request, Box<Raw<Job>>),
    Push(Option<Push>),
    Command(Command),
    Time,
}

/// Drives `machine` to the job's end: sends what it wants sent, prefers the event stream, polls
/// while there is none.
///
/// `report` is called with the machine whenever it has changed, *before* the request goes out that
/// the change stands for, so that what it writes down is never behind; and with the job where
/// a visitor could see a difference. `video` and `key` are what [`Request::Create`] sends.
/// Dropping the future stops everything it does.
pub async fn drive<T: Transport>(
    client: &Client<T>,
    peer: Peer,
    (video, key): (&CreateVideo, &str),
    machine: &mut Machine,
    commands: impl Stream<Item = Command> + Unpin,
    mut report: impl FnMut(&Machine, Option<Job>),
) -> Driven {
    let transport = client.transport();
    let mut commands = commands.fuse();
    let mut under_way: Option<Pin<Box<dyn Future<Output = News> + '_>>> = None;
    let mut stream = EventStream::default();
    let mut refusal = None;
    let mut repeated = machine.is_put_off();
    // A bare proxy need not let a page send a header that KonPro does not know.
    let key = Some(key).filter(|_| peer == Peer::Proxy);
    loop {
        let now = transport.now();
        machine.handle_timeout(now);
        if let Some(request) = machine.poll_request(now) {
            let job_id = machine.job().job_id;
            under_way = Some(Box::pin(async move {
                let raw = match request {
                    Request::Create => client.create(video, key).await,
                    Request::Look => client.look(peer, &job_id).await,
                };
                News::Answer(request, Box::new(raw))
            }));
        }
        let change = machine.poll_change();
        report(machine, change);
        let Some(wake) = machine.poll_timeout() else {
            return refusal.map_or(Driven::Over, Driven::Refused);
        };
        if peer == Peer::Proxy && !machine.is_over() {
            stream.open(client, &machine.job().job_id, now);
        }
        let mut timer = transport.sleep(wake.since(now).min(LONGEST_SLEEP));
        let news = poll_fn(|context| {
            if let Some(Poll::Ready(news)) = under_way.as_mut().map(|it| it.as_mut().poll(context))
            {
                under_way = None;
                return Poll::Ready(news);
            }
            if let Poll::Ready(Some(command)) = commands.poll_next_unpin(context) {
                return Poll::Ready(News::Command(command));
            }
            if let Poll::Ready(push) = stream.poll(context) {
                return Poll::Ready(News::Push(push));
            }
            Pin::new(&mut timer).poll(context).map(|()| News::Time)
        })
        .await;
        let now = transport.now();
        match news {
            News::Answer(Request::Create, raw) => {
                refusal = hear_create(machine, now, peer, repeated, *raw);
                repeated = true;
            }
            News::Answer(Request::Look, raw) => hear_look(machine, now, *raw),
            News::Push(push) => stream.hear(machine, now, push),
            News::Command(Command::Hint) => machine.handle_hint(now),
            News::Command(Command::Stop) => {
                let asking = machine.is_sent() && machine.job().job_id.is_empty();
                let ask = under_way.take().filter(|_| asking && peer == Peer::Proxy);
                if let Some(ask) = ask {
                    // Only its answer names the job that is to be taken back.
                    let farewell = transport.sleep(FAREWELL);
                    if let Either::Left((News::Answer(_, raw), _)) = select(ask, farewell).await {
                        hear_create(machine, transport.now(), peer, repeated, *raw);
                    }
                }
                let job = machine.job();
                let waits = job.status == Status::Pending && !job.job_id.is_empty();
                if !machine.handle_withdraw() && waits && peer == Peer::Proxy {
                    // Too late is no error here: the visitor only stops watching then.
                    if let Ok(withdrawn) = client.withdraw(&job.job_id).await {
                        machine.handle_sighting(transport.now(), &withdrawn, None);
                    }
                }
                let change = machine.poll_change();
                report(machine, change);
                return Driven::Stopped;
            }
            News::Time => {}
        }
    }
}

/// The one place that tells pushed news from polling.
struct EventStream<E> {
    events: Option<E>,
    not_before: Instant,
}

impl<E> Default for EventStream<E> {
    fn default() -> Self {
        Self {
            events: None,
            not_before: Instant::default(),
        }
    }
}

impl<E: Stream<Item = Push> + Unpin> EventStream<E> {
    fn open<T: Transport<Events = E>>(&mut self, client: &Client<T>, job_id: &str, now: Instant) {
        if self.events.is_none() && !job_id.is_empty() && now >= self.not_before {
            self.not_before = now.after(REOPEN_STREAM);
            let path = joined(&[&job_path(job_id), "/events"]);
            self.events = Some(client.transport().events(&path));
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Push>> {
        match &mut self.events {
            Some(events) => events.poll_next_unpin(context),
            None => Poll::Pending,
        }
    }

    fn hear(&mut self, machine: &mut Machine, now: Instant, push: Option<Push>) {
        match push {
            Some(Push::Opened) => machine.handle_push(now, true),
            Some(Push::Job(job)) => machine.handle_sighting(now, &job, None),
            Some(Push::Lost) => machine.handle_push(now, false),
            None => {
                self.events = None;
                machine.handle_push(now, false);
            }
        }
    }
}

/// Returns the refusal, where it is one.
fn hear_create(
    machine: &mut Machine,
    now: Instant,
    peer: Peer,
    repeated: bool,
    raw: Raw<Job>,
) -> Option<KonproError> {
    let Ok(answer) = raw else {
        machine.handle_lost(now, None);
        return None;
    };
    let (status, retry_after) = (answer.status, answer.retry_after);
    if let (200..=299, Ok(job)) = (status, &answer.body) {
        machine.handle_sighting(now, job, retry_after);
        return None;
    }
    let error = KonproError::of(&answer);
    // Only our proxy's own word on a 5xx says that no job was made, and nothing of an earlier ask.
    let no_job = peer == Peer::Proxy && !repeated && error.code.starts_with("UPSTREAM_");
    match status {
        429 if error.code != code::QUOTA_EXCEEDED => machine.handle_not_sent(now, retry_after),
        500.. if !no_job => machine.handle_lost(now, retry_after),
        400.. => {
            machine.handle_refused(error.clone().into());
            return Some(error);
        }
        _ => machine.handle_lost(now, retry_after),
    }
    None
}

fn hear_look(machine: &mut Machine, now: Instant, raw: Raw<Job>) {
    let Ok(answer) = raw else {
        return machine.handle_lost(now, None);
    };
    match (answer.status, &answer.body) {
        (200..=299, Ok(job)) => machine.handle_sighting(now, job, answer.retry_after),
        (404, _) => machine.handle_missing(now),
        (401 | 403, _) => machine.handle_denied(now, KonproError::of(&answer).into()),
        (429, _) => machine.handle_not_sent(now, answer.retry_after),
        _ => machine.handle_lost(now, answer.retry_after),
    }
}
