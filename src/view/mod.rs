//! What a visitor sees. Views show the screen's signals and pass on what the visitor does; none of
//! them fetches anything.

mod avatars;
mod focus;
mod form;
mod language;
mod message;
mod player;
mod settings;
mod stage;
mod tag;
mod voices;

use leptos::prelude::*;
use web_sys::ShadowRoot;

use crate::messages::WORDS;
use crate::screen::Phase;
use crate::session::Session;
use tag::{dynamic, tag, text};

/// The whole widget, to be mounted into `root`.
pub(crate) fn widget(session: Session, root: &ShadowRoot) -> AnyView {
    let screen = session.screen;
    let engaged = focus::follow(screen, root.clone());
    tag("section")
        .attr("part", "frame")
        .attr("class", "frame")
        .attr("aria-label", WORDS.widget)
        .on("focusin", move |_| engaged.set_value(true))
        .child(stage::stage(session))
        .child(dynamic(move || match screen.phase.get() {
            Phase::Composing => form::form(session),
            Phase::Working => player::script(screen),
            Phase::Ready => player::done(session),
        }))
        .child(
            tag("p")
                .attr("class", "unseen")
                .attr("role", "status")
                .child(text(move || screen.said.get())),
        )
        .view()
}
