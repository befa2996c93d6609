use konpro_api::CreateVideo;
use konpro_client::{Record, joined};
use web_sys::Storage;

use konpro_browser::{from_json, to_json};

/// The one place in the browser's storage that one element writes to.
pub(crate) struct Slot(String);

impl Slot {
    /// The place of the element that the page knows as `name`, in front of the proxy at `base`.
    pub(crate) fn new(base: &str, name: &str) -> Self {
        Slot(joined(&["konpro-video ", base, " ", name]))
    }

    /// What was kept, if anything can still be read.
    pub(crate) fn load(&self) -> Option<Record> {
        let text = storage()?.get_item(&self.0).ok()??;
        from_json(&text)
    }

    /// Keeps `record`. A browser without storage, or with none left, keeps nothing.
    pub(crate) fn store(&self, record: &Record) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(&self.0, &to_json(record));
        }
    }

    /// Keeps no job any more.
    pub(crate) fn clear(&self) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.0);
        }
    }

    /// What was written and chosen last, if anything can still be read.
    pub(crate) fn draft(&self) -> Option<CreateVideo> {
        let text = storage()?.get_item(&self.draft_name()).ok()??;
        from_json(&text)
    }

    /// Keeps what is written and chosen, or keeps no such thing any more.
    pub(crate) fn keep_draft(&self, draft: Option<CreateVideo>) {
        let name = self.draft_name();
        if let Some(storage) = storage() {
            let _ = match draft {
                Some(draft) => storage.set_item(&name, &to_json(&draft)),
                None => storage.remove_item(&name),
            };
        }
    }

    fn draft_name(&self) -> String {
        joined(&[&self.0, " draft"])
    }
}

/// Absent where the visitor, or a sandboxed frame, forbids it.
fn storage() -> Option<Storage> {
    crate::browser::window().local_storage().ok()?
}
