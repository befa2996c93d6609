//! Who calls, and whom that stands for.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use hmac::{Hmac, KeyInit, Mac};
use konpro_api::CreateVideo;
use konpro_job::Instant;
use serde_json::Value;
use sha2::Sha256;

use crate::failure::Failure;
use crate::sessions::{Session, Sessions};
use crate::visitors::{TrustedProxies, Visitor, visitor_address};

/// Beyond this two whole numbers may be one `f64`.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Tells visitors apart, without keeping who they are.
pub(crate) struct Askers {
    pub(crate) sessions: Option<Sessions>,
    pub(crate) trusted: TrustedProxies,
    /// Turns names into what stores may hold.
    pub(crate) salt: String,
}

/// What a call tells of its caller.
pub(crate) struct Caller {
    pub(crate) headers: HeaderMap,
    /// Absent where an axum server mounts the proxy without saying who connects.
    peer: Option<SocketAddr>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// Stands for the visitor in the store.
    pub(crate) visitor: String,
    /// Stands for whom the session names; empty without one.
    pub(crate) owner: String,
    /// Whom the session names.
    pub(crate) subject: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            headers: parts.headers.clone(),
            peer: peer.map(|ConnectInfo(peer)| *peer),
        })
    }
}

impl Askers {
    /// Refuses whoever lacks the session that the proxy wants.
    pub(crate) fn admit(&self, caller: &Caller, now: Instant) -> Result<Option<Session>, Failure> {
        let sessions = self.sessions.as_ref();
        sessions
            .map(|it| it.check(&caller.headers, now))
            .transpose()
    }

    /// Who calls; refuses whoever lacks the session that the proxy wants.
    pub(crate) fn identify(&self, caller: &Caller, now: Instant) -> Result<Asker, Failure> {
        let session = self.admit(caller, now)?;
        let subject = session.and_then(|session| session.subject);
        let peer = caller.peer.map(|peer| peer.ip());
        let address = || Visitor::Address(visitor_address(peer, &caller.headers, &self.trusted));
        let owner = match &subject {
            Some(subject) => self.hashed(&["owner", subject]),
            None => String::new(),
        };
        let visitor = subject.clone().map_or_else(address, Visitor::Subject);
        Ok(Asker {
            visitor: visitor.key(self.salt.as_bytes()),
            owner,
            subject,
        })
    }

    /// Stands for what is to be made, equal for equal work of those who may share it.
    pub(crate) fn work(&self, asker: &Asker, video: &CreateVideo) -> String {
        let settings = video.settings.clone().unwrap_or_default();
        let said = |setting: Option<String>| setting.unwrap_or_default();
        self.hashed(&[
            "work",
            &asker.owner,
            &video.avatar_id,
            &video.voice_id,
            &video.text,
            &said(settings.resolution),
            &said(settings.format),
            &said(settings.background),
        ])
    }

    /// Stands for a body, equal for equal JSON values: whatever the order of their fields, and
    /// however whole numbers are written.
    pub(crate) fn body(&self, body: &Value) -> String {
        // serde_json keeps the fields of an object sorted.
        self.hashed(&["body", &plain(body.clone()).to_string()])
    }

    fn hashed(&self, parts: &[&str]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(self.salt.as_bytes());
        // A key of any length will do.
        let Ok(mut mac) = mac else {
            return String::new();
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The same value with whole numbers as such: `1.0` and `1e0` are `1`.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() <= EXACT => (whole as i64).into(),
            _ => number.into(),
        },
        Value::Array(members) => members.into_iter().map(plain).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (name, plain(field)))
            .collect(),
        other => other,
    }
}
