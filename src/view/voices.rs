use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::list::{entries, foot, radio};
use super::tag::{Tag, tag};
use crate::messages::{Word, Words};
use crate::screen::Entry;
use crate::session::{Kind, Session};

/// Where the voice is chosen.
pub(super) fn voices(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Voice),
        )
        .child(entries(
            tag("div").attr("part", "voices").attr("class", "voices"),
            screen.voices,
            Box::new(move |voice| row(session, voice)),
        ))
        .child(foot(session, Kind::Voices, screen.voices))
}

fn row(session: Session, voice: &Rc<Entry>) -> Tag {
    let words = session.screen.words;
    let row = tag("div")
        .attr("class", "row")
        .attr(
            "data-language",
            voice.language.as_deref().unwrap_or_default(),
        )
        .attr("data-gender", voice.gender.as_deref().unwrap_or_default())
        .child(
            tag("label")
                .attr("part", "voice")
                .attr("class", "voice")
                .child(radio(session, "voice", voice, |choice| {
                    &mut choice.voice_id
                }))
                .child(tag("span").attr("class", "name").say(&voice.name))
                .child(
                    tag("span")
                        .attr("class", "kind")
                        .say(&kind(&words.peek(), voice)),
                ),
        );
    let Some(address) = &voice.preview else {
        return row;
    };
    let name = JsValue::from(&voice.name);
    row.child(
        tag("button")
            .attr("part", "preview")
            .attr("class", "preview")
            .attr("type", "button")
            // Whoever loads it when it is asked for says then that it can be stopped.
            .attr("data-sample", address)
            .attr(
                "aria-label",
                &words
                    .peek()
                    .about(Word::PlaySample, &name, &JsValue::UNDEFINED),
            ),
    )
}

/// "German (Germany) · Female · friendly".
fn kind(words: &Words, voice: &Entry) -> String {
    let gender = match voice.gender.as_deref() {
        Some("female") => Some(Word::Female),
        Some("male") => Some(Word::Male),
        Some("neutral") => Some(Word::Neutral),
        _ => None,
    };
    let gender = gender.map(|word| words.say(word));
    let language = voice.language.as_deref();
    let language = language.map(|tag| words.language(tag));
    let mut kind = String::new();
    for part in [
        language.as_deref(),
        gender.as_deref(),
        voice.style.as_deref(),
    ]
    .into_iter()
    .flatten()
    {
        if !kind.is_empty() {
            kind.push_str(" · ");
        }
        kind.push_str(part);
    }
    kind
}
