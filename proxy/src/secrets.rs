use std::fmt;
use std::str::FromStr;

use http::HeaderValue;

/// KonPro's key. It cannot be printed, and leaves only as the header of a request to KonPro.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// The value of `x-api-key`; HTTP libraries know it as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

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
