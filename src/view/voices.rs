use konpro_api::Voice;
use leptos::prelude::*;
use web_sys::HtmlAudioElement;

use super::avatars::{foot, radio};
use super::language::language_name;
use super::tag::{dynamic, tag};
use crate::browser::Listener;
use crate::messages::{WORDS, fill};
use crate::screen::Screen;
use crate::session::Session;

/// Where the voice is chosen.
pub(super) fn voices(session: Session) -> AnyView {
    let screen = session.screen;
    let language = RwSignal::new(String::new());
    let gender = RwSignal::new(String::new());
    let samples = Samples::new();
    let fits = move |voice: &Voice| {
        let (language, gender) = (language.get(), gender.get());
        (language.is_empty() || voice.language.as_ref() == Some(&language))
            && (gender.is_empty() || voice.gender.as_ref() == Some(&gender))
    };
    tag("fieldset")
        .attr("class", "field")
        .child(tag("legend").attr("class", "label").child(WORDS.voice))
        .child(
            tag("div")
                .attr("class", "filters")
                .child(
                    tag("select")
                        .attr("part", "voice-language")
                        .attr("aria-label", WORDS.voice_language)
                        .on("change", move |event| language.set(event_target_value(&event)))
                        .child(choice("", WORDS.any_language))
                        .child(dynamic(move || {
                            let tags = screen.voices.with(|list| languages(&list.entries));
                            let options = tags.iter().map(|tag| choice(tag, &language_name(tag)));
                            options.collect::<Vec<_>>().into_any()
                        })),
                )
                .child(
                    tag("select")
                        .attr("part", "voice-gender")
                        .attr("aria-label", WORDS.voice_gender)
                        .on("change", move |event| gender.set(event_target_value(&event)))
                        .child(choice("", WORDS.any_gender))
                        .child(choice("female", WORDS.female))
                        .child(choice("male", WORDS.male))
                        .child(choice("neutral", WORDS.neutral)),
                ),
        )
        .child(
            tag("div").attr("part", "voices").attr("class", "voices").child(dynamic(move || {
                let list = screen.voices.get();
                let found = list.entries.iter().filter(|voice| fits(voice));
                let views: Vec<AnyView> = found.map(|voice| row(screen, samples, voice)).collect();
                views.into_any()
            })),
        )
        .child(dynamic(move || {
            let list = screen.voices.get();
            let none = !list.entries.iter().any(fits);
            foot(&list, none, move || session.more_voices())
        }))
        .view()
}

/// An `<option>`.
pub(super) fn choice(value: &str, words: &str) -> AnyView {
    tag("option").attr("value", value).child(words).view()
}

fn languages(voices: &[Voice]) -> Vec<String> {
    let mut tags: Vec<String> = voices.iter().filter_map(|voice| voice.language.clone()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn row(screen: Screen, samples: Samples, voice: &Voice) -> AnyView {
    let (id, mine) = (voice.id.clone(), voice.id.clone());
    let row = tag("div").attr("class", "row").child(
        tag("label")
            .attr("part", "voice")
            .attr("class", "voice")
            .child(radio("voice", &voice.id, move || screen.choice.with(|choice| choice.voice_id == mine), move || {
                let id = id.clone();
                screen.choice.update(|choice| choice.voice_id = id);
            }))
            .child(tag("span").attr("class", "name").child(&*voice.name))
            .child(tag("span").attr("class", "kind").child(&*kind(voice))),
    );
    let Some(address) = voice.preview_url.clone() else {
        return row.view();
    };
    let (id, shown, name) = (voice.id.clone(), voice.id.clone(), voice.name.clone());
    row.child(
        tag("button")
            .attr("part", "preview")
            .attr("class", "preview")
            .attr("type", "button")
            .bind("data-playing", {
                let id = voice.id.clone();
                move || (samples.playing.get() == id).then(String::new)
            })
            .bind("aria-label", move || {
                let playing = samples.playing.get() == shown;
                let words = if playing { WORDS.stop_sample } else { WORDS.play_sample };
                Some(fill(words, &[&name]))
            })
            .on("click", move |_| samples.toggle(&id, &address)),
    )
    .view()
}

/// "English (United States) · Female · friendly".
fn kind(voice: &Voice) -> String {
    let gender = match voice.gender.as_deref() {
        Some("female") => Some(WORDS.female),
        Some("male") => Some(WORDS.male),
        Some("neutral") => Some(WORDS.neutral),
        _ => None,
    };
    let style = voice.properties.as_ref().and_then(|it| it.style.clone());
    let parts = [
        voice.language.as_deref().map(language_name),
        gender.map(str::to_owned),
        style,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The one sound that plays, if any.
#[derive(Clone, Copy)]
struct Samples {
    /// The voice that is heard; empty for none.
    playing: RwSignal<String>,
    sound: StoredValue<Option<Sound>, LocalStorage>,
}

struct Sound {
    audio: HtmlAudioElement,
    _over: [Listener; 2],
}

impl Samples {
    fn new() -> Self {
        Self {
            playing: RwSignal::new(String::new()),
            sound: StoredValue::new_local(None),
        }
    }

    fn toggle(self, id: &str, address: &str) {
        let stop = self.playing.get_untracked() == id;
        self.playing.set(String::new());
        self.sound.set_value(None);
        if stop {
            return;
        }
        let Ok(audio) = HtmlAudioElement::new_with_src(address) else {
            return;
        };
        let over = move |_| self.playing.set(String::new());
        let listeners = [Listener::new(&audio, "ended", over), Listener::new(&audio, "error", over)];
        self.playing.set(id.to_owned());
        // What becomes of it is told by its events.
        let _ = audio.play();
        self.sound.set_value(Some(Sound {
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
