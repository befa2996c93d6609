//! What the two lists have in common.

use std::rc::Rc;

use js_sys::JsString;
use reactive_graph::owner::Owner;

use super::tag::{Tag, effect, tag, value_of};
use crate::field::Field;
use crate::messages::{Word, Words};
use crate::screen::{Chosen, Entry, List};
use crate::session::{Kind, Session};

/// Whether an entry is wanted. Shared, so that there is one copy of it.
pub(super) type Fits = Rc<dyn Fn(&Entry) -> bool>;

/// How an entry is shown.
pub(super) type Shown = Box<dyn Fn(&Rc<Entry>) -> Tag>;

/// Fills `tag` with the entries, as `option` shows them. Those that do not pass `fits` are hidden; those of a further page
/// are added to what is there: hundreds of them are not made again.
pub(super) fn entries(tag: Tag, list: Field<List>, fits: Fits, option: Shown) -> Tag {
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
                let (mine, fits) = (entry.clone(), fits.clone());
                parent.append(&option(entry).hidden(move || !fits(&mine)));
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

/// A field that narrows a list down to those that say what is `wanted`, in lower case.
pub(super) fn search(part: &str, words: Field<Words>, word: Word, wanted: Field<String>) -> Tag {
    tag("input")
        .attr("type", "search")
        .attr("part", part)
        .attr("class", "search")
        .attr_word("placeholder", words, word)
        .attr_word("aria-label", words, word)
        .on("input", move |event| {
            wanted.set(lower(&value_of(&event)).into())
        })
}

/// Whether a text has this in it, whether or not in capitals.
pub(super) fn says(text: &str, wanted: &str) -> bool {
    lower(text).includes(wanted, 0)
}

/// In lower case, by the browser's tables instead of our own.
fn lower(text: &str) -> JsString {
    JsString::from(text).to_lower_case()
}

/// Loads the rest of a list as soon as any of these narrows it down: who searches wants the whole list searched.
pub(super) fn load_all(
    session: Session,
    kind: Kind,
    list: Field<List>,
    filters: Vec<Field<String>>,
) {
    effect(move || {
        let list = list.get();
        let narrowed = filters.iter().any(|wanted| !wanted.get().is_empty());
        if narrowed && list.more && !list.loading && !list.failed {
            session.more(kind);
        }
    });
}

/// A `<select>` that narrows a list down to what is `wanted`; empty for everything.
pub(super) fn choices(part: &str, words: Field<Words>, word: Word, wanted: Field<String>) -> Tag {
    tag("select")
        .attr("part", part)
        .attr_word("aria-label", words, word)
        .on("change", move |event| wanted.set(value_of(&event)))
}

/// An `<option>`.
pub(super) fn choice(value: &str) -> Tag {
    tag("option").attr("value", value)
}

/// What stands below a list: more of it, or why there is none.
pub(super) fn foot(session: Session, kind: Kind, list: Field<List>, fits: Fits) -> Tag {
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
