//! Connections: how many there may be, how long a client may dawdle, and an end when the process is
//! told.

mod doorkeeper;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::Service;
use tracing::{debug, info, warn};

use crate::visitors::TrustedProxies;
use doorkeeper::Doorkeeper;

/// A client has so long to send a request's headers.
const HEADER_LIMIT: Duration = Duration::from_secs(15);
/// Twice what a request may have: within this the router answers 431, beyond it hyper, without a
/// body.
const LARGEST_HEADERS: usize = 64 * 1024;
const MOST_HEADERS: usize = 200;
/// A client that takes nothing of an answer for so long is gone.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// Answers under way have so long to end once the process is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);
/// Out of file descriptors, accepting at once again would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How many connections there may be at once.
#[derive(Clone, Debug)]
pub struct Connections {
    /// In all.
    pub most: usize,
    /// From one IPv4 address or IPv6 /64, unless it is this computer's or a trusted proxy's.
    pub most_per_address: usize,
    /// Addresses that speak for many.
    pub trusted: TrustedProxies,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 20_000,
            most_per_address: 256,
            trusted: TrustedProxies::default(),
        }
    }
}

/// Serves `router` until `stop` ends, and lets what is under way end. Handlers learn who connects
/// from `ConnectInfo`, as they do under axum's own server.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .max_buf_size(LARGEST_HEADERS)
        .max_headers(MOST_HEADERS);
    let graceful = GracefulShutdown::new();
    let doorkeeper = Arc::new(Doorkeeper::new(connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            // Whoever is served may tell the process to stop: it must be listening by then.
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(entry) = doorkeeper.admit(peer.ip()) else {
            continue;
        };
        // Small answers must not wait for larger ones.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_LIMIT));
        let stream = TokioIo::new(Box::pin(stream));
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = graceful.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            let _entry = entry;
            if let Err(error) = connection.await {
                debug!(%error, "a connection broke");
            }
        });
    }
    info!("stopping");
    drop(listener);
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}

fn answer(
    mut router: Router,
    peer: SocketAddr,
    mut request: hyper::Request<hyper::body::Incoming>,
) -> axum::routing::future::RouteFuture<std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    // A router is always ready.
    router.call(request)
}
