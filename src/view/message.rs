use leptos::prelude::*;

use super::tag::{dynamic, tag};
use crate::messages::{Sentence, WORDS, sentence};
use crate::screen::{Refused, Trouble};
use crate::session::Session;

/// What went wrong, and what to do about it.
pub(super) fn message(session: Session) -> AnyView {
    let trouble = session.screen.trouble;
    let notice = tag("div").attr("role", "alert").child(dynamic(move || {
        let Some(Trouble { error, refused }) = trouble.get() else {
            return tag("div").attr("hidden", "").view();
        };
        let message = tag("div")
            .attr("part", "message")
            .attr("class", "message")
            .attr("tabindex", "-1");
        if let Some(refused) = refused {
            return message.child(tag("strong").child(mend(refused))).view();
        }
        let Sentence { happened, advice } = sentence(&error.code);
        message
            .child(tag("strong").child(happened))
            .child(tag("span").child(advice))
            .child(
                tag("button")
                    .attr("part", "retry button")
                    .attr("type", "button")
                    .on("click", move |_| session.generate())
                    .child(WORDS.retry),
            )
            .view()
    }));
    notice.view()
}

fn mend(refused: Refused) -> &'static str {
    match refused {
        Refused::TextMissing => WORDS.script_missing,
        Refused::TextTooLong => WORDS.script_too_long,
        Refused::AvatarMissing => WORDS.avatar_missing,
        Refused::VoiceMissing => WORDS.voice_missing,
        Refused::Background => WORDS.picture_refused,
    }
}
