use js_sys::{Array, Function};
use konpro_api::Job;
use konpro_client::KonproError;
use wasm_bindgen::prelude::*;
use web_sys::ShadowRoot;

use crate::Options;
use crate::browser::to_js;
use crate::messages::Sentences;
use crate::mounted::Mounted;
use crate::session::{Event, Page};

/// One `<konpro-video>` at work, in the hands of its JavaScript shell. Freeing it stops everything.
#[wasm_bindgen]
pub struct Handle {
    mounted: Mounted,
}

/// Fills a shadow root with the widget.
///
/// `name` tells the element from others on the page; `attributes` are names and values in turn;
/// `sentences` are a `Words` of `pkg/words.js`; `get_session` gives a bearer token, a promise of one, or nothing. `tell` is called with an event's
/// name (`created`, `progress`, `completed`, `failed`, `refused` when there is no job, or `unreachable` when the
/// proxy was never reached), the wire
/// Job, and for a failure its code, message, request id and whether trying again may help.
#[wasm_bindgen]
pub fn open(
    root: ShadowRoot,
    name: String,
    attributes: Vec<String>,
    sentences: Sentences,
    get_session: Function,
    tell: Function,
) -> Handle {
    let mut options = Options::default();
    for attribute in attributes.chunks_exact(2) {
        options.set(&attribute[0], Some(attribute[1].clone()));
    }
    let page = Page {
        name,
        words: sentences.into(),
        get_session: Some(get_session),
        tell: Box::new(move |event| {
            // A page whose listener throws has its own console.
            let _ = tell.apply(&JsValue::NULL, &arguments(event));
        }),
    };
    Handle {
        mounted: Mounted::new(root, options, page),
    }
}

#[wasm_bindgen]
impl Handle {
    /// Takes an attribute's new value; nothing when it was removed.
    pub fn update(&self, attribute: &str, value: Option<String>) {
        self.mounted.session.set(attribute, value);
    }

    /// Speaks another language from now on.
    pub fn speak(&self, sentences: Sentences) {
        self.mounted.session.speak(sentences.into());
    }

    /// Asks for the chosen video; `tell` hears what becomes of it.
    pub fn generate(&self) {
        self.mounted.session.generate();
    }

    /// Stops watching, and takes the job back where it was not sent yet.
    pub fn cancel(&self) {
        self.mounted.session.cancel();
    }

    /// The page keeps the widget from reaching its proxy: `message` says how, to a developer.
    pub fn block(&self, message: String) {
        self.mounted.session.block(message);
    }

    /// Back to the form, as the page has preset it.
    pub fn reset(&self) {
        self.mounted.session.reset();
    }
}

fn arguments(event: Event) -> Array {
    let (name, job, error): (_, Option<Job>, Option<KonproError>) = match event {
        Event::Created(job) => ("created", Some(job), None),
        Event::Progress(job) => ("progress", Some(job), None),
        Event::Completed(job) => ("completed", Some(job), None),
        Event::Failed(job, error) => ("failed", Some(job), Some(error)),
        Event::Refused(error) => ("refused", None, Some(error)),
        Event::Unreachable => ("unreachable", None, None),
    };
    let arguments = Array::of2(&name.into(), &job.as_ref().map(to_js).unwrap_or_default());
    if let Some(error) = error {
        arguments.push(&error.code.into());
        arguments.push(&error.message.into());
        arguments.push(&error.request_id.into());
        arguments.push(&error.retryable.into());
    }
    arguments
}
