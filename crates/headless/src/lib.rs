//! The client as wasm, in the hands of `pkg/client.js`, which is what people call.
//!
//! **What it is:** calls, the life of a job, and the cut of a long script, without a page: it runs in a browser, a worker, and
//! Node. **What it is not:** typed for JavaScript; objects cross as what the wire has.

mod plan;
mod task;

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function};
use konpro_api::Limits;
use konpro_browser::{Browser, Host, from_json, to_js};
use konpro_client::{Client, KonproError, ListQuery, Peer, Record};
use serde::Serialize;
use wasm_bindgen::prelude::*;

pub use plan::plan;
pub use task::Driving;

/// One proxy, or bare reverse proxy, and whoever asks it.
#[wasm_bindgen]
pub struct Headless(Rc<Connection>);

struct Connection {
    client: Client<Browser<()>>,
    peer: Cell<Option<Peer>>,
}

#[wasm_bindgen]
impl Headless {
    /// As [`Browser::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(endpoint: String, session: Option<String>, host: Option<Host>) -> Headless {
        let browser = Browser::new(endpoint, session, host, ());
        Headless(Rc::new(Connection {
            client: Client::new(browser),
            peer: Cell::new(None),
        }))
    }

    /// A page of avatars, as the wire has it; rejects with an error's code, message, request id and whether trying again may help.
    pub async fn avatars(&self, query: Query) -> Result<JsValue, JsValue> {
        let [scope, language, gender] = query.words();
        let query = query.wanted(&scope, &language, &gender);
        answer(self.0.client.avatars(&query).await)
    }

    /// A page of voices.
    pub async fn voices(&self, query: Query) -> Result<JsValue, JsValue> {
        let [scope, language, gender] = query.words();
        let query = query.wanted(&scope, &language, &gender);
        answer(self.0.client.voices(&query).await)
    }

    /// What the proxy accepts; nothing from a bare one.
    pub async fn limits(&self) -> Result<JsValue, JsValue> {
        let limits = self.0.limits().await.map_err(failure)?;
        Ok(limits.as_ref().map(to_js).unwrap_or_default())
    }

    /// How a job stands.
    pub async fn job(&self, job_id: String) -> Result<JsValue, JsValue> {
        let peer = self.0.peer().await.map_err(failure)?;
        let told = self.0.client.job(peer, &job_id).await;
        answer(told.map(|told| told.job))
    }

    /// Takes a job to its end. `record` is a [`Record`] in JSON; `began` says that its ask may have been sent before.
    ///
    /// `report` is called with `changed`, `completed`, `failed` or `stopped`, the job, and since when it is being made, in
    /// milliseconds since the Unix epoch; a failure's code, message, request id and whether trying again may help follow.
    pub fn drive(&self, record: &str, began: bool, report: Function) -> Result<Driving, JsValue> {
        let record: Record = from_json(record).ok_or("This is no request.")?;
        Ok(task::drive(self.0.clone(), record, began, report))
    }
}

impl Connection {
    async fn limits(&self) -> Result<Option<Limits>, KonproError> {
        let limits = self.client.limits().await?;
        self.peer.set(Some(match limits {
            Some(_) => Peer::Proxy,
            None => Peer::Bare,
        }));
        Ok(limits)
    }

    async fn peer(&self) -> Result<Peer, KonproError> {
        if self.peer.get().is_none() {
            self.limits().await?;
        }
        Ok(self.peer.get().unwrap_or(Peer::Bare))
    }
}

#[wasm_bindgen]
extern "C" {
    /// What `avatars` and `voices` are asked for.
    #[wasm_bindgen(js_name = Object)]
    pub type Query;

    #[wasm_bindgen(method, getter)]
    fn page(this: &Query) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    fn limit(this: &Query) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    fn scope(this: &Query) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn language(this: &Query) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn gender(this: &Query) -> Option<String>;
}

impl Query {
    fn words(&self) -> [Option<String>; 3] {
        [self.scope(), self.language(), self.gender()]
    }

    fn wanted<'a>(
        &self,
        scope: &'a Option<String>,
        language: &'a Option<String>,
        gender: &'a Option<String>,
    ) -> ListQuery<'a> {
        let usual = ListQuery::default();
        ListQuery {
            page: self.page().unwrap_or(usual.page),
            limit: self.limit().unwrap_or(usual.limit),
            scope: scope.as_deref(),
            language: language.as_deref(),
            gender: gender.as_deref(),
        }
    }
}

fn answer<T: Serialize>(answer: Result<T, KonproError>) -> Result<JsValue, JsValue> {
    answer.map(|it| to_js(&it)).map_err(failure)
}

/// An error's parts, in the order of `KonproError`'s constructor in `pkg/error.js`.
fn failure(error: KonproError) -> JsValue {
    parts(error).into()
}

fn parts(error: KonproError) -> Array {
    let retryable = error.retryable.into();
    Array::of4(
        &error.code.into(),
        &error.message.into(),
        &error.request_id.into(),
        &retryable,
    )
}
