//! How the proxy reaches KonPro: over HTTP, or within one process for tests.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::links;

/// Carries one request to another host and brings back its answer. Dropping the call closes the
/// connection.
pub type Network = BoxCloneSyncService<http::Request<Bytes>, http::Response<Body>, NetworkError>;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The connection never opened: the request certainly did nothing.
    #[error("the connection never opened")]
    NeverOpened,
    /// The connection broke: nobody knows what the request did.
    #[error("the connection broke")]
    Lost,
}

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const SILENCE_LIMIT: Duration = Duration::from_secs(30);

/// The network as it is, for the calls to KonPro: follows no redirect.
pub fn direct() -> anyhow::Result<Network> {
    over(client()?)
}

/// The same past any HTTP proxy of the system's, for an API on this computer or its neighbours.
pub fn nearby() -> anyhow::Result<Network> {
    over(client()?.no_proxy())
}

/// The network without this computer and its neighbours, for links that come from outside.
pub fn public_only() -> anyhow::Result<Network> {
    over(client()?.dns_resolver(PublicAddresses))
}

fn client() -> anyhow::Result<reqwest::ClientBuilder> {
    // A second call finds the provider installed, which is what it wants.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE_LIMIT)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("konpro-video/", env!("CARGO_PKG_VERSION"))))
}

fn over(client: reqwest::ClientBuilder) -> anyhow::Result<Network> {
    let client = client.build()?;
    Ok(BoxCloneSyncService::new(service_fn(
        move |request: http::Request<Bytes>| {
            let client = client.clone();
            async move {
                let request =
                    reqwest::Request::try_from(request).map_err(|_| NetworkError::NeverOpened)?;
                match client.execute(request).await {
                    Ok(response) => Ok(http::Response::from(response).map(Body::new)),
                    Err(error) if error.is_connect() || error.is_builder() => {
                        Err(NetworkError::NeverOpened)
                    }
                    Err(_) => Err(NetworkError::Lost),
                }
            }
        },
    )))
}

/// Resolves names to public addresses only, so that no link leads into the operator's network.
struct PublicAddresses;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> =
                found.filter(|address| is_public(&address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other("the name has no public address").into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: &IpAddr) -> bool {
    !links::is_private(address)
}
