use super::tag::{Tag, tag, value_of};
use super::{avatars, message, summary, voices};
use crate::Part;
use crate::messages::{Phrase, Unit, Word};
use crate::room::{Room, room};
use crate::screen::Screen;
use crate::session::Session;
use konpro_client::joined;
use konpro_job::script::{length, speech};

/// Everything that a video is made of, and the button that has it made.
pub(super) fn form(session: Session) -> Vec<Tag> {
    let screen = session.screen;
    let words = screen.words;
    let seen = |part: Part, view: Tag| view.hidden(move || !screen.options.get().shows(part));
    vec![
        seen(Part::Script, script(session)),
        tag("div")
            .attr("class", "choices")
            .child(seen(Part::Avatar, avatars::avatars(session)))
            .child(seen(Part::Voice, voices::voices(session)))
            .child(seen(Part::Settings, settings(screen))),
        tag("div")
            .attr("class", "send")
            .child(message::message(session))
            .child(summary::mismatch(screen))
            .child(summary::summary(screen))
            .child(
                tag("div").attr("class", "actions").child(
                    tag("button")
                        .attr("part", "generate button")
                        .attr("class", "primary")
                        .attr("type", "button")
                        .on("click", move |_| session.generate(false))
                        .word(words, Word::Generate),
                ),
            ),
    ]
}

/// Resolution, format and background: filled, and known from then on, by whoever holds the handle.
fn settings(screen: Screen) -> Tag {
    tag("details")
        .attr("part", "settings")
        .attr("class", "field settings")
        .child(
            tag("summary")
                .attr("class", "label")
                .word(screen.words, Word::Settings),
        )
}

fn script(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    tag("div")
        .attr("class", "field script")
        .child(
            tag("label")
                .attr("class", "label")
                .attr("for", "script")
                .word(words, Word::Script),
        )
        .child(
            tag("textarea")
                .attr("id", "script")
                .attr("part", "script")
                .attr("rows", "5")
                .attr("dir", "auto")
                .attr_word("placeholder", words, Word::ScriptHint)
                .attr("aria-describedby", "count room")
                .bind("aria-invalid", move || {
                    over(screen).then(|| "true".to_owned())
                })
                .property("value", move || screen.choice.get().text.into())
                .on("input", move |event| {
                    session.choose(|choice| &mut choice.text, value_of(&event));
                }),
        )
        .child(
            tag("p")
                .attr("class", "foot")
                .child(
                    tag("span")
                        .attr("id", "room")
                        .attr("role", "status")
                        .bind("class", move || over(screen).then(|| "over".to_owned()))
                        .text(move || match counted(screen) {
                            (_, Some((_, Room::Near(left)))) => {
                                words.peek().phrase(Phrase::Number(Word::ScriptNear, left))
                            }
                            (_, Some((_, Room::Over(over)))) => {
                                words.peek().phrase(Phrase::Number(Word::ScriptOver, over))
                            }
                            _ => String::new(),
                        }),
                )
                .child(
                    tag("span")
                        .attr("id", "count")
                        .attr("part", "count")
                        .attr("class", "count")
                        .text(move || {
                            let words = words.peek();
                            let (length, limit) = counted(screen);
                            let count = match limit {
                                Some((limit, _)) => {
                                    words.about(Word::ScriptCount, &length.into(), &limit.into())
                                }
                                None => words.number(length),
                            };
                            let seconds = speech(&screen.choice.get().text);
                            let spoken = Phrase::Time(Word::ScriptSpoken, seconds, Unit::Second);
                            joined(&[&count, " · ", &words.phrase(spoken)])
                        }),
                ),
        )
}

/// The script's length, and what its limit has to say to it.
fn counted(screen: Screen) -> (u32, Option<(u32, Room)>) {
    let length = length(&screen.choice.get().text);
    let limit = screen.max_text();
    (length, limit.map(|limit| (limit, room(length, limit))))
}

fn over(screen: Screen) -> bool {
    matches!(counted(screen), (_, Some((_, Room::Over(_)))))
}
