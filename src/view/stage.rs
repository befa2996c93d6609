use konpro_api::Avatar;
use leptos::prelude::*;

use super::player;
use super::tag::{Tag, dynamic, tag, text};
use crate::messages::WORDS;
use crate::progress::progress;
use crate::screen::{Phase, Screen};
use crate::session::Session;

/// The big picture: the presenter, then the progress, then the video.
pub(super) fn stage(session: Session) -> AnyView {
    let screen = session.screen;
    let presenter = Memo::new(move |_| {
        let id = screen.choice.with(|choice| choice.avatar_id.clone());
        screen.avatars.with(|list| list.entries.iter().find(|avatar| avatar.id == id).cloned())
    });
    tag("div")
        .attr("part", "stage")
        .attr("class", "stage")
        .bind("data-phase", move || {
            Some(String::from(match screen.phase.get() {
                Phase::Composing => "composing",
                Phase::Working => "working",
                Phase::Ready => "ready",
            }))
        })
        .child(picture(move || presenter.get().and_then(|avatar| avatar.thumbnail_url)))
        .child(dynamic(move || match screen.phase.get() {
            Phase::Composing => caption(presenter),
            Phase::Working => waiting(session),
            Phase::Ready => player::player(session),
        }))
        .view()
}

/// A picture from elsewhere, which shows nothing while there is none.
pub(super) fn picture(source: impl FnMut() -> Option<String> + Send + 'static) -> Tag {
    let show = |shown: bool| {
        move |event: web_sys::Event| {
            let picture: web_sys::Element = event_target(&event);
            // Fails for no element that there is.
            let _ = picture.toggle_attribute_with_force("hidden", !shown);
        }
    };
    tag("img")
        .attr("alt", "")
        .attr("loading", "lazy")
        .attr("decoding", "async")
        .attr("referrerpolicy", "no-referrer")
        .bind("src", source)
        .on("load", show(true))
        .on("error", show(false))
}

fn caption(presenter: Memo<Option<Avatar>>) -> AnyView {
    tag("p")
        .attr("class", "caption")
        .child(tag("strong").child(text(move || {
            presenter.get().map(|avatar| avatar.name).unwrap_or_default()
        })))
        .child(tag("span").child(WORDS.stage_empty))
        .view()
}

fn waiting(session: Session) -> AnyView {
    let screen = session.screen;
    let shown = Memo::new(move |_| {
        let run = screen.run.get();
        let now = screen.now.get();
        progress(&run.job, run.since.map(|since| elapsed_ms(now.since(since))))
    });
    tag("div")
        .attr("part", "waiting")
        .attr("class", "waiting")
        .attr("tabindex", "-1")
        .child(tag("h2").child(WORDS.making))
        .child(
            tag("progress")
                .attr("part", "progress")
                .attr("role", "progressbar")
                .attr("max", "1000")
                .attr("aria-label", WORDS.making)
                .bind("value", move || shown.get().permille.map(|it| it.to_string()))
                .bind("aria-valuetext", move || Some(shown.get().words)),
        )
        .child(tag("p").attr("class", "left").attr("role", "status").child(text(move || shown.get().words)))
        .child(tag("p").attr("class", "hint").attr("role", "status").child(text(move || hint(screen))))
        .child(
            tag("button")
                .attr("part", "cancel button")
                .attr("type", "button")
                .on("click", move |_| session.cancel())
                .child(WORDS.stop),
        )
        .view()
}

fn hint(screen: Screen) -> String {
    let keeps = screen.options.with(|options| options.keeps());
    let hint = match (screen.in_touch.get(), keeps) {
        (false, _) => WORDS.out_of_touch,
        (true, true) => WORDS.come_back,
        (true, false) => WORDS.leave_open,
    };
    hint.to_owned()
}

fn elapsed_ms(elapsed: std::time::Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
