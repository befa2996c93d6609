use std::net::SocketAddr;

use super::servers::KEY;

/// Whoever answers for KonPro.
#[derive(Clone)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) at: SocketAddr,
    /// fal's proxy is told in a header whom to ask.
    pub(crate) target: Option<SocketAddr>,
}

impl Contender {
    /// A request as it goes over the wire.
    pub(crate) fn get(&self, path: &str) -> String {
        format!("GET {}\r\n", self.head(path))
    }

    /// The same, past any cache.
    pub(crate) fn get_anew(&self, path: &str) -> String {
        format!("GET {}cache-control: no-cache\r\n\r\n", self.head(path))
    }

    /// The same for a create, with the key, which KonPro itself wants.
    pub(crate) fn post(&self, body: &str) -> String {
        format!(
            "POST {}x-api-key: {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.head("/v1/video-avatars"),
            body.len()
        )
    }

    fn head(&self, path: &str) -> String {
        let at = self.at;
        match self.target {
            Some(konpro) => format!(
                "/api/fal/proxy HTTP/1.1\r\nhost: {at}\r\nx-fal-target-url: http://{konpro}{path}\r\n"
            ),
            None => format!("{path} HTTP/1.1\r\nhost: {at}\r\n"),
        }
    }
}
