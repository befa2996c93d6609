use wasm_bindgen::JsValue;

use super::tag::{Tag, tag};
use crate::messages::Word;
use crate::progress::about;
use crate::screen::Screen;
use konpro_job::script::{credits, length, ready_in, speech};

/// What the visitor is about to ask for: how long it is, how long it takes, what it costs.
pub(super) fn summary(screen: Screen) -> Tag {
    tag("p")
        .attr("part", "summary")
        .attr("class", "summary")
        .hidden(move || screen.choice.get().text.trim().is_empty())
        .text(move || lines(screen))
}

fn lines(screen: Screen) -> String {
    let words = screen.words.peek();
    let text = screen.choice.get().text;
    let seconds = speech(&text);
    let mut said = words.phrase(about(Word::Length, seconds));
    let mut line = |line: String| {
        said.push('\n');
        said.push_str(&line);
    };
    if let Some(limits) = screen.limits.get() {
        if let Some(estimate) = limits.estimate {
            line(words.phrase(about(Word::ReadyIn, ready_in(length(&text), estimate))));
        }
        if let Some(rule) = limits.credits {
            let cost = credits(seconds, rule).into();
            line(words.about(Word::Credits, &cost, &JsValue::UNDEFINED));
        }
    }
    said
}

/// A voice that does not speak what the script is written in, in words.
pub(super) fn mismatch(screen: Screen) -> Tag {
    tag("p")
        .attr("class", "over")
        .attr("role", "status")
        .text(move || {
            let words = screen.words.peek();
            let choice = screen.choice.get();
            let voices = screen.voices.get().entries;
            let voice = voices.iter().find(|voice| voice.id == choice.voice_id);
            let tag = voice.and_then(|voice| voice.language.as_deref());
            tag.map_or_else(String::new, |tag| {
                words.mismatch(Word::OtherWriting, &choice.text, tag)
            })
        })
}
