use std::sync::Arc;

use bytes::Bytes;
use quick_cache::sync::Cache;

use super::Claimed;
use crate::failure::Failure;
use crate::record::JobRecord;
use crate::store::Queue;

/// Whoever looks at more jobs than these at one time waits a little longer.
const MOST: usize = 4_096;

/// Jobs as they were told, for as long as they stand the same: a page that polls asks many times.
pub(crate) struct Told(Cache<String, Known>);

#[derive(Clone)]
struct Known {
    record: Arc<JobRecord>,
    queue: Option<Arc<Queue>>,
    withdrawn: bool,
    body: Bytes,
}

impl Default for Told {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Told {
    /// The job as JSON.
    pub(super) fn body(
        &self,
        claimed: &Claimed,
        queue: Option<Arc<Queue>>,
    ) -> Result<Bytes, Failure> {
        let (record, withdrawn) = (&claimed.record, claimed.ticket.withdrawn);
        if let Some(known) = self.0.get(&claimed.job_id)
            && Arc::ptr_eq(&known.record, record)
            && known.queue.as_ref().map(Arc::as_ptr) == queue.as_ref().map(Arc::as_ptr)
            && known.withdrawn == withdrawn
        {
            return Ok(known.body);
        }
        let body = serde_json::to_vec(&claimed.present(queue.as_deref()));
        let body: Bytes = body
            .map_err(|_| Failure::invalid("a job cannot be written"))?
            .into();
        let known = Known {
            record: Arc::clone(record),
            queue,
            withdrawn,
            body: body.clone(),
        };
        self.0.insert(claimed.job_id.clone(), known);
        Ok(body)
    }
}
