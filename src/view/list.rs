//! What the two lists have in common.

use std::rc::Rc;

use super::tag::{Tag, tag};
use crate::field::Field;
use crate::messages::Word;
use crate::screen::{Choice, Entry, List, Screen};
use crate::session::{Kind, Session};

/// The entries that pass `fits`, as `option` shows them.
pub(super) fn entries(
    list: Field<List>,
    fits: impl Fn(&Entry) -> bool + 'static,
    option: impl Fn(&Rc<Entry>) -> Tag + 'static,
) -> impl FnMut() -> Vec<Tag> + 'static {
    move || {
        let mut options = Vec::new();
        for entry in list.get().entries {
            if fits(&entry) {
                options.push(option(&entry));
            }
        }
        options
    }
}

/// One choice of a group. Radio buttons of one name belong together within one shadow root only.
pub(super) fn radio(
    screen: Screen,
    group: &str,
    entry: &Rc<Entry>,
    chosen: fn(&mut Choice) -> &mut String,
) -> Tag {
    let (mine, id) = (entry.clone(), entry.id.clone());
    tag("input")
        .attr("type", "radio")
        .attr("name", group)
        .attr("value", &entry.id)
        .property("checked", move || {
            (*chosen(&mut screen.choice.get()) == mine.id).into()
        })
        .on("change", move |_| {
            screen
                .choice
                .update(|choice| chosen(choice).clone_from(&id));
        })
}

/// What stands below a list: more of it, or why there is none.
pub(super) fn foot(
    session: Session,
    kind: Kind,
    list: Field<List>,
    fits: impl Fn(&Entry) -> bool + 'static,
) -> Tag {
    tag("p")
        .attr("class", "foot")
        .attr("role", "status")
        .content(move || {
            let list = list.get();
            let words = session.screen.words;
            let more = |word| {
                tag("button")
                    .attr("part", "more button")
                    .attr("class", "small")
                    .attr("type", "button")
                    .on("click", move |_| session.more(kind))
                    .word(words, word)
            };
            if list.loading {
                vec![tag("span").word(words, Word::Loading)]
            } else if list.failed {
                vec![
                    tag("span")
                        .attr("class", "over")
                        .word(words, Word::ListFailed),
                    more(Word::Retry),
                ]
            } else if list.more {
                vec![more(Word::More)]
            } else if !list.entries.iter().any(|entry| fits(entry)) {
                vec![tag("span").word(words, Word::NoneFound)]
            } else {
                Vec::new()
            }
        })
}
