//! A wire between the browser and a server that remembers what came through and can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Forwards connections to a server until dropped.
pub struct Relay {
    address: SocketAddr,
    heard: Heard,
    up: watch::Sender<bool>,
    _forwarding: JoinSet<()>,
}

/// Every byte that went to the browser, per connection, so that what belongs together stands together.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

impl Relay {
    /// Listens on a free port.
    pub async fn in_front_of(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Heard::default();
        let up = watch::Sender::new(true);
        let mut forwarding = JoinSet::new();
        forwarding.spawn(forward(listener, server, heard.clone(), up.subscribe()));
        Self {
            address,
            heard,
            up,
            _forwarding: forwarding,
        }
    }

    /// Where the browser finds it, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks every connection, and every further one at once, until [`Relay::restore`].
    pub fn cut(&self) {
        self.up.send_replace(false);
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.up.send_replace(true);
    }

    /// What each connection brought to the browser so far.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap().clone()
    }
}

async fn forward(
    listener: TcpListener,
    server: SocketAddr,
    heard: Heard,
    up: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let (browser, _) = listener.accept().await.unwrap();
        if *up.borrow() {
            let mut up = up.clone();
            let heard = heard.clone();
            connections.spawn(async move {
                tokio::select! {
                    _ = up.wait_for(|up| !up) => {}
                    _ = connect(browser, server, &heard) => {}
                }
            });
        }
    }
}

async fn connect(browser: TcpStream, server: SocketAddr, heard: &Heard) -> std::io::Result<()> {
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let (mut from_browser, mut to_browser) = browser.into_split();
    let asking = async {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let length = from_browser.read(&mut piece).await?;
            if length == 0 {
                return to_server.shutdown().await;
            }
            ask_for_plain_bytes(&mut piece[..length]);
            to_server.write_all(&piece[..length]).await?;
        }
    };
    let answering = async {
        let connection = {
            let mut heard = heard.lock().unwrap();
            heard.push(Vec::new());
            heard.len() - 1
        };
        let mut piece = vec![0; 64 * 1024];
        loop {
            let length = from_server.read(&mut piece).await?;
            if length == 0 {
                return to_browser.shutdown().await;
            }
            heard.lock().unwrap()[connection].extend_from_slice(&piece[..length]);
            to_browser.write_all(&piece[..length]).await?;
        }
    };
    tokio::try_join!(asking, answering).map(|_| ())
}

/// Makes the browser's leave to compress unreadable, since compressed answers could not be searched.
fn ask_for_plain_bytes(request: &mut [u8]) {
    if let Some(start) = memmem::find(request, b"\r\nAccept-Encoding:") {
        request[start + 2..][..6].copy_from_slice(b"Refuse");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::copy;

    use super::*;

    /// A server that answers each byte with itself.
    async fn echo() -> (SocketAddr, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = copy(&mut from, &mut to).await;
                });
            }
        });
        (address, serving)
    }

    async fn ask(relay: &Relay, question: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        let _ = stream.write_all(question).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn what_comes_through_is_remembered() {
        let (server, _serving) = echo().await;
        let relay = Relay::in_front_of(server).await;
        assert_eq!(ask(&relay, b"one").await, b"one");
        assert_eq!(ask(&relay, b"two").await, b"two");
        assert_eq!(relay.heard(), [b"one", b"two"]);
    }

    #[tokio::test]
    async fn compression_is_not_asked_for() {
        let (server, _serving) = echo().await;
        let relay = Relay::in_front_of(server).await;
        let asked = ask(&relay, b"GET / HTTP/1.1\r\nAccept-Encoding: br\r\n\r\n").await;
        assert_eq!(asked, b"GET / HTTP/1.1\r\nRefuse-Encoding: br\r\n\r\n");
    }

    #[tokio::test]
    async fn a_cut_ends_open_connections_and_refuses_new_ones_until_restored() {
        let (server, _serving) = echo().await;
        let relay = Relay::in_front_of(server).await;
        let mut open = TcpStream::connect(relay.address).await.unwrap();
        open.write_all(b"a").await.unwrap();
        open.read_exact(&mut [0]).await.unwrap();

        relay.cut();
        let ended = open.read(&mut [0]).await;
        assert!(matches!(ended, Ok(0) | Err(_)), "still open: {ended:?}");
        assert_eq!(ask(&relay, b"lost").await, b"");

        relay.restore();
        assert_eq!(ask(&relay, b"back").await, b"back");
    }
}
