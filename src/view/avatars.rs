use std::rc::Rc;

use super::list::{entries, foot, radio};
use super::stage::picture;
use super::tag::{Tag, tag};
use crate::messages::Word;
use crate::screen::Entry;
use crate::session::{Kind, Session};

/// Where the presenter is chosen.
pub(super) fn avatars(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Avatar),
        )
        .child(entries(
            tag("div").attr("part", "avatars").attr("class", "gallery"),
            screen.avatars,
            Box::new(move |avatar| option(session, avatar)),
        ))
        .child(foot(session, Kind::Avatars, screen.avatars))
}

fn option(session: Session, avatar: &Rc<Entry>) -> Tag {
    let initial: String = avatar.name.chars().take(1).collect();
    let mut picture = picture();
    if let Some(address) = &avatar.preview {
        picture = picture.attr("src", address);
    }
    tag("label")
        .attr("part", "avatar")
        .attr("class", "avatar")
        .attr("data-clip", avatar.clip.as_deref().unwrap_or_default())
        .attr(
            "data-scope",
            if avatar.private { "private" } else { "public" },
        )
        .child(radio(session, "avatar", avatar, |choice| {
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
