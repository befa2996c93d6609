use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::HtmlAudioElement;

use super::list::{Fits, entries, foot, radio};
use super::tag::{Tag, tag, value_of};
use crate::field::Field;
use crate::messages::{Word, Words};
use crate::screen::{Entry, Screen};
use crate::session::{Kind, Session};
use konpro_browser::Listener;

/// Where the voice is chosen.
pub(super) fn voices(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    let language = Field::new(String::new());
    let gender = Field::new(String::new());
    let samples = Rc::new(Samples::new());
    let fits: Fits = Rc::new(move |voice: &Entry| {
        let is = |wanted: String, has: &Option<String>| {
            wanted.is_empty() || has.as_ref() == Some(&wanted)
        };
        is(language.get(), &voice.language) && is(gender.get(), &voice.gender)
    });
    let filter = move |part: &str, word: Word, wanted: Field<String>| {
        tag("select")
            .attr("part", part)
            .attr_word("aria-label", words, word)
            .on("change", move |event| wanted.set(value_of(&event)))
    };
    tag("fieldset")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Voice),
        )
        .child(
            tag("div")
                .attr("class", "filters")
                .child(
                    filter("voice-language", Word::VoiceLanguage, language)
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
                    filter("voice-gender", Word::VoiceGender, gender)
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
            Box::new(move |voice| row(screen, &samples, voice)),
        ))
        .child(foot(session, Kind::Voices, screen.voices, fits))
}

/// An `<option>`.
pub(super) fn choice(value: &str) -> Tag {
    tag("option").attr("value", value)
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

fn row(screen: Screen, samples: &Rc<Samples>, voice: &Rc<Entry>) -> Tag {
    let words = screen.words;
    let row = tag("div").attr("class", "row").child(
        tag("label")
            .attr("part", "voice")
            .attr("class", "voice")
            .child(radio(screen, "voice", voice, |choice| &mut choice.voice_id))
            .child(tag("span").attr("class", "name").say(&voice.name))
            .child(
                tag("span")
                    .attr("class", "kind")
                    .say(&kind(&words.peek(), voice)),
            ),
    );
    let Some(address) = voice.preview.clone() else {
        return row;
    };
    let playing = samples.playing;
    let (shown, named, samples, id) = (
        voice.clone(),
        voice.clone(),
        samples.clone(),
        voice.id.clone(),
    );
    row.child(
        tag("button")
            .attr("part", "preview")
            .attr("class", "preview")
            .attr("type", "button")
            .bind("data-playing", move || {
                (playing.get() == shown.id).then(String::new)
            })
            .bind("aria-label", move || {
                let word = if playing.get() == named.id {
                    Word::StopSample
                } else {
                    Word::PlaySample
                };
                Some(
                    words
                        .peek()
                        .about(word, &named.name.as_str().into(), &JsValue::UNDEFINED),
                )
            })
            .on("click", move |_| samples.toggle(&id, &address)),
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

/// The one sound that plays, if any.
struct Samples {
    /// The voice that is heard; empty for none.
    playing: Field<String>,
    sound: RefCell<Option<Sound>>,
}

struct Sound {
    audio: HtmlAudioElement,
    _over: [Listener; 2],
}

impl Samples {
    fn new() -> Self {
        Self {
            playing: Field::new(String::new()),
            sound: RefCell::new(None),
        }
    }

    fn toggle(&self, id: &str, address: &str) {
        let playing = self.playing;
        let stop = playing.peek() == id;
        playing.set(String::new());
        self.sound.replace(None);
        if stop {
            return;
        }
        let Ok(audio) = HtmlAudioElement::new_with_src(address) else {
            return;
        };
        let over = move |_| playing.set(String::new());
        let listeners = [
            Listener::new(&audio, "ended", over),
            Listener::new(&audio, "error", over),
        ];
        playing.set(id.to_owned());
        // Not `play()`, whose promise nobody would hear fail: what becomes of it is told by its events.
        audio.set_autoplay(true);
        self.sound.replace(Some(Sound {
            audio,
            _over: listeners,
        }));
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        // Fails for no sound that there is.
        let _ = self.audio.pause();
    }
}
