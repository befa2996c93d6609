//! Avatars and voices: fetched whole, kept for a while, served stale while KonPro fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use konpro_api::{Avatar, Avatars, Pagination, Scope, Voice, Voices};
use konpro_job::Instant;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::scope::Allowed;
use crate::upstream::Upstream;

const PAGE: u32 = 100;
/// More pages than this are a list that never ends.
const MOST_PAGES: u32 = 200;
/// After a failure KonPro is left in peace for so long.
const RETRY: Duration = Duration::from_secs(30);

/// Both lists.
pub(crate) struct Lists {
    upstream: Upstream,
    clock: Clock,
    allowed: Allowed,
    keep: Duration,
    avatars: Mutex<Kept<Avatar>>,
    voices: Mutex<Kept<Voice>>,
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
        let (avatars, voices) = (Mutex::default(), Mutex::default());
        Self {
            upstream,
            clock,
            allowed,
            keep,
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
        match &self.allowed {
            Allowed::All => Ok(true),
            Allowed::Ids(ids) => Ok(ids.contains(avatar) && ids.contains(voice)),
            Allowed::Public => {
                let (avatars, voices) = (self.avatars().await?, self.voices().await?);
                Ok(avatars.iter().any(|it| it.id == avatar)
                    && voices.iter().any(|it| it.id == voice))
            }
        }
    }

    async fn kept<T: Entry>(&self, kept: &Mutex<Kept<T>>) -> Result<Arc<Vec<T>>, Failure> {
        let mut kept = kept.lock().await;
        let now = self.clock.now();
        if now >= kept.again {
            match self.fetch::<T>().await {
                Ok(entries) => {
                    info!(list = T::LIST, entries = entries.len(), "list fetched");
                    let again = self.clock.now().after(self.keep);
                    *kept = Kept {
                        entries: Some(Arc::new(entries)),
                        again,
                        failure: None,
                    };
                }
                Err(failure) => {
                    warn!(
                        list = T::LIST,
                        code = failure.error.code,
                        "list not fetched"
                    );
                    let wait = failure
                        .retry_after
                        .map_or(RETRY, Duration::from_secs)
                        .min(self.keep);
                    kept.again = self.clock.now().after(wait.min(RETRY));
                    kept.failure = Some(failure);
                }
            }
        }
        match (&kept.entries, &kept.failure) {
            (Some(entries), _) => Ok(Arc::clone(entries)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(Failure::unavailable("a list was never fetched")),
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
pub(crate) trait Entry: Sized {
    const LIST: &'static str;
    type Page: DeserializeOwned;

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
