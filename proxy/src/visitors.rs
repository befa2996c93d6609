//! Whom a connection stands for, when servers in front of the proxy speak for others.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use sha2::Sha256;

const FORWARDED: &str = "x-forwarded-for";
/// Nobody is behind more servers than this.
const MOST_HOPS: usize = 32;

/// The networks whose word on who connects is believed: `10.0.0.0/8,::1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let networks = named.map(|one| {
            let address = || one.parse::<IpAddr>().map(IpNet::from).ok();
            let network = one.parse::<IpNet>().ok().or_else(address);
            network.ok_or_else(|| format!("`{one}` is no network, as in 10.0.0.0/8 or 192.0.2.7"))
        });
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Whether this address speaks for others.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// One visitor, as far as a network can tell: an IPv4 address, or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VisitorAddress(Option<IpAddr>);

impl fmt::Display for VisitorAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(formatter),
            None => formatter.write_str("unknown"),
        }
    }
}

/// The visitor behind a connection from `peer`: the last hop that no trusted server stands for.
///
/// Each server appends the address that it was called from, so that only the end of the list,
/// written by servers that are trusted, can be believed.
pub(crate) fn visitor_address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> VisitorAddress {
    let Some(mut nearest) = peer.map(|peer| peer.to_canonical()) else {
        return VisitorAddress(None);
    };
    let values = headers.get_all(FORWARDED).iter();
    // Whatever a visitor writes before it, what the servers have appended must be read.
    let said: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let hops = said.iter().rev().flat_map(|value| value.rsplit(','));
    for hop in hops.take(MOST_HOPS) {
        let Some(address) = address(hop).filter(|_| trusted.trust(nearest)) else {
            break;
        };
        nearest = address;
    }
    VisitorAddress(Some(household(nearest)))
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || hop.parse::<SocketAddr>().map(|it| it.ip()).ok();
    let found = hop.parse().ok().or_else(with_port).or_else(bare)?;
    Some(IpAddr::to_canonical(&found))
}

/// An IPv6 household has a /64 of its own, and as many addresses as it likes.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let prefix = u128::from(v6) >> 64 << 64;
            Ipv6Addr::from(prefix).into()
        }
    }
}

/// Who asks: whom the session names, or whoever is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    Subject(String),
    Address(VisitorAddress),
}

impl Visitor {
    /// Stands for the visitor in stores, which thus hold neither names nor addresses.
    pub(crate) fn key(&self, salt: &[u8]) -> String {
        let (kind, name) = match self {
            Self::Subject(subject) => ("subject", subject.clone()),
            Self::Address(address) => ("address", address.to_string()),
        };
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else {
            return String::new();
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(name.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Whether it is this computer that connects.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn visitor(peer: &str, forwarded: &[&str], trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(FORWARDED, value);
        }
        let peer = Some(peer.parse().unwrap());
        visitor_address(peer, &headers, &trusted.parse().unwrap()).to_string()
    }

    #[test]
    fn only_trusted_servers_speak_for_others() {
        assert_eq!(
            visitor("198.51.100.7", &["203.0.113.9"], ""),
            "198.51.100.7"
        );
        assert_eq!(
            visitor("10.0.0.1", &["203.0.113.9"], "10.0.0.0/8"),
            "203.0.113.9"
        );
        // What a visitor writes stands before what servers have written.
        let forged = ["1.2.3.4, 203.0.113.9, 10.0.0.2"];
        assert_eq!(visitor("10.0.0.1", &forged, "10.0.0.0/8"), "203.0.113.9");
        let split = ["1.2.3.4", "203.0.113.9", "10.0.0.2"];
        assert_eq!(visitor("10.0.0.1", &split, "10.0.0.0/8"), "203.0.113.9");
        let odd = ["dé\u{ff}jà, 203.0.113.9"];
        assert_eq!(visitor("10.0.0.1", &odd, "10.0.0.0/8"), "203.0.113.9");
        assert_eq!(
            visitor("10.0.0.1", &["203.0.113.9, what?"], "10.0.0.0/8"),
            "10.0.0.1"
        );
        assert_eq!(visitor("10.0.0.1", &[], "10.0.0.0/8"), "10.0.0.1");
        assert_eq!(visitor("10.0.0.1", &["10.0.0.3"], "10.0.0.0/8"), "10.0.0.3");
    }

    #[test]
    fn addresses_are_understood_in_every_form_and_a_household_is_one_visitor() {
        let behind = |hop: &str| visitor("::1", &[hop], "::1");
        assert_eq!(behind("203.0.113.9:4711"), "203.0.113.9");
        assert_eq!(behind("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(behind("[2001:db8:1:2::3]:4711"), "2001:db8:1:2::");
        assert_eq!(behind("[2001:db8:1:2::3]"), "2001:db8:1:2::");
        assert_eq!(behind("2001:db8:1:2:ffff::1"), behind("2001:db8:1:2::9"));
        assert_eq!(
            visitor("::ffff:10.0.0.1", &["203.0.113.9"], "10.0.0.0/8"),
            "203.0.113.9"
        );
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert!(
            "10.0.0.0/8, ::1,192.0.2.7"
                .parse::<TrustedProxies>()
                .is_ok()
        );
        assert!("".parse::<TrustedProxies>().unwrap().0.is_empty());
        let wrong = "10.0.0.0/8,nginx".parse::<TrustedProxies>().unwrap_err();
        assert!(wrong.contains("`nginx`"), "{wrong}");
    }

    #[test]
    fn a_key_tells_visitors_apart_and_nothing_of_them() {
        let subject = Visitor::Subject("203.0.113.9".to_owned());
        let address = Visitor::Address(visitor_address(
            Some("203.0.113.9".parse().unwrap()),
            &HeaderMap::new(),
            &TrustedProxies::default(),
        ));
        assert_ne!(subject.key(b"salt"), address.key(b"salt"));
        assert_ne!(address.key(b"salt"), address.key(b"another"));
        assert_eq!(address.key(b"salt"), address.key(b"salt"));
        assert!(!address.key(b"salt").contains("203"));
    }

    proptest! {
        #[test]
        fn no_header_of_a_strangers_changes_who_the_stranger_is(forged in "[ -~]{0,200}") {
            prop_assert_eq!(visitor("198.51.100.7", &[&forged], "10.0.0.0/8"), "198.51.100.7");
            let appended = format!("{forged}, 198.51.100.7");
            prop_assert_eq!(visitor("10.0.0.1", &[&appended], "10.0.0.0/8"), "198.51.100.7");
        }
    }
}
