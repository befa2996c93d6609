use leptos::prelude::*;

use super::tag::{Tag, dynamic, tag};
use super::voices::choice;
use crate::messages::WORDS;
use crate::screen::{Choice, OWN_PICTURE, Screen};
use crate::Options;

/// Resolution, format and background.
pub(super) fn settings(screen: Screen) -> AnyView {
    tag("fieldset")
        .attr("part", "settings")
        .attr("class", "field")
        .child(tag("legend").attr("class", "label").child(WORDS.settings))
        .child(
            tag("div")
                .attr("class", "filters")
                .child(resolution(screen))
                .child(format(screen))
                .child(background(screen)),
        )
        .child(own_picture(screen))
        .view()
}

fn resolution(screen: Screen) -> AnyView {
    let known = move || {
        let limits = screen.limits.get();
        limits.map_or_else(|| owned(&["1080p", "720p"]), |limits| limits.resolutions)
    };
    setting(screen, "resolution", WORDS.resolution, |options| options.resolution.is_some(), |choice| &mut choice.resolution, known)
}

fn format(screen: Screen) -> AnyView {
    let known = move || {
        let limits = screen.limits.get();
        limits.map_or_else(|| owned(&["mp4", "webm"]), |limits| limits.formats)
    };
    setting(screen, "format", WORDS.format, |options| options.format.is_some(), |choice| &mut choice.format, known)
}

fn background(screen: Screen) -> AnyView {
    let known = || owned(&["office", "transparent", OWN_PICTURE]);
    setting(screen, "background", WORDS.background, |options| options.background.is_some(), |choice| &mut choice.background, known)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn setting(
    screen: Screen,
    part: &'static str,
    words: &'static str,
    preset: fn(&Options) -> bool,
    chosen: fn(&mut Choice) -> &mut String,
    known: impl Fn() -> Vec<String> + Send + 'static,
) -> AnyView {
    let asked = screen.options.with_untracked(|options| options.controls.is_some() || !preset(options));
    if !asked {
        return tag("div").attr("hidden", "").view();
    }
    let value = move || {
        let value = chosen(&mut screen.choice.get()).clone();
        // Whatever its address, it is the visitor's own picture.
        if value.contains("://") { OWN_PICTURE.to_owned() } else { value }
    };
    let select: Tag = tag("select")
        .attr("part", part)
        .attr("id", part)
        .on("change", move |event| {
            let value = event_target_value(&event);
            screen.choice.update(|choice| *chosen(choice) = value);
        })
        .child(dynamic(move || {
            let options = known().into_iter().map(|value| choice(&value, name(&value)));
            let automatic = std::iter::once(choice("", WORDS.automatic));
            automatic.chain(options).collect::<Vec<_>>().into_any()
        }))
        .value(value);
    tag("div")
        .attr("class", "setting")
        .child(tag("label").attr("for", part).child(words))
        .child(select)
        .view()
}

fn own_picture(screen: Screen) -> AnyView {
    let own = Memo::new(move |_| screen.choice.with(|choice| choice.background.contains("://")));
    dynamic(move || {
        if !own.get() {
            return tag("div").attr("hidden", "").view();
        }
        tag("input")
            .attr("type", "url")
            .attr("part", "background-address")
            .attr("class", "search")
            .attr("placeholder", WORDS.picture_address)
            .attr("aria-label", WORDS.picture_address)
            .value(move || screen.choice.with(|choice| choice.background.clone()))
            .on("input", move |event| {
                let mut address = event_target_value(&event);
                if !address.contains("://") {
                    address.insert_str(0, OWN_PICTURE);
                }
                screen.choice.update(|choice| choice.background = address);
            })
            .view()
    })
}

fn name(value: &str) -> &str {
    match value {
        "office" => WORDS.office,
        "transparent" => WORDS.transparent,
        OWN_PICTURE => WORDS.own_picture,
        other => other,
    }
}
