//! What a visitor sees. Views show the screen's signals and pass on what the visitor does; none of
//! them fetches anything.

mod avatars;
mod focus;
mod form;
mod language;
mod list;
mod message;
mod player;
mod settings;
mod stage;
mod tag;
mod voices;

use std::cell::Cell;
use std::rc::Rc;

use web_sys::ShadowRoot;

use crate::messages::WORDS;
use crate::screen::Phase;
use crate::session::Session;
use tag::tag;

/// Fills `root` with the whole widget; it lives as long as the current owner.
pub(crate) fn widget(session: Session, root: &ShadowRoot) {
    let screen = session.screen;
    let engaged = Rc::new(Cell::new(false));
    let engage = engaged.clone();
    tag("section")
        .attr("part", "frame")
        .attr("class", "frame")
        .attr("aria-label", WORDS.widget)
        .bind("data-phase", move || {
            Some(screen.phase.get().name().to_owned())
        })
        .on("focusin", move |_| engage.set(true))
        .child(stage::stage(session))
        .child(
            tag("div")
                .attr("class", "desk")
                .content(move || match screen.phase.get() {
                    Phase::Composing => form::form(session),
                    Phase::Working => player::script(screen),
                    Phase::Ready => player::done(session),
                }),
        )
        .child(
            tag("p")
                .attr("class", "unseen")
                .attr("role", "status")
                .text(move || screen.said.get()),
        )
        .fill(root);
    focus::follow(screen, root.clone(), engaged);
}
