use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::list::{Fits, choice, choices, entries, foot, load_all, radio, says, search};
use super::tag::{Tag, tag};
use crate::field::Field;
use crate::messages::{Word, Words};
use crate::screen::Entry;
use crate::session::{Kind, Session};
use konpro_client::joined;

/// Where the voice is chosen.
pub(super) fn voices(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    let wanted = Field::new(String::new());
    let language = Field::new(String::new());
    let gender = Field::new(String::new());
    let fits: Fits = Rc::new(move |voice: &Entry| {
        let is = |wanted: String, has: &Option<String>| {
            wanted.is_empty() || has.as_ref() == Some(&wanted)
        };
        is(language.get(), &voice.language)
            && is(gender.get(), &voice.gender)
            && says(
                &joined(&[&voice.name, " ", &kind(&words.peek(), voice)]),
                &wanted.get(),
            )
    });
    let filters = vec![wanted, language, gender];
    load_all(session, Kind::Voices, screen.voices, filters);
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Voice),
        )
        .child(search("voice-search", words, Word::VoiceSearch, wanted))
        .child(
            tag("div")
                .attr("class", "filters")
                .child(
                    choices("voice-language", words, Word::VoiceLanguage, language)
                        .content(move || {
                            let mut options = vec![choice("").word(words, Word::AnyLanguage)];
                            for tag in languages(&screen.voices.get().entries) {
                                options.push(choice(&tag).say(&words.peek().language(&tag)));
                            }
                            options
                        })
                        .property("value", move || {
                            // The list of languages may just have been made anew.
                            drop(screen.voices.get());
                            language.get().into()
                        }),
                )
                .child(
                    choices("voice-gender", words, Word::VoiceGender, gender)
                        .child(choice("").word(words, Word::AnyGender))
                        .child(choice("female").word(words, Word::Female))
                        .child(choice("male").word(words, Word::Male))
                        .child(choice("neutral").word(words, Word::Neutral)),
                ),
        )
        .child(entries(
            tag("div").attr("part", "voices").attr("class", "voices"),
            screen.voices,
            fits.clone(),
            Box::new(move |voice| row(session, voice)),
        ))
        .child(foot(session, Kind::Voices, screen.voices, fits))
}

fn languages(voices: &[Rc<Entry>]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for voice in voices {
        if let Some(tag) = &voice.language
            && !tags.contains(tag)
        {
            tags.push(tag.clone());
        }
    }
    tags
}

fn row(session: Session, voice: &Rc<Entry>) -> Tag {
    let words = session.screen.words;
    let row = tag("div").attr("class", "row").child(
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
