use leptos::prelude::*;

use super::tag::{dynamic, tag, text};
use crate::messages::WORDS;
use crate::screen::Screen;
use crate::session::Session;

/// The finished video.
pub(super) fn player(session: Session) -> AnyView {
    let screen = session.screen;
    let broken = RwSignal::new(false);
    tag("div")
        .attr("class", "player")
        .child(
            tag("video")
                .attr("part", "video")
                .attr("class", "video")
                .attr("controls", "")
                .attr("playsinline", "")
                .attr("preload", "metadata")
                .attr("aria-label", WORDS.video)
                .bind("poster", move || screen.run.get().job.thumbnail_url)
                .bind("src", move || Some(screen.run.get().video))
                .on("error", move |_| broken.set(true))
                .on("loadedmetadata", move |_| broken.set(false)),
        )
        .child(
            tag("span")
                .attr("part", "ai-label")
                .attr("class", "ai-label")
                .child(WORDS.generated_by_ai),
        )
        .child(dynamic(move || {
            if !broken.get() {
                return tag("p").attr("hidden", "").view();
            }
            tag("p")
                .attr("class", "broken")
                .attr("role", "alert")
                .child(WORDS.unplayable)
                .child(
                    tag("button")
                        .attr("part", "reload button")
                        .attr("type", "button")
                        .on("click", move |_| session.refresh_link())
                        .child(WORDS.reload),
                )
                .view()
        }))
        .view()
}

/// The script that is being spoken, while nothing can be changed.
pub(super) fn script(screen: Screen) -> AnyView {
    tag("div")
        .attr("class", "desk")
        .child(tag("h3").attr("class", "label").child(WORDS.script))
        .child(
            tag("blockquote")
                .attr("part", "quote")
                .attr("class", "quote")
                .attr("dir", "auto")
                .child(text(move || screen.choice.with(|choice| choice.text.clone()))),
        )
        .view()
}

/// What can be done with a finished video.
pub(super) fn done(session: Session) -> AnyView {
    let screen = session.screen;
    tag("div")
        .attr("class", "desk")
        .child(tag("h2").attr("class", "title").child(WORDS.ready))
        .child(script(screen))
        .child(
            tag("div")
                .attr("class", "actions")
                .child(
                    tag("a")
                        .attr("part", "download button")
                        .attr("class", "primary")
                        .attr("download", "")
                        .bind("href", move || Some(screen.run.get().download))
                        .child(WORDS.download),
                )
                .child(
                    tag("button")
                        .attr("part", "another button")
                        .attr("type", "button")
                        .on("click", move |_| session.compose())
                        .child(WORDS.another),
                ),
        )
        .view()
}
