//! Avatars and voices: fetched whole, kept for a while, served stale while KonPro fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use konpro_api::{Avatar, Avatars, Pagination, Scope, Voice, Voices};
use konpro_job::Instant;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::scope::Allowed;
use crate::upstream::Upstream;

const PAGE: u32 = 100;
/// More pages than this are a list that never ends.
const MOST_PAGES: u32 = 200;
/// All pages of a list take no longer.
const FETCH_LIMIT: Duration = Duration::from_secs(60);
/// After a failure KonPro is left in peace for so long, unless it says how long itself.
const RETRY: Duration = Duration::from_secs(30);

/// Both lists.
pub(crate) struct Lists {
    source: Source,
    avatars: Arc<Mutex<Kept<Avatar>>>,
    voices: Arc<Mutex<Kept<Voice>>>,
}

/// Where lists come from, and how long they are good.
#[derive(Clone)]
struct Source {
    upstream: Upstream,
    clock: Clock,
    allowed: Allowed,
    keep: Duration,
}

/// A list, and when to fetch it again. The lock is held while it is fetched: however many ask at
/// once, KonPro is asked once.
struct Kept<T> {
    entries: Option<Arc<Vec<T>>>,
    again: Instant,
    failure: Option<Failure>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            entries: None,
            again: Instant::default(),
            failure: None,
        }
    }
}

impl Lists {
    pub(crate) fn new(upstream: Upstream, clock: Clock, allowed: Allowed, keep: Duration) -> Self {
        let source = Source {
            upstream,
            clock,
            allowed,
            keep,
        };
        let (avatars, voices) = (Arc::default(), Arc::default());
        Self {
            source,
            avatars,
            voices,
        }
    }

    pub(crate) async fn avatars(&self) -> Result<Arc<Vec<Avatar>>, Failure> {
        self.kept(&self.avatars).await
    }

    pub(crate) async fn voices(&self) -> Result<Arc<Vec<Voice>>, Failure> {
        self.kept(&self.voices).await
    }

    /// Whether visitors may make videos with this avatar and this voice.
    pub(crate) async fn allow(&self, avatar: &str, voice: &str) -> Result<bool, Failure> {
        match &self.source.allowed {
            Allowed::All => Ok(true),
            Allowed::Ids(ids) => Ok(ids.contains(avatar) && ids.contains(voice)),
            Allowed::Public => {
                let (avatars, voices) = (self.avatars().await?, self.voices().await?);
                Ok(avatars.iter().any(|it| it.id == avatar)
                    && voices.iter().any(|it| it.id == voice))
            }
        }
    }

    async fn kept<T: Entry>(&self, kept: &Arc<Mutex<Kept<T>>>) -> Result<Arc<Vec<T>>, Failure> {
        let mut kept = Arc::clone(kept).lock_owned().await;
        let clock = self.source.clock;
        if clock.now() >= kept.again {
            let source = self.source.clone();
            // On its own, so that visitors who leave do not make KonPro be asked again and again.
            let renewal = tokio::spawn(async move {
                source.renew(&mut kept).await;
                kept
            });
            let broken = |_| Failure::unavailable("the fetching of a list broke off");
            kept = renewal.await.map_err(broken)?;
        }
        match (&kept.entries, &kept.failure) {
            (Some(entries), _) => Ok(Arc::clone(entries)),
            (None, Some(failure)) => {
                let wait = kept.again.since(clock.now());
                Err(failure.clone().after(wait.as_secs().max(1)))
            }
            (None, None) => Err(Failure::unavailable("a list was never fetched")),
        }
    }
}

impl Source {
    async fn renew<T: Entry>(&self, kept: &mut Kept<T>) {
        let late = |_| Failure::timeout("KonPro did not send a whole list in time");
        let fetched = timeout(FETCH_LIMIT, self.fetch::<T>()).await;
        match fetched.map_err(late).flatten() {
            Ok(entries) => {
                info!(list = T::LIST, entries = entries.len(), "list fetched");
                *kept = Kept {
                    entries: Some(Arc::new(entries)),
                    again: self.clock.now().after(self.keep),
                    failure: None,
                };
            }
            Err(failure) => {
                let code = &failure.error.code;
                warn!(list = T::LIST, code, "list not fetched");
                let wait = failure.retry_after.map_or(RETRY, Duration::from_secs);
                kept.again = self.clock.now().after(wait);
                kept.failure = Some(failure);
            }
        }
    }

    /// All pages. KonPro is asked for a page's size in both of its words; where it heeds neither,
    /// the pages are as they come, and end where one brings nothing new.
    async fn fetch<T: Entry>(&self) -> Result<Vec<T>, Failure> {
        let (list, scope) = (T::LIST, self.allowed.upstream_scope());
        let mut known = BTreeSet::new();
        let mut entries = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("{list}?scope={scope}&page={page}&limit={PAGE}&page_size={PAGE}");
            let (found, pagination) = T::open(self.upstream.list::<T::Page>(&path).await?);
            let before = known.len();
            for entry in found {
                if known.insert(entry.id().to_owned())
                    && self.allowed.lists(entry.id(), entry.scope())
                {
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
pub(crate) trait Entry: Send + Sync + Sized + 'static {
    const LIST: &'static str;
    type Page: DeserializeOwned + Send;

    fn open(page: Self::Page) -> (Vec<Self>, Pagination);
    fn id(&self) -> &str;
    fn scope(&self) -> Option<Scope>;
}

impl Entry for Avatar {
    const LIST: &'static str = "/v1/avatars";
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
    const LIST: &'static str = "/v1/voices";
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
