//! Fetching the lists of avatars and voices from KonPro, for every process on the storage.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use konpro_api::{Avatar, Avatars, Pagination, Scope, Voice, Voices};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tracing::{info, warn};

use super::Work;
use crate::failure::Failure;
use crate::lists::Kept;
use crate::permits::Urgency;
use crate::store::List;

const PAGE: u32 = 100;
/// More pages than this are a list that never ends.
const MOST_PAGES: u32 = 200;
/// All pages of a list take no longer.
const FETCH_LIMIT: Duration = Duration::from_secs(60);
/// After a failure KonPro is left in peace for so long, unless it says how long itself.
const RETRY: Duration = Duration::from_secs(30);

impl Work {
    /// Fetches a list, where the one that is kept is too old.
    pub(super) async fn fetch(self: Arc<Self>, list: List) {
        match list {
            List::Avatars => self.renew::<Avatar>(list).await,
            List::Voices => self.renew::<Voice>(list).await,
        }
    }

    async fn renew<T: Entry>(&self, list: List) {
        let (store, clock) = (&self.means.store, self.means.clock);
        let key = &list.key();
        let known = self
            .patiently(|| store.load::<Kept<T>>(key))
            .await
            .map(|known| known.value);
        if known.as_ref().is_some_and(|kept| clock.now() < kept.again) {
            return;
        }
        let asked = clock.now();
        let late = |_| Failure::timeout("KonPro did not send a whole list in time");
        let fetched = timeout(FETCH_LIMIT, self.pages::<T>()).await;
        let kept = match fetched.map_err(late).flatten() {
            Ok(entries) => {
                info!(list = list.name(), entries = entries.len(), "list fetched");
                Kept {
                    entries: Some(entries),
                    asked,
                    again: clock.now().after(self.means.lists),
                    failure: None,
                }
            }
            Err(failure) => {
                let code = &failure.error.code;
                warn!(list = list.name(), code, "list not fetched");
                let wait = failure.retry_after.map_or(RETRY, Duration::from_secs);
                Kept {
                    entries: known.and_then(|known| known.entries.clone()),
                    asked,
                    again: clock.now().after(wait),
                    failure: Some(failure.into()),
                }
            }
        };
        self.patiently(|| store.save(key, &kept)).await;
    }

    /// All pages. KonPro is asked for a page's size in both of its words; where it heeds neither,
    /// the pages are as they come, and end where one brings nothing new.
    async fn pages<T: Entry>(&self) -> Result<Vec<T>, Failure> {
        let (list, allowed) = (T::PATH, &self.means.scope);
        let scope = allowed.upstream_scope();
        let mut known = BTreeSet::new();
        let mut entries = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("{list}?scope={scope}&page={page}&limit={PAGE}&page_size={PAGE}");
            let permit = self.means.budget.permit(Urgency::List).await;
            let page_body = self.means.upstream.list::<T::Page>(&path, permit).await?;
            let (found, pagination) = T::open(page_body);
            let before = known.len();
            for entry in found {
                if known.insert(entry.id().to_owned()) && allowed.lists(entry.id(), entry.scope()) {
                    entries.push(entry);
                }
            }
            let last = page >= pagination.total_pages && pagination.total_pages > 0;
            if last || known.len() == before {
                break;
            }
        }
        Ok(entries)
    }
}

/// One kind of list.
pub(crate) trait Entry:
    Clone + Serialize + DeserializeOwned + Send + Sync + Sized + 'static
{
    const LIST: List;
    const PATH: &'static str;
    type Page: DeserializeOwned + Send;

    fn open(page: Self::Page) -> (Vec<Self>, Pagination);
    fn id(&self) -> &str;
    fn scope(&self) -> Option<Scope>;
}

impl Entry for Avatar {
    const LIST: List = List::Avatars;
    const PATH: &'static str = "/v1/avatars";
    type Page = Avatars;

    fn open(page: Avatars) -> (Vec<Self>, Pagination) {
        (page.avatars, page.pagination)
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn scope(&self) -> Option<Scope> {
        self.scope
    }
}

impl Entry for Voice {
    const LIST: List = List::Voices;
    const PATH: &'static str = "/v1/voices";
    type Page = Voices;

    fn open(page: Voices) -> (Vec<Self>, Pagination) {
        (page.voices, page.pagination)
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn scope(&self) -> Option<Scope> {
        self.scope
    }
}
