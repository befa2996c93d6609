//! What a visitor sees. Views show the screen's signals and pass on what the visitor does; none of
//! them fetches anything.

mod avatars;
mod focus;
mod form;
mod list;
mod message;
mod player;
mod stage;
mod summary;
mod tag;
mod voices;

use std::cell::Cell;
use std::rc::Rc;

use web_sys::ShadowRoot;

use crate::messages::Word;
use crate::screen::{Phase, Screen};
use crate::session::Session;
use tag::{Tag, tag};

/// Fills `root` with the whole widget; it lives as long as the current owner.
pub(crate) fn widget(session: Session, root: &ShadowRoot) {
    let screen = session.screen;
    let words = screen.words;
    let engaged = Rc::new(Cell::new(false));
    let engage = engaged.clone();
    tag("section")
        .attr("part", "frame")
        .attr("class", "frame")
        .bind("aria-label", move || Some(words.get().say(Word::Widget)))
        .bind("data-phase", move || {
            Some(screen.phase.get().name().to_owned())
        })
        .on("focusin", move |_| engage.set(true))
        .content(move || {
            drop(words.get());
            vec![stage::stage(session), desk(session), announcements(screen)]
        })
        .fill(root);
    focus::follow(screen, root.clone(), engaged);
}

/// Everything beside the big picture.
fn desk(session: Session) -> Tag {
    let screen = session.screen;
    tag("div")
        .attr("class", "desk")
        .content(move || match screen.phase.get() {
            Phase::Composing => form::form(session),
            Phase::Working => player::script(screen),
            Phase::Ready => player::done(session),
        })
}

/// What is said to those who cannot see the screen.
fn announcements(screen: Screen) -> Tag {
    tag("p")
        .attr("class", "unseen")
        .attr("role", "status")
        .text(move || screen.said.get())
}
