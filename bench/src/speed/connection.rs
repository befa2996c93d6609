use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection, which reads just enough of HTTP to know where an answer ends.
pub(crate) struct Connection {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Connection {
    pub(crate) async fn to(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let heard = Vec::with_capacity(64 * 1024);
        Ok(Self { stream, heard })
    }

    /// Sends a request, and returns the answer's status once all of it is there.
    pub(crate) async fn ask(&mut self, request: &str) -> anyhow::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.heard.clear();
        loop {
            if let Some((status, length)) = complete(&self.heard)? {
                ensure!(self.heard.len() == length, "more than one answer");
                return Ok(status);
            }
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                bail!("the connection was closed");
            }
        }
    }

    /// The body of the last answer, as it came.
    pub(crate) fn said(&self) -> String {
        let said = String::from_utf8_lossy(&self.heard);
        let (_, body) = said.split_once("\r\n\r\n").unwrap_or_default();
        body.to_owned()
    }
}

/// The status, and the length of the whole answer, once all of it is there.
fn complete(heard: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&heard[..end])?.to_ascii_lowercase();
    let status = head.get(9..12).context("no status")?.parse()?;
    if head.contains("transfer-encoding: chunked") {
        let whole = heard.ends_with(b"\r\n0\r\n\r\n");
        return Ok(whole.then_some((status, heard.len())));
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Ok(0), |length| length.trim().parse::<usize>())?;
    let all = end + 4 + length;
    Ok((heard.len() >= all).then_some((status, all)))
}
