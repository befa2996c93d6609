//! Jobs of which nobody knows whether KonPro makes them, and the operator's word on them.

use konpro_job::Instant;
use serde::{Deserialize, Serialize};

use super::{Change, JobId, StorageError, Store, keys};
use crate::record::JobRecord;

/// A job whose create was sent and whose answer was lost.
#[derive(Clone, Debug)]
pub(crate) struct Doubtful {
    pub(crate) job: JobId,
    pub(crate) created: Instant,
    /// It was given up; only the operator's account can tell what it cost.
    pub(crate) given_up: bool,
}

/// What the operator has found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settlement {
    pub(crate) job: String,
    pub(crate) verdict: Verdict,
}

/// About one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// KonPro makes it under this id.
    Made(String),
    /// KonPro knows nothing of it.
    NotMade,
}

impl Store {
    /// All of them, oldest first.
    pub(crate) async fn doubtful(&self) -> Result<Vec<Doubtful>, StorageError> {
        let mut doubtful = Vec::new();
        for job in self.members(keys::DOUBTFUL).await? {
            let Ok(job) = job.parse::<JobId>() else {
                continue;
            };
            match self.job(job).await? {
                Some(record) => doubtful.push(Doubtful {
                    job,
                    created: record.created,
                    given_up: JobRecord::has_failed(&record),
                }),
                None => self.forget_doubt(job).await?,
            }
        }
        Ok(doubtful)
    }

    /// Leaves word for whoever leads.
    pub(crate) async fn settle(&self, settlement: &Settlement) -> Result<(), StorageError> {
        let insert = Change::Insert {
            set: keys::SETTLEMENTS.to_owned(),
            member: member(settlement)?,
        };
        self.commit(Vec::new(), vec![insert]).await.map(|_| ())
    }

    /// What was left.
    pub(crate) async fn settlements(&self) -> Result<Vec<Settlement>, StorageError> {
        let members = self.members(keys::SETTLEMENTS).await?;
        let read = |member: &String| serde_json::from_str(member).ok();
        Ok(members.iter().filter_map(read).collect())
    }

    /// It was heeded.
    pub(crate) async fn settled(&self, settlement: &Settlement) -> Result<(), StorageError> {
        let remove = Change::Remove {
            set: keys::SETTLEMENTS.to_owned(),
            member: member(settlement)?,
        };
        self.commit(Vec::new(), vec![remove]).await.map(|_| ())
    }

    /// The operator knows of it, or it was erased.
    pub(crate) async fn forget_doubt(&self, job: JobId) -> Result<(), StorageError> {
        let remove = Change::Remove {
            set: keys::DOUBTFUL.to_owned(),
            member: job.to_string(),
        };
        self.commit(Vec::new(), vec![remove]).await.map(|_| ())
    }
}

fn member(settlement: &Settlement) -> Result<String, StorageError> {
    serde_json::to_string(settlement).map_err(|error| StorageError(error.to_string()))
}
