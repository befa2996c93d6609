use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Element, Event};

use super::player;
use super::tag::{Tag, tag};
use crate::messages::Word;
use crate::progress::{Progress, progress};
use crate::screen::{Entry, Phase, Screen};
use crate::session::Session;

/// The big picture: the presenter, then the progress, then the video.
pub(super) fn stage(session: Session) -> Tag {
    let screen = session.screen;
    tag("div")
        .attr("part", "stage")
        .attr("class", "stage")
        .child(picture().bind("src", move || {
            presenter(screen).and_then(|it| it.preview.clone())
        }))
        .child(
            tag("div")
                .attr("class", "over-picture")
                .content(move || match screen.phase.get() {
                    Phase::Composing => vec![caption(screen)],
                    Phase::Working => vec![waiting(session)],
                    Phase::Ready => player::player(session),
                }),
        )
}

/// A picture from elsewhere, which shows nothing while there is none.
pub(super) fn picture() -> Tag {
    let show = |shown: bool| {
        move |event: Event| {
            let picture: Option<Element> = event.target().map(JsCast::unchecked_into);
            if let Some(picture) = picture {
                // Fails for no element that there is.
                let _ = picture.toggle_attribute_with_force("hidden", !shown);
            }
        }
    };
    tag("img")
        .attr("alt", "")
        .attr("loading", "lazy")
        .attr("decoding", "async")
        .attr("referrerpolicy", "no-referrer")
        .on("load", show(true))
        .on("error", show(false))
}

fn presenter(screen: Screen) -> Option<Rc<Entry>> {
    let id = screen.choice.get().avatar_id;
    let avatars = screen.avatars.get().entries;
    avatars.into_iter().find(|avatar| avatar.id == id)
}

fn caption(screen: Screen) -> Tag {
    let words = screen.words;
    tag("p")
        .attr("class", "caption")
        .child(tag("strong").text(move || {
            presenter(screen)
                .map(|it| it.name.clone())
                .unwrap_or_default()
        }))
        .child(tag("span").word(words, Word::StageEmpty))
}

fn waiting(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    tag("div")
        .attr("part", "waiting")
        .attr("class", "waiting")
        .attr("tabindex", "-1")
        .child(tag("h2").text(move || title(screen)))
        .child(
            tag("progress")
                .attr("part", "progress")
                .attr("role", "progressbar")
                .attr("max", "1000")
                .attr_word("aria-label", words, Word::Making)
                .bind("value", move || {
                    shown(screen).permille.map(|it| it.to_string())
                })
                .bind("aria-valuetext", move || Some(left(screen))),
        )
        .child(
            tag("p")
                .attr("class", "left")
                .attr("role", "status")
                .text(move || left(screen)),
        )
        .child(
            tag("p")
                .attr("class", "hint")
                .attr("role", "status")
                .text(move || hint(screen)),
        )
        .child(
            tag("button")
                .attr("part", "cancel button")
                .attr("type", "button")
                .on("click", move |_| session.leave(true, false))
                .word(words, Word::Stop),
        )
}

fn title(screen: Screen) -> String {
    let queued = screen.run.get().job.queue_position.is_some();
    let title = if queued { Word::Waiting } else { Word::Making };
    screen.say(title)
}

fn shown(screen: Screen) -> Progress {
    let run = screen.run.get();
    let now = screen.now.get();
    let elapsed = run.since.map(|since| now.since(since).as_millis());
    progress(
        &run.job,
        elapsed.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
    )
}

/// How long it takes, in words.
fn left(screen: Screen) -> String {
    let words = screen.words.peek();
    let mut said = String::new();
    for phrase in shown(screen).phrases {
        if !said.is_empty() {
            said.push_str(" · ");
        }
        said.push_str(&words.phrase(phrase));
    }
    said
}

fn hint(screen: Screen) -> String {
    let hint = if screen.out_of_touch.get() {
        Word::OutOfTouch
    } else if screen.options.get().keeps() {
        Word::ComeBack
    } else {
        Word::LeaveOpen
    };
    screen.say(hint)
}
