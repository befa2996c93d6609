//! Avatars and voices: kept in the store for a while, served stale while KonPro fails.

use std::sync::Arc;
use std::time::Duration;

use konpro_api::{Avatar, Voice};
use konpro_job::Instant;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant as Moment, timeout};
use url::Url;

use crate::clock::Clock;
use crate::failure::{Failure, KeptFailure};
use crate::scope::Allowed;
use crate::store::Store;
use crate::tracker::Entry;

/// A visitor waits for a list no longer; for a newer one, where there is an old one, next to not.
const PATIENCE: Duration = Duration::from_secs(65);
const PATIENCE_WITH_AN_OLD_ONE: Duration = Duration::from_secs(2);
/// The leader may have died, and another taken over: it is told again so often.
const REMIND: Duration = Duration::from_secs(2);

/// Both lists.
pub(crate) struct Lists {
    store: Arc<Store>,
    clock: Clock,
    allowed: Allowed,
    source: String,
}

/// A list, and when to fetch it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Kept<T> {
    pub(crate) entries: Option<Vec<T>>,
    /// What was asked, and where: entries from elsewhere may be nobody's business here.
    pub(crate) source: String,
    /// How often in a row it could not be fetched.
    pub(crate) failures: u32,
    /// When KonPro was asked for it last.
    pub(crate) asked: Instant,
    pub(crate) again: Instant,
    pub(crate) failure: Option<KeptFailure>,
}

impl Lists {
    pub(crate) fn new(store: Arc<Store>, clock: Clock, allowed: Allowed, source: String) -> Self {
        Self {
            store,
            clock,
            allowed,
            source,
        }
    }

    /// Whether there are avatars to show, be they old.
    pub(crate) async fn are_known(&self) -> Result<bool, Failure> {
        let known = self.known::<Avatar>().await?;
        Ok(known.is_some_and(|kept| kept.entries.is_some()))
    }

    async fn known<T: Entry>(&self) -> Result<Option<Arc<Kept<T>>>, Failure> {
        let loaded = self.store.load::<Kept<T>>(T::LIST.key()).await?;
        let known = loaded.map(|loaded| loaded.value);
        Ok(known.filter(|kept| kept.source == self.source))
    }

    pub(crate) async fn avatars(&self) -> Result<Arc<Kept<Avatar>>, Failure> {
        self.kept().await
    }

    pub(crate) async fn voices(&self) -> Result<Arc<Kept<Voice>>, Failure> {
        self.kept().await
    }

    /// Whether visitors may make videos with this avatar and this voice.
    pub(crate) async fn allow(&self, avatar: &str, voice: &str) -> Result<bool, Failure> {
        match &self.allowed {
            Allowed::All => Ok(true),
            Allowed::Ids(ids) => Ok(ids.contains(avatar) && ids.contains(voice)),
            Allowed::Public => {
                let (avatars, voices) = (self.avatars().await?, self.voices().await?);
                Ok(avatars.all().iter().any(|it| it.id == avatar)
                    && voices.all().iter().any(|it| it.id == voice))
            }
        }
    }

    /// The list as it is kept, or as it comes: however many ask at once, KonPro is asked once.
    async fn kept<T: Entry>(&self) -> Result<Arc<Kept<T>>, Failure> {
        let came = self.clock.now();
        if let Some(kept) = self.known::<T>().await?.filter(|it| came < it.again) {
            return kept.usable(came);
        }
        let mut changes = self.store.subscribe_to_list(T::LIST);
        let begun = Moment::now();
        let mut old = None;
        loop {
            changes.notice();
            let kept = self.known::<T>().await?;
            let now = self.clock.now();
            if let Some(kept) = kept {
                if now < kept.again || kept.asked >= came {
                    return kept.usable(now);
                }
                old = Some(kept);
            }
            let has_entries = old.as_ref().is_some_and(|kept| kept.entries.is_some());
            let patience = match has_entries {
                true => PATIENCE_WITH_AN_OLD_ONE,
                false => PATIENCE,
            };
            if begun.elapsed() >= patience {
                let late = || Failure::timeout("a list does not come in time");
                return old.ok_or_else(late)?.usable(now);
            }
            self.store.want(T::LIST).await?;
            let _ = timeout(REMIND, changes.changed()).await;
        }
    }
}

/// Names what is asked for, and whom.
pub(crate) fn source(allowed: &Allowed, api: &Url) -> String {
    format!("{allowed:?} of {api}")
}

impl<T> Kept<T> {
    pub(crate) fn all(&self) -> &[T] {
        self.entries.as_deref().unwrap_or_default()
    }

    fn usable(self: Arc<Self>, now: Instant) -> Result<Arc<Self>, Failure> {
        match (&self.entries, &self.failure) {
            (None, Some(failure)) => {
                let wait = self.again.since(now).as_secs();
                Err(Failure::from(failure).after(wait.max(1)))
            }
            _ => Ok(self),
        }
    }
}
