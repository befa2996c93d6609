use js_sys::{Array, Function};
use konpro_api::Job;
use konpro_client::KonproError;
use wasm_bindgen::prelude::*;
use web_sys::ShadowRoot;

use crate::Options;
use crate::messages::Sentences;
use crate::mounted::Mounted;
use crate::session::{Event, Page};
use konpro_browser::{Host, from_json, to_js};
use konpro_job::Instant;

/// One `<konpro-video>` at work, in the hands of its JavaScript shell. Freeing it stops everything.
#[wasm_bindgen]
pub struct Handle {
    mounted: Mounted,
}

/// Fills a shadow root with the widget.
///
/// `name` tells the element from others on the page; `attributes` are names and values in turn;
/// `sentences` are a `Words` of `pkg/words.js`; `host` lends tokens and event streams. `tell` is called with an event's
/// name (`created`, `progress`, `completed`, `failed`, `refused` when there is no job, or `unreachable` when the
/// proxy was never reached), the wire
/// Job, and for a failure its code, message, request id and whether trying again may help.
#[wasm_bindgen]
pub fn open(
    root: ShadowRoot,
    name: String,
    attributes: Vec<String>,
    sentences: Sentences,
    host: Host,
    tell: Function,
) -> Handle {
    let mut options = Options::default();
    for attribute in attributes.chunks_exact(2) {
        options.set(&attribute[0], Some(attribute[1].clone()));
    }
    let page = Page {
        name,
        words: sentences.into(),
        host,
        tell: Box::new(move |event| {
            // A page whose listener throws has its own console.
            let _ = tell.apply(&JsValue::NULL, &arguments(event));
        }),
    };
    Mounted::new(root, options, page).into()
}

impl From<Mounted> for Handle {
    fn from(mounted: Mounted) -> Self {
        Self { mounted }
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

    /// Asks for the chosen video, `whole` however long its script is; `tell` hears what becomes of it.
    pub fn generate(&self, whole: bool) {
        self.mounted.session.generate(whole);
    }

    /// Back to the form: stops watching, and takes the job back where it was not sent yet. `aloud` says so; `preset` is with what the
    /// page has preset, instead of the visitor's choices.
    pub fn leave(&self, aloud: bool, preset: bool) {
        self.mounted.session.leave(aloud, preset);
    }

    /// The page keeps the widget from reaching its proxy: `message` says how, to a developer.
    pub fn block(&self, message: String) {
        self.mounted.session.block(message);
    }

    /// What is chosen of `resolution`, `format` or `background`, after `value` where there is one; empty for KonPro's own choice.
    /// Each further line is one that the proxy allows, where it says so.
    pub fn setting(&self, part: &str, value: Option<String>) -> String {
        self.mounted.session.setting(part, value)
    }

    /// Shows how a job stands, in JSON, that somebody else drives since then.
    pub fn show(&self, job: &str, since: f64) {
        if let Some(job) = from_json(job) {
            let since = Instant::from_millis(since as u64);
            self.mounted.session.show(job, since);
        }
    }
}

/// What `tell` is called with.
pub(crate) fn arguments(event: Event) -> Array {
    let (name, job, error): (_, Option<Job>, Option<KonproError>) = match event {
        Event::Long(what) => return Array::of2(&"long".into(), &what),
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
