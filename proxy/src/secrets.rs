use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use http::HeaderValue;
use serde_json::Value;

/// KonPro's key. It cannot be printed, and leaves only as the header of a request to KonPro.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// The value of `x-api-key`; HTTP libraries know it as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// `text` without the key: an error page or message of KonPro's may repeat what it was sent.
    pub(crate) fn erased_from(&self, text: Bytes) -> Bytes {
        let key = self.0.to_str().ok().filter(|key| key.len() >= SHORTEST_KEY);
        let (Some(key), Ok(said)) = (key, str::from_utf8(&text)) else {
            return text;
        };
        // JSON has many ways to write one character, each with a backslash.
        if said.contains('\\')
            && let Ok(mut value) = serde_json::from_str(said)
        {
            erase(key, &mut value);
            return value.to_string().into();
        }
        match said.contains(key) {
            true => said.replace(key, HIDDEN).into(),
            false => text,
        }
    }
}

fn erase(key: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace(key, HIDDEN),
        Value::Array(members) => members.iter_mut().for_each(|member| erase(key, member)),
        Value::Object(fields) => fields.values_mut().for_each(|field| erase(key, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

const HIDDEN: &str = "[hidden]";

/// A shorter one, as only tests have, would be found in any text.
const SHORTEST_KEY: usize = 8;

impl FromStr for ApiKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the key is empty");
        }
        let mut value = HeaderValue::from_str(text)
            .map_err(|_| "the key has characters that no header can carry")?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(hidden)")
    }
}

/// What seals job ids. The first one seals, all of them open. It cannot be printed.
#[derive(Clone)]
pub struct Secret(Vec<String>);

impl Secret {
    pub(crate) fn new(secrets: Vec<String>) -> Self {
        Self(secrets)
    }

    /// This one, and `other` to open what it has sealed.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self([&self.0[..], &other.0[..]].concat())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(String::as_bytes)
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let secrets: Vec<_> = text.split(',').map(|one| one.trim().to_owned()).collect();
        match secrets.len() {
            1 | 2 if secrets.iter().all(|one| one.len() >= 32) => Ok(Self(secrets)),
            _ => Err("one secret of 32 characters or more is needed, or `new,old` while rotating"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

/// Reads a setting that is a secret, or may have one in it. What is wrong with it is said without
/// repeating it, as clap does: such messages end up in logs.
#[derive(Clone)]
pub(crate) struct Unrepeated<T>(fn(&str) -> Result<T, String>);

impl<T> Unrepeated<T> {
    /// `parse` must not repeat it either.
    pub(crate) fn by(parse: fn(&str) -> Result<T, String>) -> Self {
        Self(parse)
    }
}

impl<T: FromStr<Err: fmt::Display>> Unrepeated<T> {
    pub(crate) fn new() -> Self {
        Self(|text| text.parse().map_err(|wrong: T::Err| wrong.to_string()))
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Unrepeated<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it is no UTF-8".to_owned());
        text.and_then(self.0).map_err(|wrong| {
            let name = arg.and_then(Arg::get_env).unwrap_or_default();
            let message = format!("{}: {wrong}\n", name.to_string_lossy());
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}
