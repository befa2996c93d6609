//! How the proxy reaches KonPro: over HTTP, or within one process for tests.

use std::error::Error;
use std::iter::successors;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{redirect, retry};
use tower::service_fn;
use tower::util::BoxCloneSyncService;
use url::Url;

use crate::links::{Links, is_private};

/// Carries one request to another host and brings back its answer. Dropping the call closes the
/// connection.
pub type Network = BoxCloneSyncService<http::Request<Bytes>, http::Response<Body>, NetworkError>;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The connection never opened: the request certainly did nothing.
    #[error("the connection never opened")]
    NeverOpened,
    /// Nor did it here: the name leads into the operator's own network, and nowhere else.
    #[error("the name has no public address")]
    NotPublic,
    /// The connection broke: nobody knows what the request did.
    #[error("the connection broke")]
    Lost,
}

const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The network as it is, for the calls to KonPro: follows no redirect. How long an answer may take is
/// up to the caller.
pub fn direct() -> anyhow::Result<Network> {
    over(client()?)
}

/// The same past any HTTP proxy of the system's, for an API on this computer or its neighbours.
pub fn nearby() -> anyhow::Result<Network> {
    over(client()?.no_proxy())
}

/// The way to finished videos of the API at `api`: without this computer and its neighbours, unless
/// the API is among them; and past any HTTP proxy, which would look up names by itself.
///
/// How long a host may be silent is up to the reader: one who is slow is not the host's fault.
pub fn downloads(api: &Url) -> anyhow::Result<Network> {
    let client = client()?.no_proxy();
    if Links::of(api.clone()).api_is_private() {
        return over(client);
    }
    let api = api.host_str().unwrap_or_default().to_owned();
    over(client.dns_resolver(PublicAddresses { api }))
}

fn client() -> anyhow::Result<reqwest::ClientBuilder> {
    // A second call finds the provider installed, which is what it wants.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .redirect(redirect::Policy::none())
        // What may be sent again is decided by who knows what it costs.
        .retry(retry::never())
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
                    Err(error) if is_not_public(&error) => Err(NetworkError::NotPublic),
                    Err(error) if error.is_connect() || error.is_builder() => {
                        Err(NetworkError::NeverOpened)
                    }
                    Err(_) => Err(NetworkError::Lost),
                }
            }
        },
    )))
}

fn is_not_public(error: &reqwest::Error) -> bool {
    successors(error.source(), |&error| error.source())
        .any(|error| error.downcast_ref() == Some(&NetworkError::NotPublic))
}

/// Resolves names to public addresses only, so that no link leads into the operator's network.
struct PublicAddresses {
    /// The API's own host, which may be anywhere.
    api: String,
}

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let is_api = name.as_str() == self.api;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| is_api || !is_private(&address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(NetworkError::NotPublic.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_apis_own_name_may_lead_to_this_computer() {
        let resolve = async |api: &str| {
            let api = api.to_owned();
            let name = "localhost".parse().unwrap();
            PublicAddresses { api }.resolve(name).await
        };
        let found = resolve("localhost").await.unwrap();
        assert!(found.into_iter().all(|address| address.ip().is_loopback()));
        let refused = resolve("api.konpro.ai").await.err().unwrap();
        assert_eq!(refused.downcast_ref(), Some(&NetworkError::NotPublic));
    }
}
