use std::rc::Rc;

use js_sys::JsString;

use super::list::{Fits, entries, foot, radio};
use super::stage::picture;
use super::tag::{Tag, effect, tag, value_of};
use crate::field::Field;
use crate::messages::Word;
use crate::screen::{Entry, Screen};
use crate::session::{Kind, Session};

/// Where the presenter is chosen.
pub(super) fn avatars(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    let wanted = Field::new(String::new());
    let fits: Fits = Rc::new(move |entry| lower(&entry.name).includes(&wanted.get(), 0));
    // Who searches wants the whole list searched.
    effect(move || {
        let list = screen.avatars.get();
        if !wanted.get().is_empty() && list.more && !list.loading && !list.failed {
            session.more(Kind::Avatars);
        }
    });
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Avatar),
        )
        .child(
            tag("input")
                .attr("type", "search")
                .attr("part", "avatar-search")
                .attr("class", "search")
                .attr_word("placeholder", words, Word::AvatarSearch)
                .attr_word("aria-label", words, Word::AvatarSearch)
                .on("input", move |event| {
                    wanted.set(lower(&value_of(&event)).into())
                }),
        )
        .child(entries(
            tag("div").attr("part", "avatars").attr("class", "gallery"),
            screen.avatars,
            fits.clone(),
            Box::new(move |avatar| option(screen, avatar)),
        ))
        .child(foot(session, Kind::Avatars, screen.avatars, fits))
}

fn option(screen: Screen, avatar: &Rc<Entry>) -> Tag {
    let initial: String = avatar.name.chars().take(1).collect();
    let mut picture = picture();
    if let Some(address) = &avatar.preview {
        picture = picture.attr("src", address);
    }
    tag("label")
        .attr("part", "avatar")
        .attr("class", "avatar")
        .attr("data-clip", avatar.clip.as_deref().unwrap_or_default())
        .child(radio(screen, "avatar", avatar, |choice| {
            &mut choice.avatar_id
        }))
        .child(
            tag("span")
                .attr("class", "face")
                .child(tag("span").attr("aria-hidden", "true").say(&initial))
                .child(picture),
        )
        .child(tag("span").attr("class", "name").say(&avatar.name))
}

/// In lower case, by the browser's tables instead of our own.
fn lower(text: &str) -> JsString {
    JsString::from(text).to_lower_case()
}
