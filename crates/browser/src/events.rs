use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{Stream, StreamExt};
use konpro_client::Push;
use wasm_bindgen::prelude::*;
use web_sys::{EventSource, MessageEvent};

use crate::fetch::{Browser, Touch};
use crate::{Listener, from_json};

/// The proxy's news of one job. Dropping it closes the connection.
pub struct Events {
    source: Option<EventSource>,
    _listeners: Option<[Listener; 3]>,
    news: UnboundedReceiver<Push>,
}

impl Events {
    pub(super) fn open<T: Touch>(browser: &Browser<T>, path: &str) -> Self {
        let (sender, news) = unbounded();
        let (address, touch) = (browser.address(path), browser.touch);
        let source = match &browser.host {
            Some(host) => host.events(&address).ok(),
            None => EventSource::new(&address).ok(),
        };
        Self {
            _listeners: source.as_ref().map(|source| listen(source, &sender, touch)),
            source,
            news,
        }
    }
}

fn listen(
    source: &EventSource,
    sender: &UnboundedSender<Push>,
    touch: impl Touch,
) -> [Listener; 3] {
    let tell = |push: Push| {
        let sender = sender.clone();
        move || {
            // Nobody hears it only when the stream is being dropped.
            let _ = sender.unbounded_send(push.clone());
        }
    };
    let (opened, lost, jobs) = (tell(Push::Opened), tell(Push::Lost), sender.clone());
    let closing = (source.clone(), sender.clone());
    [
        Listener::new(source, "open", move |_| {
            touch.is_lost(false);
            opened();
        }),
        Listener::new(source, "job", move |event| {
            let data = event.unchecked_into::<MessageEvent>().data().as_string();
            if let Some(job) = data.and_then(|data| from_json(&data)) {
                let _ = jobs.unbounded_send(Push::Job(Box::new(job)));
            }
        }),
        Listener::new(source, "error", move |_| {
            let (source, sender) = &closing;
            if source.ready_state() == EventSource::CLOSED {
                sender.close_channel();
            } else {
                lost();
            }
        }),
    ]
}

impl Stream for Events {
    type Item = Push;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Push>> {
        self.news.poll_next_unpin(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(source) = &self.source {
            source.close();
        }
    }
}
