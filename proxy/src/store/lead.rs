//! Who speaks with KonPro: one process among those on the same storage.

use std::time::Duration;

use bytes::Bytes;

use super::{Change, Check, StorageError, Store, keys};

/// A leader that is not heard of for so long has none of it any more.
pub(crate) const LEASE: Duration = Duration::from_secs(6);

impl Store {
    /// Takes the lead, or keeps it. False says that another process has it.
    pub(crate) async fn take_lead(&self) -> Result<bool, StorageError> {
        if self.storage.is_exclusive() {
            // Nobody else could.
            return Ok(true);
        }
        let own = Bytes::from(self.own.clone());
        let leader = self.read(keys::LEADER).await?;
        if leader.as_ref().is_some_and(|leader| *leader != own) {
            return Ok(false);
        }
        let check = Check {
            key: keys::LEADER.to_owned(),
            value: leader,
        };
        let put = Change::Put {
            key: keys::LEADER.to_owned(),
            value: own,
            expires: Some(self.clock.now().after(LEASE)),
        };
        self.commit(vec![check], vec![put]).await
    }

    /// Gives the lead back at once, so that another process need not wait for it.
    pub(crate) async fn resign(&self) -> Result<(), StorageError> {
        if self.storage.is_exclusive() {
            return Ok(());
        }
        let delete = Change::Delete {
            key: keys::LEADER.to_owned(),
        };
        self.commit(self.fence(), vec![delete]).await.map(|_| ())
    }

    /// Whether there is a leader, be it this process or another.
    pub(crate) async fn is_led(&self) -> Result<bool, StorageError> {
        if self.storage.is_exclusive() {
            return Ok(true);
        }
        Ok(self.read(keys::LEADER).await?.is_some())
    }

    /// What only a leader may write.
    pub(super) fn fence(&self) -> Vec<Check> {
        match self.storage.is_exclusive() {
            true => Vec::new(),
            false => vec![Check {
                key: keys::LEADER.to_owned(),
                value: Some(Bytes::from(self.own.clone())),
            }],
        }
    }
}
