//! What stands before the proxy: it notes what the browser asks, and answers in the proxy's place where a scenario wants it to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

/// A handle on it; clones are handles on the same one.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    /// Method, path and query of each request.
    asked: Vec<String>,
    instead: Vec<(String, Answer)>,
}

type Answer = (StatusCode, &'static str, Bytes);

impl Gate {
    /// How often the browser has asked this so far: a method and an address, such as `GET /v1/avatars`, whatever else its
    /// query says; all addresses below one that ends with a slash.
    pub fn asked(&self, what: &str) -> usize {
        let noted = self.0.lock().unwrap();
        noted.asked.iter().filter(|asked| is(asked, what)).count()
    }

    /// From now on this is answered so, whatever was said of it before, and never reaches the proxy.
    pub fn answer(
        &self,
        what: &str,
        status: u16,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = (status, content_type, body.into());
        let mut noted = self.0.lock().unwrap();
        noted.instead.retain(|(before, _)| before != what);
        noted.instead.push((what.to_owned(), answer));
    }

    pub fn before(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), pass))
    }

    fn note(&self, request: &Request) -> Option<Answer> {
        let asked = format!("{} {}", request.method(), request.uri());
        let mut noted = self.0.lock().unwrap();
        let mut instead = noted.instead.iter();
        let answer = instead.find(|(what, _)| is(&asked, what));
        let answer = answer.map(|(_, answer)| answer.clone());
        noted.asked.push(asked);
        answer
    }
}

fn is(asked: &str, what: &str) -> bool {
    let rest = asked.strip_prefix(what);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '&']) || what.ends_with('/'))
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.note(&request) {
        Some((status, content_type, body)) => {
            let headers = [(header::CONTENT_TYPE, content_type)];
            (status, headers, body).into_response()
        }
        None => next.run(request).await,
    }
}
