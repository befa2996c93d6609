//! What a visitor may ask for.

use konpro_api::{CreateVideo, Settings};
use url::{Host, Url};

use crate::failure::Failure;

/// What `settings.resolution` may be.
pub(crate) const RESOLUTIONS: [&str; 4] = ["1080p", "720p", "480p", "360p"];
/// What `settings.format` may be.
pub(crate) const FORMATS: [&str; 2] = ["mp4", "webm"];

const LONGEST_ID: usize = 200;
const LONGEST_NAME: usize = 64;
const LONGEST_URL: usize = 2048;

/// Refuses what KonPro should never see; `max_text` is in Unicode scalar values.
pub(crate) fn check(video: &CreateVideo, max_text: usize) -> Result<(), Failure> {
    check_id("avatar_id", &video.avatar_id)?;
    check_id("voice_id", &video.voice_id)?;
    if video.text.chars().all(is_blank) {
        return Err(Failure::validation("text", "is blank"));
    }
    let length = video.text.chars().count();
    if length > max_text {
        let reason = format!("is {length} characters long, {max_text} are allowed");
        return Err(Failure::validation("text", reason));
    }
    video.settings.as_ref().map_or(Ok(()), check_settings)
}

fn check_id(field: &str, id: &str) -> Result<(), Failure> {
    if id.trim().is_empty() {
        return Err(Failure::validation(field, "is missing"));
    }
    if id.len() > LONGEST_ID || id.chars().any(char::is_control) {
        return Err(Failure::validation(field, "is not an id"));
    }
    Ok(())
}

fn check_settings(settings: &Settings) -> Result<(), Failure> {
    check_choice(
        "settings.resolution",
        settings.resolution.as_deref(),
        &RESOLUTIONS,
    )?;
    check_choice("settings.format", settings.format.as_deref(), &FORMATS)?;
    if let Some(background) = &settings.background {
        let background_fits = if background.contains([':', '/']) {
            is_picture_address(background)
        } else {
            is_name(background)
        };
        if !background_fits {
            let reason = "is neither a name, such as office, nor the https address of a picture";
            return Err(Failure::validation("settings.background", reason));
        }
    }
    if settings.webhook_url.is_some() {
        return Err(Failure::validation(
            "settings.webhook_url",
            "is set by the proxy alone",
        ));
    }
    Ok(())
}

fn check_choice(field: &str, choice: Option<&str>, choices: &[&str]) -> Result<(), Failure> {
    match choice {
        Some(choice) if !choices.contains(&choice) => Err(Failure::validation(
            field,
            format!("must be one of {}", choices.join(", ")),
        )),
        _ => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '#');
    !name.trim().is_empty() && name.len() <= LONGEST_NAME && name.chars().all(word)
}

/// `https`, a host with a name, no credentials: KonPro fetches it, the proxy never does.
fn is_picture_address(address: &str) -> bool {
    // Whatever parsers understand differently: KonPro's may see another host in it.
    let ambiguous = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
    let begins = address.get(..8).map(str::to_ascii_lowercase).as_deref() == Some("https://");
    if !begins || address[8..].starts_with('/') || address.contains(ambiguous) {
        return false;
    }
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let named = matches!(url.host(), Some(Host::Domain(_)));
    let anonymous = url.username().is_empty() && url.password().is_none();
    named && anonymous && address.len() <= LONGEST_URL
}

/// White space, control characters, and what shows nothing: nothing that anybody could say.
fn is_blank(c: char) -> bool {
    let unseen = matches!(c,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}');
    c.is_whitespace() || c.is_control() || unseen
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn video(text: &str, settings: Option<Settings>) -> CreateVideo {
        let (avatar_id, voice_id) = ("avatar-1".to_owned(), "voice-1".to_owned());
        CreateVideo {
            avatar_id,
            voice_id,
            text: text.to_owned(),
            settings,
        }
    }

    fn field(video: &CreateVideo) -> Option<String> {
        check(video, 10)
            .err()
            .and_then(|failure| failure.error.details?.field)
    }

    #[test]
    fn text_is_counted_in_unicode_scalar_values() {
        assert_eq!(field(&video("😀😀😀😀😀😀😀😀😀😀", None)), None);
        assert_eq!(
            field(&video("😀😀😀😀😀😀😀😀😀😀!", None)).as_deref(),
            Some("text")
        );
    }

    #[test]
    fn what_nobody_can_hear_is_blank() {
        for blank in [
            "",
            " ",
            "\n\t",
            "\u{200b}\u{feff}",
            "\0\u{1b}",
            "\u{3000}",
            "\u{202a}\u{202e}",
            "\u{2066}\u{2069}",
            "\u{2800}",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{180e}",
        ] {
            assert_eq!(
                field(&video(blank, None)).as_deref(),
                Some("text"),
                "{blank:?}"
            );
        }
        for spoken in ["سلام", "<script>", "a\u{0}b", "👩‍👩‍👧"] {
            assert_eq!(field(&video(spoken, None)), None, "{spoken:?}");
        }
    }

    #[test]
    fn a_background_is_a_name_or_a_public_https_address() {
        let with = |background: &str| {
            let background = Some(background.to_owned());
            field(&video(
                "Hi",
                Some(Settings {
                    background,
                    ..Settings::default()
                }),
            ))
        };
        for fine in [
            "office",
            "transparent",
            "#ffcc00",
            "https://example.com/a.png?b=c",
        ] {
            assert_eq!(with(fine), None, "{fine}");
        }
        for wrong in [
            "",
            "http://example.com/a.png",
            "https://10.0.0.1/a.png",
            "https://[::1]/a.png",
            "https://user:pass@example.com/a.png",
            "javascript:alert(1)",
            "//example.com/a.png",
            "https://2130706433/a.png",
            "https://10.0.0.1\\@example.com/a.png",
            "https://example.com\\@10.0.0.1/a.png",
            "https://example.com/a b.png",
            "https://exam\nple.com/a.png",
            " https://example.com/a.png",
            "https://example.com/a\u{7f}.png",
            "https:example.com/a.png",
            "https:/example.com/a.png",
            "https:///example.com/a.png",
            "<script>",
        ] {
            assert_eq!(
                with(wrong).as_deref(),
                Some("settings.background"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_visitor_cannot_name_a_webhook() {
        let webhook_url = Some("https://example.com".to_owned());
        let settings = Settings {
            webhook_url,
            ..Settings::default()
        };
        assert_eq!(
            field(&video("Hi", Some(settings))).as_deref(),
            Some("settings.webhook_url")
        );
    }
}
