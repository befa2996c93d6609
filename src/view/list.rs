//! What the two lists have in common.

use std::rc::Rc;

use reactive_graph::owner::Owner;

use super::tag::{Tag, effect, tag};
use crate::field::Field;
use crate::messages::Word;
use crate::screen::{Chosen, Entry, List};
use crate::session::{Kind, Session};

/// How an entry is shown.
pub(super) type Shown = Box<dyn Fn(&Rc<Entry>) -> Tag>;

/// Fills `tag` with the entries, as `option` shows them. Those of a further page are added to what is there: hundreds of them
/// are not made again. What filters them is beside the wasm.
pub(super) fn entries(tag: Tag, list: Field<List>, option: Shown) -> Tag {
    // What changes in them ends with the whole form, and not when the list grows.
    let owner = Owner::new();
    let parent = tag.clone();
    let mut there = 0;
    effect(move || {
        let entries = list.get().entries;
        // Another proxy's list begins with nothing.
        if entries.is_empty() {
            there = 0;
            parent.empty();
        }
        owner.with(|| {
            for entry in entries.get(there..).unwrap_or_default() {
                parent.append(&option(entry));
            }
        });
        there = entries.len();
    });
    tag
}

/// One choice of a group. Radio buttons of one name belong together within one shadow root only.
pub(super) fn radio(session: Session, group: &str, entry: &Rc<Entry>, chosen: Chosen) -> Tag {
    let (mine, own) = (entry.clone(), entry.clone());
    tag("input")
        .attr("type", "radio")
        .attr("name", group)
        .attr("value", &entry.id)
        .property("checked", move || {
            (*chosen(&mut session.screen.choice.get()) == mine.id).into()
        })
        .on("change", move |_| session.choose(chosen, own.id.clone()))
}

/// What stands below a list: more of it, or why there is none.
pub(super) fn foot(session: Session, kind: Kind, list: Field<List>) -> Tag {
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
            } else if list.entries.is_empty() {
                vec![tag("span").word(words, Word::NoneFound)]
            } else {
                Vec::new()
            }
        })
}
