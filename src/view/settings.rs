use super::tag::{Tag, tag, value_of};
use super::voices::choice;
use crate::Options;
use crate::field::Field;
use crate::messages::{Word, Words};
use crate::screen::{Choice, OWN_PICTURE, Screen};

/// Resolution, format and background.
pub(super) fn settings(screen: Screen) -> Tag {
    let words = screen.words;
    tag("fieldset")
        .attr("part", "settings")
        .attr("class", "field")
        .child(
            tag("legend")
                .attr("class", "label")
                .word(words, Word::Settings),
        )
        .child(
            tag("div")
                .attr("class", "filters")
                .child(setting(screen, &RESOLUTION))
                .child(setting(screen, &FORMAT))
                .child(setting(screen, &BACKGROUND)),
        )
        .child(own_picture(screen))
}

/// One of the settings that a visitor chooses from a list.
struct Setting {
    part: &'static str,
    word: Word,
    preset: fn(&Options) -> bool,
    chosen: fn(&mut Choice) -> &mut String,
    /// What there is, where the proxy does not say.
    usual: &'static [&'static str],
    allowed: fn(Screen) -> Option<Vec<String>>,
}

static RESOLUTION: Setting = Setting {
    part: "resolution",
    word: Word::Resolution,
    preset: |options| options.resolution.is_some(),
    chosen: |choice| &mut choice.resolution,
    usual: &["1080p", "720p"],
    allowed: |screen| screen.limits.get().map(|limits| limits.resolutions),
};

static FORMAT: Setting = Setting {
    part: "format",
    word: Word::Format,
    preset: |options| options.format.is_some(),
    chosen: |choice| &mut choice.format,
    usual: &["mp4", "webm"],
    allowed: |screen| screen.limits.get().map(|limits| limits.formats),
};

static BACKGROUND: Setting = Setting {
    part: "background",
    word: Word::Background,
    preset: |options| options.background.is_some(),
    chosen: |choice| &mut choice.background,
    usual: &["office", "transparent", OWN_PICTURE],
    allowed: |_| None,
};

fn setting(screen: Screen, setting: &'static Setting) -> Tag {
    let words = screen.words;
    tag("div")
        .attr("class", "setting")
        .hidden(move || {
            let options = screen.options.get();
            options.controls.is_none() && (setting.preset)(&options)
        })
        .child(
            tag("label")
                .attr("for", setting.part)
                .word(words, setting.word),
        )
        .child(
            tag("select")
                .attr("part", setting.part)
                .attr("id", setting.part)
                .on("change", move |event| {
                    let value = value_of(&event);
                    screen
                        .choice
                        .update(|choice| *(setting.chosen)(choice) = value);
                })
                .content(move || {
                    let mut options = vec![choice("").word(words, Word::Automatic)];
                    match (setting.allowed)(screen) {
                        Some(allowed) => options.extend(allowed.iter().map(|it| option(words, it))),
                        None => {
                            let usual = setting.usual.iter();
                            options.extend(usual.map(|it| option(words, it)));
                        }
                    }
                    options
                })
                .property("value", move || {
                    // The choices may just have been made anew.
                    (setting.allowed)(screen);
                    let value = (setting.chosen)(&mut screen.choice.get()).clone();
                    // Whatever its address, it is the visitor's own picture.
                    if is_address(&value) {
                        OWN_PICTURE.into()
                    } else {
                        value.into()
                    }
                }),
        )
}

fn own_picture(screen: Screen) -> Tag {
    let words = screen.words;
    tag("input")
        .attr("type", "url")
        .attr("part", "background-address")
        .attr("class", "search")
        .attr_word("placeholder", words, Word::PictureAddress)
        .attr_word("aria-label", words, Word::PictureAddress)
        .hidden(move || !is_address(&screen.choice.get().background))
        .property("value", move || screen.choice.get().background.into())
        .on("input", move |event| {
            let mut address = value_of(&event);
            if !is_address(&address) {
                address.insert_str(0, OWN_PICTURE);
            }
            screen.choice.update(|choice| choice.background = address);
        })
}

fn is_address(background: &str) -> bool {
    background.contains(':')
}

fn option(words: Field<Words>, value: &str) -> Tag {
    choice(value).word(
        words,
        match value {
            "office" => Word::Office,
            "transparent" => Word::Transparent,
            OWN_PICTURE => Word::OwnPicture,
            other => return choice(other).say(other),
        },
    )
}
