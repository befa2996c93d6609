use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::Full;
use konpro_proxy::{Network, NetworkError};
use konpro_simulator::Simulator;
use tower::{ServiceExt, service_fn};

/// One request as it left the proxy.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The line from the proxy to KonPro: remembers what went over it, and answers in KonPro's place
/// where a test says what.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Line>);

struct Line {
    simulator: Simulator,
    sent: Mutex<Vec<Sent>>,
    /// By method and beginning of the path.
    answers: Mutex<VecDeque<(Method, &'static str, Answer)>>,
}

type Answer = Result<Response<Body>, NetworkError>;

impl Wire {
    pub(crate) fn to(simulator: &Simulator) -> Self {
        Self(Arc::new(Line {
            simulator: simulator.clone(),
            sent: Mutex::default(),
            answers: Mutex::default(),
        }))
    }

    pub(crate) fn network(&self) -> Network {
        let wire = self.clone();
        Network::new(service_fn(move |request| wire.clone().carry(request)))
    }

    /// The next such call never reaches KonPro, and is answered like this.
    pub(crate) fn answer(&self, method: Method, path: &'static str, answer: Answer) {
        let mut answers = self.0.answers.lock().unwrap();
        answers.push_back((method, path, answer));
    }

    /// The next such call is answered with this status and this body.
    pub(crate) fn say(&self, method: Method, path: &'static str, status: u16, body: &str) {
        let answer = Response::builder().status(status);
        let answer = answer.body(Body::from(body.to_owned())).unwrap();
        self.answer(method, path, Ok(answer));
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.sent.lock().unwrap().clone()
    }

    async fn carry(self, request: Request<Bytes>) -> Answer {
        let (parts, body) = request.into_parts();
        self.0.sent.lock().unwrap().push(Sent {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            body: body.clone(),
        });
        if let Some(answer) = self.prepared(&parts.method, parts.uri.path()) {
            return answer;
        }
        let request = Request::from_parts(parts, Full::new(body));
        let answer = self.0.simulator.service().oneshot(request).await;
        answer.map_err(|_| NetworkError::Lost)
    }

    fn prepared(&self, method: &Method, path: &str) -> Option<Answer> {
        let mut answers = self.0.answers.lock().unwrap();
        let fits = |(of, start, _): &(Method, &str, _)| of == method && path.starts_with(start);
        let at = answers.iter().position(fits)?;
        answers.remove(at).map(|(_, _, answer)| answer)
    }
}
