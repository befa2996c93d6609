use axum::http::HeaderMap;
use std::net::IpAddr;
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies;
impl std::str::FromStr for TrustedProxies {
    type Err = String;
    fn from_str(_: &str) -> Result<Self, String> {
        Ok(Self)
    }
}
#[derive(Clone)]
pub(crate) struct VisitorAddress(String);
pub(crate) fn visitor_address(
    p: Option<IpAddr>,
    _: &HeaderMap,
    _: &TrustedProxies,
) -> VisitorAddress {
    VisitorAddress(format!("{p:?}"))
}
pub(crate) enum Visitor {
    Subject(String),
    Address(VisitorAddress),
}
impl Visitor {
    pub(crate) fn key(&self, _: &[u8]) -> String {
        match self {
            Self::Subject(s) => s.clone(),
            Self::Address(a) => a.0.clone(),
        }
    }
}
