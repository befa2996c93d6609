//! What KonPro says, built from its published documents and from nothing that its callers share.

mod account;
mod lists;
mod status;

pub(crate) use account::{endpoint_added, event, quota, videos};
pub(crate) use lists::{avatars, voices};
pub(crate) use status::{created, status, status_in_the_envelope};
