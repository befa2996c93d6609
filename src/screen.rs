//! What the views show, as signals. Views read them and write the visitor's choices; everything
//! else is written by the session alone.

use std::rc::Rc;

use konpro_api::{CreateVideo, Job, Limits, Settings};
use konpro_client::KonproError;
use konpro_job::Instant;
use konpro_job::script::length;

use crate::Options;
use crate::field::Field;
use crate::messages::{Word, Words};
use konpro_client::joined;

/// Everything that one widget shows.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) options: Field<Options>,
    /// The language in use. Views are made anew when it changes.
    pub(crate) words: Field<Words>,
    /// What the visitor has chosen so far.
    pub(crate) choice: Field<Choice>,
    pub(crate) limits: Field<Option<Limits>>,
    pub(crate) avatars: Field<List>,
    pub(crate) voices: Field<List>,
    pub(crate) phase: Field<Phase>,
    pub(crate) run: Field<Run>,
    /// The present moment; ticks while a video is being made.
    pub(crate) now: Field<Instant>,
    /// While the proxy cannot be reached.
    pub(crate) out_of_touch: Field<bool>,
    pub(crate) trouble: Field<Option<Trouble>>,
    /// Said once to those who cannot see the screen.
    pub(crate) said: Field<String>,
}

/// The visitor's choices; what is empty is not chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) avatar_id: String,
    pub(crate) voice_id: String,
    pub(crate) resolution: String,
    pub(crate) format: String,
    pub(crate) background: String,
}

/// One of the choices.
pub(crate) type Chosen = fn(&mut Choice) -> &mut String;

/// The choices, and the attributes that preset them.
const PARTS: [(&str, Chosen); 6] = [
    ("text", |it| &mut it.text),
    ("avatar-id", |it| &mut it.avatar_id),
    ("voice-id", |it| &mut it.voice_id),
    ("resolution", |it| &mut it.resolution),
    ("format", |it| &mut it.format),
    ("background", |it| &mut it.background),
];

/// A list as far as it has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) entries: Vec<Rc<Entry>>,
    /// The last page that came; 0 before the first.
    pub(crate) page: u32,
    pub(crate) more: bool,
    pub(crate) loading: bool,
    pub(crate) failed: bool,
}

/// An avatar or a voice, as far as a visitor chooses by it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) name: String,
    /// An avatar's picture, a voice's sample.
    pub(crate) preview: Option<String>,
    /// An avatar's short film.
    pub(crate) clip: Option<String>,
    /// For the holder of KonPro's key alone.
    pub(crate) private: bool,
    pub(crate) language: Option<String>,
    pub(crate) gender: Option<String>,
    pub(crate) style: Option<String>,
}

/// The job on the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) job: Job,
    /// When the other side took it.
    pub(crate) since: Option<Instant>,
    /// Where the finished video plays from, and where it can be fetched as a file.
    pub(crate) video: String,
    pub(crate) download: String,
}

/// What the widget is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Composing,
    Working,
    Ready,
}

impl Phase {
    /// What styles know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Phase::Composing => "composing",
            Phase::Working => "working",
            Phase::Ready => "ready",
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) error: KonproError,
    /// The part of the form to mend, where the widget itself refused.
    pub(crate) refused: Option<Refused>,
}

/// A part of the form that cannot be sent as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TextMissing,
    TextTooLong,
    AvatarMissing,
    VoiceMissing,
    Background,
}

/// The background that stands for a picture whose address is still to be given.
pub(crate) const OWN_PICTURE: &str = "https://";

impl Screen {
    pub(crate) fn new(options: Options, words: Words) -> Self {
        Self {
            words: Field::new(words),
            choice: Field::new(Choice::preset(&options)),
            options: Field::new(options),
            limits: Field::new(None),
            avatars: Field::new(List::default()),
            voices: Field::new(List::default()),
            phase: Field::new(Phase::default()),
            run: Field::new(Run::default()),
            now: Field::new(Instant::default()),
            out_of_touch: Field::new(false),
            trouble: Field::new(None),
            said: Field::new(String::new()),
        }
    }

    /// A sentence in the language in use.
    pub(crate) fn say(&self, word: Word) -> String {
        self.words.peek().say(word)
    }

    /// The longest script allowed; KonPro names no limit, our proxy does.
    pub(crate) fn max_text(&self) -> Option<u32> {
        self.limits.get().map(|limits| limits.max_text)
    }
}

impl Choice {
    /// What the page has preset.
    pub(crate) fn preset(options: &Options) -> Self {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        Self {
            text: part(&options.text),
            avatar_id: part(&options.avatar_id),
            voice_id: part(&options.voice_id),
            resolution: part(&options.resolution),
            format: part(&options.format),
            background: part(&options.background),
        }
    }

    /// The part that an attribute presets.
    pub(crate) fn part(attribute: &str) -> Option<Chosen> {
        let mut parts = PARTS.into_iter();
        parts
            .find(|(name, _)| *name == attribute)
            .map(|(_, part)| part)
    }

    /// The same, but for what the page has preset.
    pub(crate) fn under(mut self, options: &Options) -> Self {
        let mut preset = Self::preset(options);
        for (_, part) in PARTS {
            if !part(&mut preset).is_empty() {
                std::mem::swap(part(&mut self), part(&mut preset));
            }
        }
        self
    }

    /// The video that was chosen, or the first part that cannot be sent.
    pub(crate) fn video(&self, max_text: Option<u32>) -> Result<CreateVideo, Refused> {
        if self.text.trim().is_empty() {
            return Err(Refused::TextMissing);
        }
        if max_text.is_some_and(|limit| length(&self.text) > limit) {
            return Err(Refused::TextTooLong);
        }
        if self.avatar_id.is_empty() {
            return Err(Refused::AvatarMissing);
        }
        if self.voice_id.is_empty() {
            return Err(Refused::VoiceMissing);
        }
        let background = self.background.trim();
        // Anything but a name is an address, and the proxy takes no other kind.
        let address = background.contains([':', '/', '.']);
        if address
            && background
                .strip_prefix(OWN_PICTURE)
                .is_none_or(str::is_empty)
        {
            return Err(Refused::Background);
        }
        Ok(self.draft())
    }

    /// What was chosen so far, whether or not it can be sent.
    pub(crate) fn draft(&self) -> CreateVideo {
        let some = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
        let settings = Settings {
            resolution: some(&self.resolution),
            format: some(&self.format),
            background: some(self.background.trim()),
            webhook_url: None,
        };
        CreateVideo {
            avatar_id: self.avatar_id.clone(),
            voice_id: self.voice_id.clone(),
            text: self.text.clone(),
            settings: Some(settings).filter(|settings| *settings != Settings::default()),
        }
    }

    /// The choices that make `video`.
    pub(crate) fn of(video: &CreateVideo) -> Self {
        let settings = video.settings.clone().unwrap_or_default();
        Self {
            text: video.text.clone(),
            avatar_id: video.avatar_id.clone(),
            voice_id: video.voice_id.clone(),
            resolution: settings.resolution.unwrap_or_default(),
            format: settings.format.unwrap_or_default(),
            background: settings.background.unwrap_or_default(),
        }
    }
}

impl From<KonproError> for Trouble {
    fn from(error: KonproError) -> Self {
        Self {
            error,
            refused: None,
        }
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        let field = match refused {
            Refused::TextMissing | Refused::TextTooLong => "text",
            Refused::AvatarMissing => "avatar_id",
            Refused::VoiceMissing => "voice_id",
            Refused::Background => "settings.background",
        };
        Self {
            error: KonproError {
                code: konpro_api::code::VALIDATION_ERROR.to_owned(),
                message: joined(&[field, " is missing or cannot be used."]),
                field: Some(field.to_owned()),
                ..KonproError::default()
            },
            refused: Some(refused),
        }
    }
}
