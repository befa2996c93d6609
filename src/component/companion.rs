//! The widget in its `<div>`, and the scripts beside it.

use js_sys::{Array, Promise};
use leptos::prelude::{Callable, Callback};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{HtmlDivElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

use super::{Failure, GetSession};
use crate::element::arguments;
use crate::messages::{Messages, Sentences};
use crate::session::{Event, Page, Session};
use crate::{Handle, Job, Options, mounted};

/// Who hears of what.
#[derive(Clone)]
pub(super) struct Listeners {
    pub(super) created: Option<Callback<Job>>,
    pub(super) progress: Option<Callback<Job>>,
    pub(super) completed: Option<Callback<Job>>,
    pub(super) failed: Option<Callback<Failure>>,
}

impl Listeners {
    fn tell(&self, event: Event) {
        let (listener, job) = match event {
            Event::Created(job) => (&self.created, job),
            Event::Progress(job) => (&self.progress, job),
            Event::Completed(job) => (&self.completed, job),
            Event::Failed(job, error) => return self.fail(Failure { job, error }),
            Event::Refused(error) => {
                let job = Job::default();
                return self.fail(Failure { job, error });
            }
            Event::Unreachable | Event::Long(_) => return,
        };
        if let Some(listener) = listener {
            listener.run(job);
        }
    }

    fn fail(&self, failure: Failure) {
        if let Some(listener) = &self.failed {
            listener.run(failure);
        }
    }
}

/// A widget at work. Dropping it stops all that it does.
pub(super) struct Mounted {
    pub(super) session: Session,
    companion: Companion,
    handle: Freed,
    options: Options,
    messages: Messages,
}

impl Mounted {
    /// Fills `host`; nothing where it has a shadow root of somebody else's.
    pub(super) fn fill(
        host: &HtmlDivElement,
        name: &str,
        options: Options,
        messages: Messages,
        get_session: Option<GetSession>,
        listeners: Listeners,
    ) -> Option<Self> {
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open));
        let (root, words) = (root.ok()?, messages.load());
        let ask = Closure::<dyn Fn(Option<String>) -> Promise>::new(move |refused| {
            let asked = get_session.as_ref().map(|it| it.ask(refused));
            future_to_promise(async move {
                let token = match asked {
                    Some(asked) => asked.await,
                    None => None,
                };
                Ok(token.into())
            })
        });
        let companion = Companion::new(&root, name, &words, &ask.into_js_value());
        for (attribute, value) in options.attributes() {
            companion.set(attribute, value);
        }
        let hears = companion.clone();
        let page = Page {
            name: name.to_owned(),
            words: words.into(),
            host: companion.clone().unchecked_into(),
            tell: Box::new(move |event| {
                listeners.tell(event.clone());
                hears.hear(&arguments(event));
            }),
        };
        let mounted = mounted::Mounted::new(root, options.clone(), page);
        let session = mounted.session;
        let handle: Freed = JsValue::from(Handle::from(mounted)).unchecked_into();
        companion.begin(&handle);
        Some(Self {
            session,
            companion,
            handle,
            options,
            messages,
        })
    }

    /// Takes what the application wants now.
    pub(super) fn follow(&mut self, options: Options, messages: Messages) {
        let before = self.options.attributes();
        for (now, before) in options.attributes().into_iter().zip(before) {
            if now != before {
                let (attribute, value) = now;
                self.companion.set(attribute, value.clone());
                self.session.set(attribute, value);
            }
        }
        self.options = options;
        if messages != self.messages {
            self.messages = messages;
            let words = messages.load();
            self.session.speak(words.clone().into());
            self.companion.speak(&words);
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.companion.close();
        self.handle.free();
    }
}

#[wasm_bindgen(module = "/pkg/component.js")]
extern "C" {
    #[derive(Clone)]
    type Companion;

    #[wasm_bindgen(constructor)]
    fn new(root: &ShadowRoot, name: &str, words: &Sentences, get_session: &JsValue) -> Companion;

    #[wasm_bindgen(method)]
    fn set(this: &Companion, attribute: &str, value: Option<String>);

    #[wasm_bindgen(method)]
    fn begin(this: &Companion, handle: &Freed);

    #[wasm_bindgen(method)]
    fn speak(this: &Companion, words: &Sentences);

    #[wasm_bindgen(method)]
    fn hear(this: &Companion, event: &Array);

    #[wasm_bindgen(method)]
    fn close(this: &Companion);
}

#[wasm_bindgen]
extern "C" {
    /// A handle that JavaScript holds, too: the last word is Rust's.
    type Freed;

    #[wasm_bindgen(method)]
    fn free(this: &Freed);
}

/// What `component.js` imports, some of it only when it is needed, has to lie beside it.
mod beside {
    use super::wasm_bindgen;

    macro_rules! files {
        ($($file:literal $name:ident,)*) => {
            $(
                #[wasm_bindgen(module = $file)]
                extern "C" {
                    fn $name();
                }
            )*
        };
    }

    files! {
        "/pkg/beside.js" heard,
        "/pkg/diagnosis.js" explain,
        "/pkg/dom.js" make,
        "/pkg/events.js" events,
        "/pkg/filters.js" attendLists,
        "/pkg/finished.js" accompany,
        "/pkg/gallery.js" preview,
        "/pkg/history.js" remember,
        "/pkg/notice.js" offer,
        "/pkg/sample.js" toggle,
        "/pkg/settings.js" fill,
    }
}
