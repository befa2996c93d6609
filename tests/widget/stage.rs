//! A widget on a page, and the proxy that it talks to.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use konpro_video::messages::ENGLISH;
use konpro_video::{Handle, open};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

#[wasm_bindgen(module = "/tests/widget/proxy.js")]
extern "C" {
    fn begin(answers: &str);
    /// From now on `call`, such as `GET /v1/limits`, is answered like this.
    pub fn answer(call: &str, status: i32, body: &str);
    fn calls() -> Array;
    fn aborted() -> Array;
    /// The body that was last sent with `call`.
    pub fn body(call: &str) -> String;
    /// A header that was last sent with `call`.
    pub fn header(call: &str, name: &str) -> String;
    fn listening() -> Array;
    /// Pushes a job through every open event stream.
    pub fn push(job: &str);
    fn turn() -> Promise;
}

pub const CREATE: &str = "POST /v1/video-avatars";
pub const AVATARS: &str = "GET /v1/avatars";

/// What the proxy answers unless a test says otherwise.
const USUAL: &str = r#"[
    ["GET /v1/limits", [200, {"max_text": 50, "resolutions": ["1080p", "720p"], "formats": ["mp4"]}]],
    ["GET /v1/avatars", [200, {
        "avatars": [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob <b>the</b> \"Builder\""}],
        "pagination": {"page": 1, "limit": 100, "total": 2, "total_pages": 1}}]],
    ["GET /v1/voices", [200, {
        "voices": [
            {"id": "v1", "name": "Emma", "language": "en-US", "gender": "female"},
            {"id": "v2", "name": "Hans", "language": "de-DE", "gender": "male"}],
        "pagination": {"page": 1, "limit": 100, "total": 2, "total_pages": 1}}]],
    ["POST /v1/video-avatars", [201, {"job_id": "job-1", "status": "processing", "estimated_time": 120}]],
    ["GET /v1/video-avatars/job-1", [200, {"job_id": "job-1", "status": "processing", "estimated_time": 120}]]
]"#;

/// Makes the proxy forget everything, and the browser too.
pub fn begin_afresh() {
    begin(USUAL);
}

pub fn asked(call: &str) -> usize {
    calls().iter().filter(|asked| asked == call).count()
}

pub fn given_up(call: &str) -> bool {
    aborted().iter().any(|aborted| &aborted == call)
}

pub fn streams() -> u32 {
    listening().length()
}

/// Waits until `what` holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        settle().await;
    }
    panic!("it never came to this: {what}");
}

/// Lets everything happen that is due.
pub async fn settle() {
    JsFuture::from(turn()).await.unwrap();
}

/// One widget.
pub struct Widget {
    handle: Option<Handle>,
    host: HtmlElement,
    root: ShadowRoot,
    told: Rc<RefCell<Vec<Array>>>,
}

impl Widget {
    /// Opens one with these attributes.
    pub fn open(attributes: &[(&str, &str)]) -> Self {
        Self::named("widget", attributes)
    }

    pub fn named(name: &str, attributes: &[(&str, &str)]) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let host: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        document.body().unwrap().append_child(&host).unwrap();
        let init = ShadowRootInit::new(ShadowRootMode::Open);
        let root = host.attach_shadow(&init).unwrap();
        let told = Rc::new(RefCell::new(Vec::new()));
        let hears = told.clone();
        let hear = Closure::<dyn Fn(Array)>::new(move |event| hears.borrow_mut().push(event));
        let tell = Function::new_with_args("...event", "this(event)").bind0(&hear.into_js_value());
        let attributes = attributes
            .iter()
            .flat_map(|(name, value)| [*name, *value])
            .map(str::to_owned);
        let lent = Function::new_no_args(
            "return { getSession: () => 'token', events: (address) => new EventSource(address) }",
        );
        let lent = lent.call0(&JsValue::NULL).unwrap();
        let handle = open(
            root.clone(),
            name.to_owned(),
            attributes.collect(),
            ENGLISH.load(),
            lent.unchecked_into(),
            tell,
        );
        Self {
            handle: Some(handle),
            host,
            root,
            told,
        }
    }

    pub fn handle(&self) -> &Handle {
        self.handle.as_ref().unwrap()
    }

    /// Takes it off the page.
    pub fn remove(&mut self) {
        drop(self.handle.take());
        self.host.remove();
    }

    pub fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).unwrap()
    }

    pub fn part(&self, name: &str) -> Element {
        let found = self.find(&format!("[part~='{name}']"));
        found.unwrap_or_else(|| panic!("there is no part {name}"))
    }

    pub fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }

    /// What a visitor reads there; empty where there is nothing.
    pub fn text(&self, selector: &str) -> String {
        let found = self.find(selector);
        found
            .and_then(|found| found.text_content())
            .unwrap_or_default()
    }

    pub fn phase(&self) -> String {
        self.part("frame").get_attribute("data-phase").unwrap()
    }

    pub fn click(&self, part: &str) {
        self.click_on(&format!("[part~='{part}']"));
    }

    pub fn click_on(&self, selector: &str) {
        let found = self
            .find(selector)
            .unwrap_or_else(|| panic!("there is no {selector}"));
        found.unchecked_into::<HtmlElement>().click();
    }

    /// Waits for the lists, and writes `script`.
    pub async fn compose(&self, script: &str) {
        until("both lists are there", || {
            self.count("[part=avatar]") > 0 && self.count("[part=voice]") > 0
        })
        .await;
        until("the limit is known", || self.text("#count").contains("of")).await;
        self.write(script);
        settle().await;
    }

    /// What stands in the script's field.
    pub fn written(&self) -> String {
        let value = js_sys::Reflect::get(&self.part("script"), &"value".into());
        value.unwrap().as_string().unwrap()
    }

    pub fn write(&self, script: &str) {
        let field = self.part("script");
        js_sys::Reflect::set(&field, &"value".into(), &script.into()).unwrap();
        field
            .dispatch_event(&web_sys::Event::new("input").unwrap())
            .unwrap();
    }

    /// The names of all events so far.
    pub fn events(&self) -> Vec<String> {
        let told = self.told.borrow();
        told.iter()
            .map(|event| event.get(0).as_string().unwrap())
            .collect()
    }

    /// What the last event has told besides its name: the job as JSON, and for a failure its parts.
    pub fn last_event(&self) -> Vec<JsValue> {
        self.told
            .borrow()
            .last()
            .map(|event| event.iter().skip(1).collect())
            .unwrap_or_default()
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.remove();
    }
}
