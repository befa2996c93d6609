use std::rc::Rc;

use super::list::{Fits, choice, choices, entries, foot, load_all, radio, says, search};
use super::stage::picture;
use super::tag::{Tag, tag};
use crate::field::Field;
use crate::messages::Word;
use crate::screen::Entry;
use crate::session::{Kind, Session};

/// What the filter calls those that are not for everybody.
const PRIVATE: &str = "private";

/// Where the presenter is chosen.
pub(super) fn avatars(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    let wanted = Field::new(String::new());
    let scope = Field::new(String::new());
    let fits: Fits = Rc::new(move |entry| {
        let scope = scope.get();
        (scope.is_empty() || entry.private == (scope == PRIVATE))
            && says(&entry.name, &wanted.get())
    });
    load_all(session, Kind::Avatars, screen.avatars, vec![wanted, scope]);
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Avatar),
        )
        .child(
            tag("div")
                .attr("class", "filters")
                .child(search("avatar-search", words, Word::AvatarSearch, wanted))
                .child(
                    choices("avatar-scope", words, Word::AvatarScope, scope)
                        .child(choice("").word(words, Word::AnyScope))
                        .child(choice("public").word(words, Word::Public))
                        .child(choice(PRIVATE).word(words, Word::Private))
                        // Where all are of one kind there is nothing to choose.
                        .hidden(move || {
                            let entries = screen.avatars.get().entries;
                            let private = entries.iter().filter(|it| it.private).count();
                            private == 0 || private == entries.len()
                        }),
                ),
        )
        .child(entries(
            tag("div").attr("part", "avatars").attr("class", "gallery"),
            screen.avatars,
            fits.clone(),
            Box::new(move |avatar| option(session, avatar)),
        ))
        .child(foot(session, Kind::Avatars, screen.avatars, fits))
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
