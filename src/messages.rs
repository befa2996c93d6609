//! What a visitor reads: the sentences' names, and how they are said in the visitor's language.
//!
//! The sentences themselves are in `pkg/messages/`, one file for each language, loaded by whoever shows the widget. A
//! failure's sentences say what happened and what to do, to somebody who has never heard of a proxy. `{}` stands for a
//! value; where it is a number that words depend on, there is a sentence for each plural category.

mod failures;

use wasm_bindgen::prelude::*;

pub(crate) use failures::{BLOCKED, sentence};

macro_rules! words {
    ($($word:ident $name:literal,)*) => {
        /// The name of a sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word { $($word,)* }

        /// As the language files name them, in their order.
        #[cfg(all(test, not(target_arch = "wasm32")))]
        const NAMES: &[&str] = &[$($name,)*];
    };
}

words! {
    Widget "widget",
    Script "script",
    ScriptHint "script_hint",
    ScriptCount "script_count",
    ScriptSpoken "script_spoken",
    ScriptNear "script_near",
    ScriptOver "script_over",
    ScriptTooLong "script_too_long",
    ScriptMissing "script_missing",
    Avatar "avatar",
    AvatarMissing "avatar_missing",
    AvatarsFailed "avatars_failed",
    Voice "voice",
    VoiceMissing "voice_missing",
    VoicesFailed "voices_failed",
    Female "female",
    Male "male",
    Neutral "neutral",
    PlaySample "play_sample",
    More "more",
    NoneFound "none_found",
    Loading "loading",
    ListFailed "list_failed",
    Settings "settings",
    PictureRefused "picture_refused",
    OtherWriting "other_writing",
    Length "length",
    ReadyIn "ready_in",
    Credits "credits",
    Generate "generate",
    StageEmpty "stage_empty",
    Making "making",
    Waiting "waiting",
    Sending "sending",
    Queued "queued",
    NextInQueue "next_in_queue",
    QueuePosition "queue_position",
    Rendering "rendering",
    Left "left",
    SecondsLeft "seconds_left",
    NearlyDone "nearly_done",
    Late "late",
    OutOfTouch "out_of_touch",
    LeaveOpen "leave_open",
    ComeBack "come_back",
    Stop "stop",
    Stopped "stopped",
    Retry "retry",
    Ready "ready",
    Video "video",
    GeneratedByAi "generated_by_ai",
    Download "download",
    Another "another",
    Unplayable "unplayable",
    Reload "reload",
    Unreachable "unreachable",
    UnreachableAdvice "unreachable_advice",
    Blocked "blocked",
    BlockedAdvice "blocked_advice",
    Refused "refused",
    RefusedAdvice "refused_advice",
    NotAllowed "not_allowed",
    NotAllowedAdvice "not_allowed_advice",
    UnknownVideo "unknown_video",
    UnknownVideoAdvice "unknown_video_advice",
    Quota "quota",
    QuotaAdvice "quota_advice",
    Busy "busy",
    BusyAdvice "busy_advice",
    Broken "broken",
    BrokenAdvice "broken_advice",
    Session "session",
    SessionAdvice "session_advice",
    Origin "origin",
    OriginAdvice "origin_advice",
    Misconfigured "misconfigured",
    MisconfiguredAdvice "misconfigured_advice",
    Conflict "conflict",
    ConflictAdvice "conflict_advice",
    Timeout "timeout",
    TimeoutAdvice "timeout_advice",
    Pause "pause",
    PauseAdvice "pause_advice",
    Withdrawn "withdrawn",
    WithdrawnAdvice "withdrawn_advice",
    Failed "failed",
    FailedAdvice "failed_advice",
}

/// A sentence with what it is about, in no language yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phrase {
    Plain(Word),
    Number(Word, u32),
    Time(Word, u32, Unit),
}

/// What a time is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
}

/// The sentences of one language. Without any it says nothing.
#[derive(Clone, Default)]
pub(crate) struct Words(Option<Sentences>);

impl From<Sentences> for Words {
    fn from(sentences: Sentences) -> Self {
        Self(Some(sentences))
    }
}

impl Words {
    /// A sentence as it is.
    pub(crate) fn say(&self, word: Word) -> String {
        self.about(word, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    /// A sentence about something: the values fill its gaps in order. A number as the first one decides the form.
    pub(crate) fn about(&self, word: Word, first: &JsValue, second: &JsValue) -> String {
        let sentences = self.0.as_ref();
        sentences.map_or_else(String::new, |it| it.say(word as u32, first, second))
    }

    pub(crate) fn phrase(&self, phrase: Phrase) -> String {
        match phrase {
            Phrase::Plain(word) => self.say(word),
            Phrase::Number(word, number) => self.about(word, &number.into(), &JsValue::UNDEFINED),
            Phrase::Time(word, time, unit) => {
                let unit = match unit {
                    Unit::Second => "second",
                    Unit::Minute => "minute",
                    Unit::Hour => "hour",
                };
                let sentences = self.0.as_ref();
                sentences.map_or_else(String::new, |it| it.time(word as u32, time, unit))
            }
        }
    }

    /// A number as it is written, such as `5,000`.
    pub(crate) fn number(&self, number: u32) -> String {
        let sentences = self.0.as_ref();
        sentences.map_or_else(String::new, |it| it.number(number))
    }

    /// A sentence that names a language whose letters a text is not written in; empty where it is.
    pub(crate) fn mismatch(&self, word: Word, text: &str, tag: &str) -> String {
        let sentences = self.0.as_ref();
        sentences.map_or_else(String::new, |it| it.mismatch(word as u32, text, tag))
    }

    /// Whether a language, by its tag, is the one that is spoken.
    pub(crate) fn speaks(&self, tag: &str) -> bool {
        self.0.as_ref().is_some_and(|it| it.speaks(tag))
    }

    /// A language as it is called, by its tag: `de-DE` is "German (Germany)".
    pub(crate) fn language(&self, tag: &str) -> String {
        let sentences = self.0.as_ref();
        sentences.map_or_else(String::new, |it| it.language(tag))
    }
}

/// The sentences of a language, for the Leptos component: those that an application names are what it contains.
#[cfg(feature = "component")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// The language's tag, such as `de`.
    pub lang: &'static str,
    /// `export default`, an object in JSON, and a semicolon: a file as in `pkg/messages/`, with all its names in their order.
    pub file: &'static str,
}

#[cfg(feature = "component")]
macro_rules! languages {
    ($($(#[$doc:meta])* $name:ident $lang:literal,)*) => {
        $($(#[$doc])* pub const $name: Messages = Messages {
            lang: $lang,
            file: include_str!(concat!("../pkg/messages/", $lang, ".js")),
        };)*
    };
}

#[cfg(feature = "component")]
languages! {
    /// English.
    ENGLISH "en",
    /// German.
    GERMAN "de",
    /// French.
    FRENCH "fr",
    /// Spanish.
    SPANISH "es",
    /// Portuguese.
    PORTUGUESE "pt",
    /// Italian.
    ITALIAN "it",
    /// Japanese.
    JAPANESE "ja",
    /// Chinese, simplified.
    CHINESE "zh",
    /// Korean.
    KOREAN "ko",
    /// Hindi.
    HINDI "hi",
    /// Arabic.
    ARABIC "ar",
    /// Hebrew.
    HEBREW "he",
}

#[cfg(feature = "component")]
impl Messages {
    /// Reads the file, in a browser. One that cannot be read says nothing.
    pub fn load(self) -> Sentences {
        let object = self.file.trim().trim_start_matches("export default ");
        let read = js_sys::JSON::parse(object.trim_end_matches(';'));
        words(
            self.lang,
            "",
            &read.unwrap_or_else(|_| js_sys::Object::new().into()),
        )
    }
}

#[cfg(feature = "component")]
#[wasm_bindgen(module = "/pkg/words.js")]
extern "C" {
    fn words(lang: &str, dir: &str, sentences: &JsValue) -> Sentences;
}

#[wasm_bindgen]
extern "C" {
    /// What `pkg/words.js` makes of a language file.
    #[derive(Clone)]
    #[wasm_bindgen(js_name = Object)]
    pub type Sentences;

    #[cfg(feature = "component")]
    #[wasm_bindgen(method)]
    pub(crate) fn mark(this: &Sentences, root: &web_sys::ShadowRoot);

    #[wasm_bindgen(method)]
    fn speaks(this: &Sentences, tag: &str) -> bool;

    #[wasm_bindgen(method)]
    fn say(this: &Sentences, place: u32, first: &JsValue, second: &JsValue) -> String;

    #[wasm_bindgen(method)]
    fn time(this: &Sentences, place: u32, time: u32, unit: &str) -> String;

    #[wasm_bindgen(method)]
    fn number(this: &Sentences, number: u32) -> String;

    #[wasm_bindgen(method)]
    fn mismatch(this: &Sentences, place: u32, text: &str, tag: &str) -> String;

    #[wasm_bindgen(method)]
    fn language(this: &Sentences, tag: &str) -> String;
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
