//! The operator's own copies of finished videos.

mod conditions;
mod setting;

pub(crate) use conditions::{Wanted, wanted};
pub(crate) use setting::ArchiveSetting;
