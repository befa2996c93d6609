//! Fetching the lists of avatars and voices from KonPro, for every process on the storage.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use konpro_api::{Avatar, Avatars, Pagination, Scope, Voice, Voices};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;
use tracing::{info, warn};

use super::Work;
use crate::failure::Failure;
use crate::lists::Kept;
use crate::permits::Urgency;
use crate::store::List;

const PAGE: u32 = 100;
/// More pages than this are a list that never ends.
const MOST_PAGES: u32 = 200;
/// A page that does not come is asked for again so often: those before it have cost requests.
const ATTEMPTS: u32 = 3;
/// After a failure KonPro is left in peace for so long, twice as long each time, unless it says how
/// long itself.
const RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_secs(30 * 60);

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
        let key = list.key();
        let known = self
            .patiently(|| store.load::<Kept<T>>(key))
            .await
            .map(|known| known.value)
            .filter(|known| known.source == self.means.source);
        if known.as_ref().is_some_and(|kept| clock.now() < kept.again) {
            return;
        }
        let asked = clock.now();
        let source = self.means.source.clone();
        let kept = match self.pages::<T>().await {
            Ok(entries) => {
                info!(list = list.name(), entries = entries.len(), "list fetched");
                Kept {
                    entries: Some(entries),
                    source,
                    failures: 0,
                    asked,
                    again: clock.now().after(self.means.lists),
                    failure: None,
                }
            }
            Err(failure) => {
                let code = &failure.error.code;
                warn!(list = list.name(), code, "list not fetched");
                let failures = known.as_ref().map_or(0, |known| known.failures);
                let pause = (RETRY * (1 << failures.min(6))).min(LONGEST_RETRY);
                let told = failure.retry_after.map(Duration::from_secs);
                let wait = told.map_or(pause, |told| told.max(pause));
                Kept {
                    entries: known.and_then(|known| known.entries.clone()),
                    source,
                    failures: failures.saturating_add(1),
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
        let allowed = &self.means.scope;
        let mut known = BTreeSet::new();
        let mut entries = Vec::new();
        for page in 1..=MOST_PAGES {
            let (found, pagination) = T::open(self.page::<T>(page).await?);
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

    async fn page<T: Entry>(&self, page: u32) -> Result<T::Page, Failure> {
        let (list, scope) = (T::PATH, self.means.scope.upstream_scope());
        let path = format!("{list}?scope={scope}&page={page}&limit={PAGE}&page_size={PAGE}");
        let urgency = match page {
            1 => Urgency::List,
            _ => Urgency::Page,
        };
        let mut attempts = 1;
        loop {
            let permit = self.means.budget.permit(urgency).await;
            let overtaken = || Failure::unavailable("another process leads");
            let answer = self
                .means
                .upstream
                .list(&path, permit.ok_or_else(overtaken)?)
                .await;
            if answer.is_ok() || page == 1 || attempts >= ATTEMPTS {
                return answer;
            }
            attempts += 1;
            sleep(RETRY).await;
        }
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
