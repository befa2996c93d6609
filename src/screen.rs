//! What the views show, as signals. Views read them and write the visitor's choices; everything
//! else is written by the session alone.

use konpro_api::{Avatar, CreateVideo, Job, Limits, Settings, Voice};
use konpro_client::KonproError;
use konpro_job::Instant;
use leptos::prelude::*;

use crate::Options;
use crate::script;

/// Everything that one widget shows.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) options: RwSignal<Options>,
    /// What the visitor has chosen so far.
    pub(crate) choice: RwSignal<Choice>,
    pub(crate) limits: RwSignal<Option<Limits>>,
    pub(crate) avatars: RwSignal<List<Avatar>>,
    pub(crate) voices: RwSignal<List<Voice>>,
    pub(crate) run: RwSignal<Run>,
    /// The run's phase alone, for those who need not hear of anything else.
    pub(crate) phase: Memo<Phase>,
    /// The present moment; ticks while a video is being made.
    pub(crate) now: RwSignal<Instant>,
    /// False while the proxy cannot be reached.
    pub(crate) in_touch: RwSignal<bool>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    /// Said once to those who cannot see the screen.
    pub(crate) said: RwSignal<String>,
}

/// The visitor's choices; what is empty is not chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) avatar_id: String,
    pub(crate) voice_id: String,
    pub(crate) resolution: String,
    pub(crate) format: String,
    pub(crate) background: String,
}

/// A list as far as it has come.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    pub(crate) entries: Vec<T>,
    /// The last page that came; 0 before the first.
    pub(crate) page: u32,
    pub(crate) more: bool,
    pub(crate) loading: bool,
    /// Why the last page did not come.
    pub(crate) failed: Option<String>,
}

/// The job on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) phase: Phase,
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

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub(crate) fn new(options: Options) -> Self {
        let run = RwSignal::new(Run::default());
        Self {
            run,
            phase: Memo::new(move |_| run.get().phase),
            choice: RwSignal::new(Choice::preset(&options)),
            options: RwSignal::new(options),
            limits: RwSignal::new(None),
            avatars: RwSignal::new(List::default()),
            voices: RwSignal::new(List::default()),
            now: RwSignal::new(Instant::default()),
            in_touch: RwSignal::new(true),
            trouble: RwSignal::new(None),
            said: RwSignal::new(String::new()),
        }
    }

    /// The longest script allowed; KonPro names no limit, our proxy does.
    pub(crate) fn max_text(&self) -> Option<u32> {
        self.limits.get().map(|limits| limits.max_text)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            page: 0,
            more: false,
            loading: false,
            failed: None,
        }
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

    /// The video that was chosen, or the first part that cannot be sent.
    pub(crate) fn video(&self, max_text: Option<u32>) -> Result<CreateVideo, Refused> {
        if self.text.trim().is_empty() {
            return Err(Refused::TextMissing);
        }
        if max_text.is_some_and(|limit| script::length(&self.text) > limit) {
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
        if address && background.strip_prefix(OWN_PICTURE).is_none_or(str::is_empty) {
            return Err(Refused::Background);
        }
        let some = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
        let settings = Settings {
            resolution: some(&self.resolution),
            format: some(&self.format),
            background: some(background),
            webhook_url: None,
        };
        Ok(CreateVideo {
            avatar_id: self.avatar_id.clone(),
            voice_id: self.voice_id.clone(),
            text: self.text.clone(),
            settings: Some(settings).filter(|settings| *settings != Settings::default()),
        })
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
                message: [field, " is missing or cannot be used."].concat(),
                field: Some(field.to_owned()),
                ..KonproError::default()
            },
            refused: Some(refused),
        }
    }
}
