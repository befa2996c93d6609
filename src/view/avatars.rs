use konpro_api::Avatar;
use leptos::prelude::*;

use super::stage::picture;
use super::tag::{Tag, dynamic, tag};
use crate::messages::WORDS;
use crate::screen::{List, Screen};
use crate::session::Session;

/// Where the presenter is chosen.
pub(super) fn avatars(session: Session) -> AnyView {
    let screen = session.screen;
    let wanted = RwSignal::new(String::new());
    tag("fieldset")
        .attr("class", "field")
        .child(tag("legend").attr("class", "label").child(WORDS.avatar))
        .child(
            tag("input")
                .attr("type", "search")
                .attr("part", "avatar-search")
                .attr("class", "search")
                .attr("placeholder", WORDS.avatar_search)
                .attr("aria-label", WORDS.avatar_search)
                .on("input", move |event| wanted.set(event_target_value(&event).to_lowercase())),
        )
        .child(
            tag("div").attr("part", "avatars").attr("class", "gallery").child(dynamic(move || {
                let word = wanted.get();
                let list = screen.avatars.get();
                let found = list.entries.iter().filter(|avatar| avatar.name.to_lowercase().contains(&word));
                let views: Vec<AnyView> = found.map(|avatar| option(screen, avatar)).collect();
                views.into_any()
            })),
        )
        .child(dynamic(move || {
            let word = wanted.get();
            let list = screen.avatars.get();
            let none = !list.entries.iter().any(|avatar| avatar.name.to_lowercase().contains(&word));
            // Who searches wants the whole list searched.
            if !word.is_empty() && list.more && !list.loading && list.failed.is_none() {
                session.more_avatars();
            }
            foot(&list, none, move || session.more_avatars())
        }))
        .view()
}

fn option(screen: Screen, avatar: &Avatar) -> AnyView {
    let (id, mine) = (avatar.id.clone(), avatar.id.clone());
    let initial: String = avatar.name.chars().take(1).collect();
    let thumbnail = avatar.thumbnail_url.clone();
    tag("label")
        .attr("part", "avatar")
        .attr("class", "avatar")
        .child(radio("avatar", &avatar.id, move || screen.choice.with(|choice| choice.avatar_id == mine), move || {
            let id = id.clone();
            screen.choice.update(|choice| choice.avatar_id = id);
        }))
        .child(
            tag("span")
                .attr("class", "face")
                .child(tag("span").attr("aria-hidden", "true").child(&*initial))
                .child(picture(move || thumbnail.clone())),
        )
        .child(tag("span").attr("class", "name").child(&*avatar.name))
        .view()
}

/// One choice of a group. Radio buttons of one name belong together within one shadow root only.
pub(super) fn radio(
    group: &str,
    value: &str,
    chosen: impl FnMut() -> bool + Send + 'static,
    mut choose: impl FnMut() + 'static,
) -> Tag {
    tag("input")
        .attr("type", "radio")
        .attr("name", group)
        .attr("value", value)
        .checked(chosen)
        .on("change", move |_| choose())
}

/// What stands below a list: more of it, or why there is none.
pub(super) fn foot<T>(list: &List<T>, none: bool, mut more: impl FnMut() + 'static) -> AnyView {
    let foot = tag("p").attr("class", "foot").attr("role", "status");
    let button = |words| tag("button").attr("part", "more button").attr("class", "small").attr("type", "button").child(words);
    if list.loading {
        foot.child(WORDS.loading).view()
    } else if list.failed.is_some() {
        foot.child(tag("span").attr("class", "over").child(WORDS.list_failed))
            .child(button(WORDS.retry).on("click", move |_| more()))
            .view()
    } else if list.more {
        foot.child(button(WORDS.more).on("click", move |_| more())).view()
    } else if none {
        foot.child(WORDS.none_found).view()
    } else {
        foot.view()
    }
}
