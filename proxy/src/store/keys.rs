//! What the documents and sets are called.

use std::fmt;
use std::str::FromStr;

use konpro_job::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::tickets::TicketId;

pub(crate) const LEDGER: &str = "ledger";
pub(crate) const ESTIMATES: &str = "estimates";
pub(super) const SECRET: &str = "secret";
pub(super) const LEADER: &str = "leader";
pub(super) const QUEUE: &str = "queue";
pub(super) const CEILING: &str = "ceiling";
/// The jobs that still have something ahead of them.
pub(super) const OPEN: &str = "open";
/// The jobs of which nobody knows whether KonPro makes them.
pub(super) const DOUBTFUL: &str = "doubtful";
/// The copies in the archive, each with its job.
pub(super) const COPIES: &str = "copies";
/// What the operator has said of them.
pub(super) const SETTLEMENTS: &str = "settlements";

/// Names one job; inside the proxy and in its log. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct JobId(u64);

impl JobId {
    /// A new one: the time, and 20 bits of chance.
    pub(super) fn new(now: Instant, chance: [u8; 4]) -> Self {
        Self(now.as_millis() << 20 | u64::from(u32::from_be_bytes(chance) >> 12))
    }

    /// When it was made.
    pub(super) fn made(self) -> Instant {
        Instant::from_millis(self.0 >> 20)
    }

    pub(crate) fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    pub(crate) fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    pub(super) fn key(self) -> String {
        format!("job:{self}")
    }

    pub(super) fn of(key: &str) -> Option<Self> {
        key.strip_prefix("job:")?.parse().ok()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl FromStr for JobId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

/// The two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum List {
    Avatars,
    Voices,
}

impl List {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Avatars => "avatars",
            Self::Voices => "voices",
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Avatars => "list:avatars",
            Self::Voices => "list:voices",
        }
    }

    pub(super) fn wish(self) -> String {
        format!("wanted:{}", self.name())
    }

    pub(super) fn wished(news: &str) -> Option<Self> {
        match news.strip_prefix("wanted:")? {
            "avatars" => Some(Self::Avatars),
            "voices" => Some(Self::Voices),
            _ => None,
        }
    }
}

pub(super) fn ticket(ticket: TicketId) -> String {
    format!("ticket:{ticket}")
}

/// Keys belong to whoever a session names; others share one room.
pub(super) fn idempotency(owner: &str, key: &str) -> String {
    format!("key:{owner}:{key}")
}

pub(super) fn reuse(work: &str) -> String {
    format!("reuse:{work}")
}

pub(super) fn spent(visitor: &str) -> String {
    format!("spent:{visitor}")
}

/// Who has KonPro's job of this id. Hashed, because KonPro chooses its ids' length.
pub(crate) fn upstream(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    let hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("upstream:{hex}")
}
