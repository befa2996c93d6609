use std::rc::Rc;

use konpro_api::{Avatar, Scope, Voice};
use konpro_client::{KonproError, ListQuery};

use super::Inner;
use crate::Part;
use crate::field::Field;
use crate::screen::{Entry, List, Phase};
use konpro_browser::Task;

/// One of the two lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Avatars,
    Voices,
}

impl Inner {
    /// Loads what the form needs and does not have yet.
    pub(super) fn load_lists(self: &Rc<Self>) {
        if self.screen.phase.peek() != Phase::Composing {
            return;
        }
        let options = self.screen.options.peek();
        for (kind, part) in [(Kind::Avatars, Part::Avatar), (Kind::Voices, Part::Voice)] {
            let list = self.list(kind).peek();
            if list.page == 0 && !list.loading && options.shows(part) {
                self.more(kind);
            }
        }
    }

    /// Another proxy's lists are other lists.
    pub(super) fn forget_lists(&self) {
        self.lists.iter().for_each(|task| drop(task.take()));
        self.screen.avatars.set(List::default());
        self.screen.voices.set(List::default());
    }

    /// Loads the next page of a list.
    pub(super) fn more(self: &Rc<Self>, kind: Kind) {
        let inner = self.clone();
        // The task that this one replaces may have been the one to ask.
        self.meeting.set(false);
        self.list(kind).update(|list| {
            list.loading = true;
            list.failed = false;
        });
        let task = Task::spawn(async move { inner.load(kind).await });
        self.lists[kind as usize].replace(Some(task));
    }

    async fn load(&self, kind: Kind) {
        let client = self.client();
        let list = self.list(kind);
        let page = list.peek().page + 1;
        let query = ListQuery {
            page,
            ..ListQuery::default()
        };
        let answer: Result<(Vec<Rc<Entry>>, u32), KonproError> = match kind {
            Kind::Avatars => client.avatars(&query).await.map(|answer| {
                let entries = answer.avatars.into_iter().map(Entry::from).map(Rc::new);
                (entries.collect(), answer.pagination.total_pages)
            }),
            Kind::Voices => client.voices(&query).await.map(|answer| {
                let entries = answer.voices.into_iter().map(Entry::from).map(Rc::new);
                (entries.collect(), answer.pagination.total_pages)
            }),
        };
        list.update(|list| {
            list.loading = false;
            match answer {
                Ok((entries, pages)) => {
                    list.more = page < pages && !entries.is_empty();
                    list.page = page;
                    // The visitor's own language first; presenters have none.
                    let words = self.screen.words.peek();
                    for first in [true, false] {
                        for entry in &entries {
                            let language = entry.language.as_deref().unwrap_or_default();
                            if words.speaks(language) == first {
                                list.entries.push(entry.clone());
                            }
                        }
                    }
                }
                Err(_) => list.failed = true,
            }
        });
        self.choose_first();
        // The script's limit is wanted by now, once for both lists; whatever is wrong, they have told.
        if !self.meeting.replace(true) {
            let _ = self.peer(&client).await;
            self.meeting.set(false);
        }
    }

    /// A visitor who only wants to write finds a presenter and a voice chosen.
    pub(super) fn choose_first(&self) {
        let options = self.screen.options.peek();
        let choose = |chosen: &mut String, list: Field<List>, preset: bool| {
            let List {
                entries,
                page,
                more,
                ..
            } = list.peek();
            let is_known = |id: &str| entries.iter().any(|entry| entry.id == id);
            // What was chosen another day may be gone since; nobody knows before the list is whole.
            let gone = page > 0 && !more && !preset && !is_known(chosen);
            if let Some(first) = entries.first()
                && (chosen.is_empty() || gone)
            {
                chosen.clone_from(&first.id);
            }
        };
        self.screen.choice.update(|choice| {
            choose(
                &mut choice.avatar_id,
                self.screen.avatars,
                options.avatar_id.is_some(),
            );
            choose(
                &mut choice.voice_id,
                self.screen.voices,
                options.voice_id.is_some(),
            );
        });
    }

    fn list(&self, kind: Kind) -> Field<List> {
        match kind {
            Kind::Avatars => self.screen.avatars,
            Kind::Voices => self.screen.voices,
        }
    }
}

impl From<Avatar> for Entry {
    fn from(avatar: Avatar) -> Self {
        Self {
            id: avatar.id,
            name: avatar.name,
            preview: avatar.thumbnail_url,
            clip: avatar.video_url,
            private: avatar.scope == Some(Scope::Private),
            ..Self::default()
        }
    }
}

impl From<Voice> for Entry {
    fn from(voice: Voice) -> Self {
        Self {
            id: voice.id,
            name: voice.name,
            preview: voice.preview_url,
            language: voice.language,
            gender: voice.gender,
            style: voice.properties.and_then(|properties| properties.style),
            ..Self::default()
        }
    }
}
