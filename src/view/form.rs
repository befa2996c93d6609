use leptos::prelude::*;

use super::tag::{dynamic, tag, text};
use super::{avatars, message, settings, voices};
use crate::Part;
use crate::browser::number;
use crate::messages::{WORDS, fill};
use crate::screen::Screen;
use crate::script::{Room, length, room};
use crate::session::Session;

/// Everything that a video is made of, and the button that has it made.
pub(super) fn form(session: Session) -> AnyView {
    let screen = session.screen;
    tag("div")
        .attr("class", "desk")
        .child(part(screen, Part::Script, move || script(screen)))
        .child(part(screen, Part::Avatar, move || avatars::avatars(session)))
        .child(part(screen, Part::Voice, move || voices::voices(session)))
        .child(part(screen, Part::Settings, move || settings::settings(screen)))
        .child(message::message(session))
        .child(
            tag("div").attr("class", "actions").child(
                tag("button")
                    .attr("part", "generate button")
                    .attr("class", "primary")
                    .attr("type", "button")
                    .on("click", move |_| session.generate())
                    .child(WORDS.generate),
            ),
        )
        .view()
}

/// A part of the form, there while the page wants it shown.
fn part(screen: Screen, part: Part, mut view: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let shown = Memo::new(move |_| screen.options.with(|options| options.shows(part)));
    dynamic(move || {
        if shown.get() {
            view()
        } else {
            tag("div").attr("hidden", "").view()
        }
    })
}

fn script(screen: Screen) -> AnyView {
    let state = move || {
        let length = screen.choice.with(|choice| length(&choice.text));
        screen.max_text().map(|limit| (length, limit, room(length, limit)))
    };
    let over = move || matches!(state(), Some((_, _, Room::Over(_))));
    tag("div")
        .attr("class", "field")
        .child(tag("label").attr("class", "label").attr("for", "script").child(WORDS.script))
        .child(
            tag("textarea")
                .attr("id", "script")
                .attr("part", "script")
                .attr("rows", "6")
                .attr("dir", "auto")
                .attr("placeholder", WORDS.script_hint)
                .attr("aria-describedby", "count room")
                .bind("aria-invalid", move || over().then(|| "true".to_owned()))
                .value(move || screen.choice.with(|choice| choice.text.clone()))
                .on("input", move |event| {
                    let text = event_target_value(&event);
                    screen.choice.update(|choice| choice.text = text);
                    screen.trouble.set(None);
                }),
        )
        .child(
            tag("p")
                .attr("class", "foot")
                .child(
                    tag("span")
                        .attr("id", "room")
                        .attr("role", "status")
                        .bind("class", move || over().then(|| "over".to_owned()))
                        .child(text(move || match state() {
                            Some((_, _, Room::Near(left))) => fill(WORDS.script_near, &[&number(left)]),
                            Some((_, _, Room::Over(over))) => fill(WORDS.script_over, &[&number(over)]),
                            _ => String::new(),
                        })),
                )
                .child(tag("span").attr("id", "count").attr("part", "count").attr("class", "count").child(
                    text(move || match state() {
                        Some((length, limit, _)) => {
                            fill(WORDS.script_count, &[&number(length), &number(limit)])
                        }
                        None => number(screen.choice.with(|choice| length(&choice.text))),
                    }),
                )),
        )
        .view()
}
