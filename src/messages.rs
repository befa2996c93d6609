//! Every word that a visitor reads, in one place.
//!
//! A failure's sentences say what happened and what to do, to somebody who has never heard of a
//! proxy. `{}` stands for what [`fill`] puts in.

use konpro_api::code;
use konpro_client::KonproError;

/// The widget's words, in one language.
pub(crate) struct Words {
    pub(crate) widget: &'static str,
    pub(crate) script: &'static str,
    pub(crate) script_hint: &'static str,
    pub(crate) script_count: &'static str,
    pub(crate) script_near: &'static str,
    pub(crate) script_over: &'static str,
    pub(crate) script_too_long: &'static str,
    pub(crate) script_missing: &'static str,
    pub(crate) avatar: &'static str,
    pub(crate) avatar_missing: &'static str,
    pub(crate) avatars_failed: &'static str,
    pub(crate) avatar_search: &'static str,
    pub(crate) voice: &'static str,
    pub(crate) voice_missing: &'static str,
    pub(crate) voices_failed: &'static str,
    pub(crate) voice_language: &'static str,
    pub(crate) voice_gender: &'static str,
    pub(crate) any_language: &'static str,
    pub(crate) any_gender: &'static str,
    pub(crate) female: &'static str,
    pub(crate) male: &'static str,
    pub(crate) neutral: &'static str,
    pub(crate) play_sample: &'static str,
    pub(crate) stop_sample: &'static str,
    pub(crate) more: &'static str,
    pub(crate) none_found: &'static str,
    pub(crate) loading: &'static str,
    pub(crate) list_failed: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) resolution: &'static str,
    pub(crate) format: &'static str,
    pub(crate) background: &'static str,
    pub(crate) automatic: &'static str,
    pub(crate) office: &'static str,
    pub(crate) transparent: &'static str,
    pub(crate) own_picture: &'static str,
    pub(crate) picture_address: &'static str,
    pub(crate) picture_refused: &'static str,
    pub(crate) generate: &'static str,
    pub(crate) stage_empty: &'static str,
    pub(crate) making: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) sending: &'static str,
    pub(crate) queued: &'static str,
    pub(crate) next_in_queue: &'static str,
    pub(crate) queue_position: &'static str,
    pub(crate) rendering: &'static str,
    pub(crate) hours_left: &'static str,
    pub(crate) minutes_left: &'static str,
    pub(crate) minute_left: &'static str,
    pub(crate) seconds_left: &'static str,
    pub(crate) nearly_done: &'static str,
    pub(crate) late: &'static str,
    pub(crate) out_of_touch: &'static str,
    pub(crate) leave_open: &'static str,
    pub(crate) come_back: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) stopped: &'static str,
    pub(crate) retry: &'static str,
    pub(crate) ready: &'static str,
    pub(crate) video: &'static str,
    pub(crate) generated_by_ai: &'static str,
    pub(crate) download: &'static str,
    pub(crate) another: &'static str,
    pub(crate) unplayable: &'static str,
    pub(crate) reload: &'static str,
}

/// The words in use.
pub(crate) static WORDS: Words = Words {
    widget: "Video maker",
    script: "Your script",
    script_hint: "Write what the presenter should say…",
    script_count: "{} of {}",
    script_near: "{} characters left",
    script_over: "{} characters too many",
    script_too_long: "The script is too long. Please shorten it.",
    script_missing: "Please write what the presenter should say.",
    avatar: "Presenter",
    avatar_missing: "Please choose a presenter.",
    avatars_failed: "The presenters could not be loaded. Please load them again, then choose one.",
    avatar_search: "Search presenters",
    voice: "Voice",
    voice_missing: "Please choose a voice.",
    voices_failed: "The voices could not be loaded. Please load them again, then choose one.",
    voice_language: "Language",
    voice_gender: "Kind of voice",
    any_language: "All languages",
    any_gender: "All voices",
    female: "Female",
    male: "Male",
    neutral: "Neutral",
    play_sample: "Play a sample of {}",
    stop_sample: "Stop the sample of {}",
    more: "Show more",
    none_found: "Nothing here matches. Try another word or filter.",
    loading: "Loading…",
    list_failed: "This list could not be loaded. Please load it again in a minute.",
    settings: "Video settings",
    resolution: "Resolution",
    format: "Format",
    background: "Background",
    automatic: "Automatic",
    office: "Office",
    transparent: "Transparent",
    own_picture: "My own picture",
    picture_address: "Address of the picture (https://…)",
    picture_refused: "Please give the picture's full address, starting with https://",
    generate: "Create video",
    stage_empty: "Your video will appear here",
    making: "Your video is being made",
    waiting: "Your video is waiting its turn",
    sending: "Sending your script…",
    queued: "Waiting for its turn",
    next_in_queue: "Next in the queue",
    queue_position: "Number {} in the queue",
    rendering: "Rendering your video",
    hours_left: "About {} hours left",
    minutes_left: "About {} minutes left",
    minute_left: "About a minute left",
    seconds_left: "Less than a minute left",
    nearly_done: "Nearly done",
    late: "This takes longer than usual, but it is still being made",
    out_of_touch: "The connection is gone. It goes on by itself as soon as it is back.",
    leave_open: "Please leave this page open.",
    come_back: "You can leave this page and come back: your video goes on without you.",
    stop: "Stop waiting",
    stopped: "Stopped. Your script is still here.",
    retry: "Try again",
    ready: "Your video is ready",
    video: "Your video",
    generated_by_ai: "AI-generated",
    download: "Download",
    another: "Make another",
    unplayable: "The video cannot be played right now. Load it again, or download it.",
    reload: "Load again",
};

/// Puts `values` where the sentence has `{}`, in order.
pub(crate) fn fill(sentence: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut values = values.iter();
    for character in sentence.chars() {
        match character {
            '{' => filled.push_str(values.next().unwrap_or(&"")),
            '}' => {}
            other => filled.push(other),
        }
    }
    filled
}

/// What a visitor is told of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// What happened.
    pub(crate) happened: &'static str,
    /// What to do.
    pub(crate) advice: &'static str,
}

/// The sentences for a failure's code.
pub(crate) fn sentence(code: &str) -> Sentence {
    let (happened, advice) = match code {
        KonproError::UNREACHABLE => (
            "The video service cannot be reached.",
            "Check your internet connection, then try again.",
        ),
        code::VALIDATION_ERROR | code::INVALID_REQUEST | code::PAYLOAD_TOO_LARGE => (
            "The video service did not accept this script or these settings.",
            "Change the script, the presenter or the settings, then try again.",
        ),
        code::INSUFFICIENT_PERMISSIONS => (
            "This presenter or voice is not available here.",
            "Choose another one, then try again.",
        ),
        code::RESOURCE_NOT_FOUND => (
            "This video is no longer known.",
            "Create it again; your script is still here.",
        ),
        code::QUOTA_EXCEEDED => (
            "You have made as many videos as this site allows for now.",
            "Please come back later.",
        ),
        code::RATE_LIMIT_EXCEEDED => (
            "Many videos are being made right now.",
            "Wait a minute, then try again.",
        ),
        code::PROCESSING_ERROR => (
            "Something went wrong while the video was being made.",
            "Try again. If it happens again, change the script a little or choose another presenter.",
        ),
        code::SESSION_REQUIRED => (
            "This site did not let you in, or your visit has taken too long.",
            "Sign in again or reload the page, then try again.",
        ),
        code::ORIGIN_NOT_ALLOWED => (
            "Videos cannot be made on this page.",
            "Please tell the people who run this site: the page's address is not on the list of allowed ones.",
        ),
        code::INVALID_API_KEY | code::UPSTREAM_INVALID => (
            "The video maker is not set up correctly.",
            "Please tell the people who run this site.",
        ),
        code::IDEMPOTENCY_CONFLICT => (
            "This video was already asked for in another form.",
            "Try again to make a new one.",
        ),
        code::UPSTREAM_TIMEOUT => (
            "The video did not become ready in time.",
            "Try again. A shorter script is made sooner.",
        ),
        code::SERVICE_UNAVAILABLE | code::UPSTREAM_UNAVAILABLE => (
            "The video service takes a break.",
            "Try again in a few minutes; your script is still here.",
        ),
        code::CANCELLED => (
            "This video was withdrawn before it was made.",
            "Create it again whenever you like.",
        ),
        _ => (
            "The video could not be made.",
            "Try again. If it happens again, please tell the people who run this site.",
        ),
    };
    Sentence { happened, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [&str; 18] = [
        KonproError::UNREACHABLE,
        code::INVALID_REQUEST,
        code::INVALID_API_KEY,
        code::INSUFFICIENT_PERMISSIONS,
        code::RESOURCE_NOT_FOUND,
        code::VALIDATION_ERROR,
        code::RATE_LIMIT_EXCEEDED,
        code::PROCESSING_ERROR,
        code::SERVICE_UNAVAILABLE,
        code::ORIGIN_NOT_ALLOWED,
        code::SESSION_REQUIRED,
        code::QUOTA_EXCEEDED,
        code::IDEMPOTENCY_CONFLICT,
        code::PAYLOAD_TOO_LARGE,
        code::UPSTREAM_INVALID,
        code::UPSTREAM_UNAVAILABLE,
        code::UPSTREAM_TIMEOUT,
        code::CANCELLED,
    ];

    #[test]
    fn every_code_has_a_sentence_of_its_own_and_an_unknown_one_has_one_too() {
        let unknown = sentence("SOMETHING_NEW");
        for code in CODES {
            assert_ne!(sentence(code), unknown, "{code}");
        }
    }

    #[test]
    fn a_sentence_speaks_to_a_visitor_and_not_to_a_developer() {
        for code in CODES.into_iter().chain(["SOMETHING_NEW"]) {
            let Sentence { happened, advice } = sentence(code);
            let both = [happened, " ", advice].concat();
            for word in ["proxy", "upstream", "API", "origin", "HTTP", "_"] {
                assert!(!both.contains(word), "{code}: {both}");
            }
            assert!(happened.ends_with('.') && advice.ends_with('.'), "{code}");
        }
    }

    #[test]
    fn values_fill_a_sentence_in_order() {
        assert_eq!(fill("{} of {}", &["3", "5,000"]), "3 of 5,000");
        assert_eq!(fill("Play {}", &["{} & <b>"]), "Play {} & <b>");
    }
}
