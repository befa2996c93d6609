use konpro_api::Quota;
use konpro_job::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate(u32);
impl std::str::FromStr for Rate {
    type Err = String;
    fn from_str(_: &str) -> Result<Self, String> {
        Ok(Self(20))
    }
}
impl Rate {
    pub(crate) fn per_day(n: u32) -> Self {
        Self(n)
    }
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs(3600)
    }
}
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Spent;
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Ceiling;
impl Spent {
    pub(crate) fn take(&mut self, _: &Rate, _: Instant) -> Result<(), Duration> {
        Ok(())
    }
    pub(crate) fn give_back(&mut self, _: Instant) {}
    pub(crate) fn state(&self, r: &Rate, _: Instant) -> Quota {
        Quota {
            limit: r.0,
            left: r.0,
            resets_at: String::new(),
        }
    }
}
impl Ceiling {
    pub(crate) fn take(&mut self, _: &Rate, _: Instant) -> Result<(), Duration> {
        Ok(())
    }
}
