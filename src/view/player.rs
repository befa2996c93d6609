use super::tag::{Tag, tag};
use crate::field::Field;
use crate::messages::Word;
use crate::screen::Screen;
use crate::session::Session;

/// The finished video, and what it is.
pub(super) fn player(session: Session) -> Vec<Tag> {
    let screen = session.screen;
    let words = screen.words;
    let broken = Field::new(false);
    let video = tag("video")
        .attr("part", "video")
        .attr("class", "video")
        .attr("controls", "")
        .attr("playsinline", "")
        .attr("preload", "metadata")
        .attr_word("aria-label", words, Word::Video)
        .bind("poster", move || screen.run.get().job.thumbnail_url)
        .bind("src", move || Some(screen.run.get().video))
        .on("error", move |_| broken.set(true))
        .on("loadedmetadata", move |_| broken.set(false));
    let label = tag("span")
        .attr("part", "ai-label")
        .attr("class", "ai-label")
        .word(words, Word::GeneratedByAi);
    let unplayable = tag("div")
        .attr("class", "broken")
        .attr("role", "alert")
        .hidden(move || !broken.get())
        .child(tag("p").text(move || {
            let said = broken.get().then(|| words.peek().say(Word::Unplayable));
            said.unwrap_or_default()
        }))
        .child(
            tag("button")
                .attr("part", "reload button")
                .attr("type", "button")
                .on("click", move |_| session.refresh_link())
                .word(words, Word::Reload),
        );
    vec![video, label, unplayable]
}

/// The script that is being spoken, while nothing can be changed.
pub(super) fn script(screen: Screen) -> Vec<Tag> {
    let words = screen.words;
    // Of a job that the page names, nobody here knows what it says.
    let unknown = move || screen.choice.get().text.is_empty();
    vec![
        tag("h3")
            .attr("class", "label")
            .hidden(unknown)
            .word(words, Word::Script),
        tag("blockquote")
            .attr("part", "quote")
            .attr("class", "quote")
            .attr("dir", "auto")
            .hidden(unknown)
            .text(move || screen.choice.get().text),
    ]
}

/// What can be done with a finished video.
pub(super) fn done(session: Session) -> Vec<Tag> {
    let screen = session.screen;
    let words = screen.words;
    let mut parts = vec![tag("h2").attr("class", "title").word(words, Word::Ready)];
    parts.extend(script(screen));
    parts.push(
        tag("div")
            .attr("class", "actions")
            .child(
                tag("a")
                    .attr("part", "download button")
                    .attr("class", "primary")
                    .attr("download", "")
                    .bind("href", move || Some(screen.run.get().download))
                    .word(words, Word::Download),
            )
            .child(
                tag("button")
                    .attr("part", "another button")
                    .attr("type", "button")
                    .on("click", move |_| session.leave(false, false))
                    .word(words, Word::Another),
            ),
    );
    parts
}
