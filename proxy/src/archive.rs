//! The operator's own copies of finished videos.

mod conditions;
mod setting;

use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde::{Deserialize, Serialize};

pub(crate) use conditions::{Wanted, wanted};
pub use setting::ArchiveSetting;

use crate::network::Network;
#[derive(Clone)] pub(crate) struct Archive; #[derive(Clone,Debug,Serialize,Deserialize)] pub(crate) struct Archived { pub(crate) length: u64 }
#[derive(Debug,thiserror::Error)] pub(crate) enum ArchiveError { #[error("s")] Stale, #[error("r")] Retry }
impl Archive { pub(crate) fn open(_:&ArchiveSetting)->anyhow::Result<Self>{Ok(Self)} pub(crate) async fn keep(&self,_:&str,_:&str,_:&Network)->Result<Archived,ArchiveError>{Err(ArchiveError::Retry)}
 pub(crate) async fn serve(&self,_:&Archived,_:&Method,_:&HeaderMap,_:bool)->Result<Response,ArchiveError>{Err(ArchiveError::Retry)} }
