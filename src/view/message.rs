use super::tag::{Tag, tag};
use crate::messages::{Word, sentence};
use crate::screen::{Refused, Screen, Trouble};
use crate::session::Session;

/// What went wrong, and what to do about it.
pub(super) fn message(session: Session) -> Tag {
    let screen = session.screen;
    let words = screen.words;
    let trouble = screen.trouble;
    tag("div")
        .attr("class", "alerts")
        .attr("role", "alert")
        .content(move || {
            let Some(Trouble { error, refused }) = trouble.get() else {
                return Vec::new();
            };
            let message = tag("div")
                .attr("part", "message")
                .attr("class", "message")
                .attr("tabindex", "-1");
            if let Some(refused) = refused {
                return vec![message.child(tag("strong").word(words, mend(screen, refused)))];
            }
            let (happened, advice) = sentence(&error.code);
            vec![
                message
                    .child(tag("strong").word(words, happened))
                    .child(tag("span").word(words, advice))
                    .child(
                        tag("button")
                            .attr("part", "retry button")
                            .attr("type", "button")
                            .on("click", move |_| session.generate(false))
                            .word(words, Word::Retry),
                    ),
            ]
        })
}

fn mend(screen: Screen, refused: Refused) -> Word {
    match refused {
        // Nobody can choose from what did not come.
        Refused::AvatarMissing if screen.avatars.peek().failed => Word::AvatarsFailed,
        Refused::VoiceMissing if screen.voices.peek().failed => Word::VoicesFailed,
        Refused::TextMissing => Word::ScriptMissing,
        Refused::TextTooLong => Word::ScriptTooLong,
        Refused::AvatarMissing => Word::AvatarMissing,
        Refused::VoiceMissing => Word::VoiceMissing,
        Refused::Background => Word::PictureRefused,
    }
}
