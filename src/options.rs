use std::fmt;

/// What the page asks of one widget: the attributes of `<konpro-video>`, and the properties of the
/// component `KonproVideo`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The proxy's address, such as `https://proxy.example.com`. `None`: the page's own origin.
    pub(crate) endpoint: Option<String>,
    /// The avatar that speaks. `None`: the visitor chooses.
    pub(crate) avatar_id: Option<String>,
    /// The voice it speaks with. `None`: the visitor chooses.
    pub(crate) voice_id: Option<String>,
    /// What it says. `None`: the visitor writes it.
    pub(crate) text: Option<String>,
    /// Such as `1080p`. `None`: the visitor chooses, from KonPro's own choice on.
    pub(crate) resolution: Option<String>,
    /// Such as `mp4`. `None`: the visitor chooses, from KonPro's own choice on.
    pub(crate) format: Option<String>,
    /// A name such as `office`, or the `https` address of a picture. `None`: the visitor chooses.
    pub(crate) background: Option<String>,
    /// Which parts the visitor sees, separated by blanks: any of `script avatar voice settings
    /// history`. `None`: all that are not preset.
    pub(crate) controls: Option<String>,
    /// Generate at once when avatar, voice and text are preset.
    pub(crate) autostart: bool,
    /// A job to show, whoever asked for it.
    pub(crate) job_id: Option<String>,
    /// `off`: keep nothing in the browser. Anything else, and `None`: a reload goes on where it was.
    pub(crate) history: Option<String>,
    /// The bearer token, where the proxy wants one.
    pub(crate) session: Option<String>,
}

/// A part of the widget that a visitor may see or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where the script is written.
    Script,
    /// Where the avatar is chosen.
    Avatar,
    /// Where the voice is chosen.
    Voice,
    /// Resolution, format and background.
    Settings,
    /// The videos made here.
    History,
}

impl Options {
    /// Takes an attribute's new value; `None` when it was removed. False for a name that is no option.
    ///
    /// An empty value is no value, as in `<konpro-video voice-id="">`, but for `autostart`.
    pub(crate) fn set(&mut self, attribute: &str, value: Option<String>) -> bool {
        if attribute == "autostart" {
            self.autostart = value.is_some();
            return true;
        }
        let field = match attribute {
            "endpoint" => &mut self.endpoint,
            "avatar-id" => &mut self.avatar_id,
            "voice-id" => &mut self.voice_id,
            "text" => &mut self.text,
            "resolution" => &mut self.resolution,
            "format" => &mut self.format,
            "background" => &mut self.background,
            "controls" => &mut self.controls,
            "job-id" => &mut self.job_id,
            "history" => &mut self.history,
            "session" => &mut self.session,
            _ => return false,
        };
        *field = value.filter(|value| !value.is_empty());
        true
    }

    /// Every attribute, and its value where it has one.
    #[cfg(feature = "component")]
    pub(crate) fn attributes(&self) -> [(&'static str, Option<String>); 12] {
        [
            ("endpoint", self.endpoint.clone()),
            ("avatar-id", self.avatar_id.clone()),
            ("voice-id", self.voice_id.clone()),
            ("text", self.text.clone()),
            ("resolution", self.resolution.clone()),
            ("format", self.format.clone()),
            ("background", self.background.clone()),
            ("controls", self.controls.clone()),
            ("autostart", self.autostart.then(String::new)),
            ("job-id", self.job_id.clone()),
            ("history", self.history.clone()),
            ("session", self.session.clone()),
        ]
    }

    /// Whether the visitor sees `part`.
    pub(crate) fn shows(&self, part: Part) -> bool {
        if let Some(controls) = &self.controls {
            return controls
                .split_ascii_whitespace()
                .any(|name| name == part.name());
        }
        match part {
            Part::Script => self.text.is_none(),
            Part::Avatar => self.avatar_id.is_none(),
            Part::Voice => self.voice_id.is_none(),
            Part::Settings => {
                self.resolution.is_none() || self.format.is_none() || self.background.is_none()
            }
            Part::History => self.keeps(),
        }
    }

    /// Whether anything may be kept in the browser.
    pub(crate) fn keeps(&self) -> bool {
        self.history.as_deref() != Some("off")
    }

    /// Whether to generate without being asked.
    pub(crate) fn starts_itself(&self) -> bool {
        self.autostart
            && self.avatar_id.is_some()
            && self.voice_id.is_some()
            && self.text.is_some()
            && self.job_id.is_none()
    }

    /// Where the proxy is, without a slash at the end; empty for the page's own origin.
    pub(crate) fn base(&self) -> &str {
        self.endpoint
            .as_deref()
            .unwrap_or_default()
            .trim()
            .trim_end_matches('/')
    }
}

impl Part {
    /// As the attribute `controls` has them.
    #[cfg(feature = "component")]
    pub(crate) fn names(parts: &[Self]) -> String {
        let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
        names.join(" ")
    }

    fn name(self) -> &'static str {
        match self {
            Part::Script => "script",
            Part::Avatar => "avatar",
            Part::Voice => "voice",
            Part::Settings => "settings",
            Part::History => "history",
        }
    }
}

/// The token and the visitor's text stay out of every log.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("endpoint", &self.endpoint)
            .field("avatar_id", &self.avatar_id)
            .field("voice_id", &self.voice_id)
            .field("controls", &self.controls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(attributes: &[(&str, &str)]) -> Options {
        let mut options = Options::default();
        for (name, value) in attributes {
            assert!(options.set(name, Some((*value).to_owned())), "{name}");
        }
        options
    }

    #[test]
    fn a_preset_part_is_not_asked_for() {
        let options = options(&[("voice-id", "voice-1"), ("text", "Hello")]);
        assert!(options.shows(Part::Avatar));
        assert!(!options.shows(Part::Voice));
        assert!(!options.shows(Part::Script));
    }

    #[test]
    fn controls_say_what_is_seen_preset_or_not() {
        let options = options(&[("controls", "script  voice"), ("text", "Hello")]);
        assert!(options.shows(Part::Script));
        assert!(options.shows(Part::Voice));
        assert!(!options.shows(Part::Avatar));
        assert!(!options.shows(Part::Settings));
    }

    #[test]
    fn an_empty_or_removed_attribute_is_no_preset() {
        let mut options = options(&[("avatar-id", ""), ("voice-id", "voice-1")]);
        assert!(options.set("voice-id", None));
        assert_eq!(options, Options::default());
    }

    #[test]
    fn it_starts_itself_only_when_everything_needed_is_preset() {
        let preset = [("autostart", ""), ("avatar-id", "a"), ("voice-id", "v")];
        assert!(!options(&preset).starts_itself());
        let all = [&preset[..], &[("text", "Hello")]].concat();
        assert!(options(&all).starts_itself());
        let shown = [&all[..], &[("job-id", "job-1")]].concat();
        assert!(!options(&shown).starts_itself());
    }

    #[test]
    fn the_shell_watches_exactly_the_attributes_that_are_options() {
        let shell = include_str!("../pkg/konpro-video.js");
        let (_, rest) = shell.split_once("const ATTRIBUTES = '").unwrap();
        let (names, _) = rest.split_once('\'').unwrap();
        let mut watched = Options::default();
        assert_eq!(names.split(' ').count(), 12);
        for name in names.split(' ') {
            assert!(watched.set(name, Some("x".to_owned())), "{name}");
        }
        assert!(watched.autostart && watched.session.is_some() && watched.job_id.is_some());
        assert!(!watched.set("theme", None));
    }

    #[test]
    fn a_session_token_cannot_be_printed() {
        let options = options(&[("session", "s3cret"), ("text", "private")]);
        let printed = format!("{options:?}");
        assert!(!printed.contains("s3cret") && !printed.contains("private"));
    }

    #[test]
    fn a_slash_after_the_endpoint_does_not_matter() {
        assert_eq!(
            options(&[("endpoint", "https://p.example/")]).base(),
            "https://p.example"
        );
    }
}
