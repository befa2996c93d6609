use std::rc::Rc;

use konpro_client::{KonproError, ListQuery};
use leptos::prelude::*;

use super::Inner;
use crate::Part;
use crate::browser::Task;
use crate::screen::{List, Phase};

impl Inner {
    /// Loads what the form needs and does not have yet.
    pub(super) fn load_lists(self: &Rc<Self>) {
        if self.screen.run.get_untracked().phase != Phase::Composing {
            return;
        }
        let options = self.screen.options.get_untracked();
        let unseen = |page: u32, loading: bool| page == 0 && !loading;
        let avatars = self.screen.avatars.with_untracked(|list| unseen(list.page, list.loading));
        let voices = self.screen.voices.with_untracked(|list| unseen(list.page, list.loading));
        if avatars && options.shows(Part::Avatar) {
            self.more_avatars();
        }
        if voices && options.shows(Part::Voice) {
            self.more_voices();
        }
    }

    /// The other proxy's lists are other lists.
    pub(super) fn forget_lists(&self) {
        self.avatars.take();
        self.voices.take();
        self.screen.avatars.set(List::default());
        self.screen.voices.set(List::default());
    }

    pub(super) fn more_avatars(self: &Rc<Self>) {
        let inner = self.clone();
        let page = begin(self.screen.avatars);
        let task = Task::spawn(async move {
            let client = inner.client();
            let answer = client.avatars(&ListQuery { page, ..Default::default() }).await;
            let answer = answer.map(|list| (list.avatars, list.pagination.total_pages));
            end(inner.screen.avatars, page, answer);
            inner.choose_first();
            // The script's limit is wanted by now, and whatever is wrong was told by the list.
            let _ = inner.peer(&client).await;
        });
        self.avatars.replace(Some(task));
    }

    pub(super) fn more_voices(self: &Rc<Self>) {
        let inner = self.clone();
        let page = begin(self.screen.voices);
        let task = Task::spawn(async move {
            let client = inner.client();
            let answer = client.voices(&ListQuery { page, ..Default::default() }).await;
            let answer = answer.map(|list| (list.voices, list.pagination.total_pages));
            end(inner.screen.voices, page, answer);
            inner.choose_first();
            let _ = inner.peer(&client).await;
        });
        self.voices.replace(Some(task));
    }

    /// A visitor who only wants to write finds a presenter and a voice chosen.
    fn choose_first(&self) {
        let avatar = self.screen.avatars.with_untracked(|list| list.entries.first().map(|it| it.id.clone()));
        let voice = self.screen.voices.with_untracked(|list| list.entries.first().map(|it| it.id.clone()));
        self.screen.choice.update(|choice| {
            if choice.avatar_id.is_empty() {
                choice.avatar_id = avatar.unwrap_or_default();
            }
            if choice.voice_id.is_empty() {
                choice.voice_id = voice.unwrap_or_default();
            }
        });
    }
}

/// Marks `list` as loading and says which page is next.
fn begin<T: Send + Sync + 'static>(list: RwSignal<List<T>>) -> u32 {
    list.update(|list| {
        list.loading = true;
        list.failed = None;
    });
    list.with_untracked(|list| list.page + 1)
}

fn end<T: Send + Sync + 'static>(
    list: RwSignal<List<T>>,
    page: u32,
    answer: Result<(Vec<T>, u32), KonproError>,
) {
    list.update(|list| {
        list.loading = false;
        match answer {
            Ok((entries, pages)) => {
                list.more = page < pages && !entries.is_empty();
                list.page = page;
                list.entries.extend(entries);
            }
            Err(error) => list.failed = Some(error.code),
        }
    });
}
