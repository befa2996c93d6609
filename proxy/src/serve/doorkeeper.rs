use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::warn;

use super::Connections;
use crate::visitors::{household, is_loopback};

/// Counts connections.
pub(super) struct Doorkeeper {
    limits: Connections,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    /// Whether the last one was turned away for want of room: said once, not for each.
    full: bool,
}

/// One connection, counted until it is dropped.
pub(super) struct Entry {
    doorkeeper: Arc<Doorkeeper>,
    /// Absent for those who speak for many.
    address: Option<IpAddr>,
}

impl Doorkeeper {
    pub(super) fn new(limits: Connections) -> Self {
        Self {
            limits,
            inside: Mutex::default(),
        }
    }

    /// `None`: there is no room, and the connection is to be closed.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Entry> {
        let address = peer.to_canonical();
        let speaks_for_many = is_loopback(address) || self.limits.trusted.trust(address);
        let address = (!speaks_for_many).then(|| household(address));
        let mut inside = self.inside();
        let full = inside.all >= self.limits.most;
        if full && !inside.full {
            warn!(
                connections = inside.all,
                "connections are turned away: KONPRO_PROXY_CONNECTIONS is reached"
            );
        }
        inside.full = full;
        if full {
            return None;
        }
        if let Some(address) = address {
            let count = inside.by_address.entry(address).or_default();
            if *count >= self.limits.most_per_address {
                return None;
            }
            *count += 1;
        }
        inside.all += 1;
        drop(inside);
        Some(Entry {
            doorkeeper: Arc::clone(self),
            address,
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inside = self.doorkeeper.inside();
        inside.all = inside.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(count) = inside.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                inside.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(most: usize, most_per_address: usize) -> Arc<Doorkeeper> {
        Arc::new(Doorkeeper::new(Connections {
            most,
            most_per_address,
            trusted: "10.0.0.0/8".parse().unwrap(),
        }))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_does_not_take_all_the_room() {
        let keeper = keeper(10, 2);
        let first = keeper.admit(address("203.0.113.9"));
        let second = keeper.admit(address("::ffff:203.0.113.9"));
        assert!(first.is_some() && second.is_some());
        assert!(keeper.admit(address("203.0.113.9")).is_none());
        let other = keeper.admit(address("203.0.113.10"));
        assert!(other.is_some());
        drop(first);
        assert!(keeper.admit(address("203.0.113.9")).is_some());
    }

    #[test]
    fn a_household_with_a_network_of_its_own_is_one_address() {
        let keeper = keeper(10, 2);
        let _entries =
            ["2001:db8:1:2::1", "2001:db8:1:2::2"].map(|peer| keeper.admit(address(peer)).unwrap());
        assert!(keeper.admit(address("2001:db8:1:2:ffff::3")).is_none());
        assert!(keeper.admit(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn those_who_speak_for_many_are_limited_by_the_room_alone() {
        let keeper = keeper(3, 1);
        let entries: Vec<_> = ["127.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1"]
            .map(|peer| keeper.admit(address(peer)))
            .into_iter()
            .collect();
        let admitted = entries.iter().filter(|entry| entry.is_some()).count();
        assert_eq!(admitted, 3);
        drop(entries);
        assert!(keeper.admit(address("::1")).is_some());
    }
}
