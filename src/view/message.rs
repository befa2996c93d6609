use super::tag::{Tag, tag};
use crate::messages::{Sentence, WORDS, sentence};
use crate::screen::{Refused, Screen, Trouble};
use crate::session::Session;

/// What went wrong, and what to do about it.
pub(super) fn message(session: Session) -> Tag {
    let trouble = session.screen.trouble;
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
                return vec![message.child(tag("strong").say(mend(session.screen, refused)))];
            }
            let Sentence { happened, advice } = sentence(&error.code);
            vec![
                message
                    .child(tag("strong").say(happened))
                    .child(tag("span").say(advice))
                    .child(
                        tag("button")
                            .attr("part", "retry button")
                            .attr("type", "button")
                            .on("click", move |_| session.generate())
                            .say(WORDS.retry),
                    ),
            ]
        })
}

fn mend(screen: Screen, refused: Refused) -> &'static str {
    match refused {
        // Nobody can choose from what did not come.
        Refused::AvatarMissing if screen.avatars.peek().failed => WORDS.avatars_failed,
        Refused::VoiceMissing if screen.voices.peek().failed => WORDS.voices_failed,
        Refused::TextMissing => WORDS.script_missing,
        Refused::TextTooLong => WORDS.script_too_long,
        Refused::AvatarMissing => WORDS.avatar_missing,
        Refused::VoiceMissing => WORDS.voice_missing,
        Refused::Background => WORDS.picture_refused,
    }
}
