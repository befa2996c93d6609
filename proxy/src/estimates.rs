use konpro_api::CreateVideo;
use serde::{Deserialize, Serialize};
use std::time::Duration;
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kind {
    characters: u32,
}
impl Kind {
    pub(crate) fn of(v: &CreateVideo) -> Self {
        Self {
            characters: v.text.chars().count() as u32,
        }
    }
}
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Estimates {}
impl Estimates {
    pub(crate) fn expect(&self, _: &Kind, said: Option<u32>) -> u32 {
        said.unwrap_or(120)
    }
    pub(crate) fn learn(&mut self, _: &Kind, _: Option<u32>, _: Duration) {}
}
