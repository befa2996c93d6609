use js_sys::JSON;
use konpro_video::messages::GERMAN;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::stage::{
    AVATARS, CREATE, Widget, answer, asked, begin_afresh, body, header, settle, until,
};

#[test]
async fn what_is_preset_is_not_asked_for() {
    begin_afresh();
    let widget = Widget::open(&[("text", "Hello"), ("voice-id", "v1")]);
    until("the avatars are there", || {
        widget.count("[part=avatar]") == 2
    })
    .await;
    let hidden = |selector: &str| {
        widget
            .find(selector)
            .unwrap()
            .closest("[hidden]")
            .unwrap()
            .is_some()
    };
    assert!(hidden("[part=script]") && hidden("[part=voices]"));
    assert!(!hidden("[part=avatars]"));
    assert_eq!(asked("GET /v1/voices"), 0, "nobody sees the voices");
}

#[test]
async fn the_counter_counts_characters_warns_and_refuses() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("שלום 🎬").await;
    assert_eq!(widget.text("#count"), "6 of 50 · about 1 second of speech");
    assert_eq!(widget.text("#room"), "");
    widget.write(&"x".repeat(47));
    settle().await;
    assert_eq!(widget.text("#room"), "3 characters left");
    widget.write(&"🎬".repeat(51));
    settle().await;
    assert_eq!(widget.text("#room"), "1 character too many");
    assert_eq!(
        widget
            .part("script")
            .get_attribute("aria-invalid")
            .as_deref(),
        Some("true")
    );
    widget.click("generate");
    settle().await;
    assert_eq!(
        widget.text("[part=message]"),
        "The script is too long. Please shorten it."
    );
    assert_eq!(asked(CREATE), 0);
}

#[test]
async fn the_limits_are_asked_for_once() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("it is asked for", || asked(CREATE) == 1).await;
    assert_eq!(asked("GET /v1/limits"), 1);
}

#[test]
async fn a_blank_script_is_refused_in_words() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose(" \n\t ").await;
    widget.click("generate");
    settle().await;
    assert_eq!(
        widget.text("[part=message]"),
        "Please write what the presenter should say."
    );
    assert_eq!(widget.events(), ["refused"]);
    assert_eq!(asked(CREATE), 0);
}

#[test]
async fn odd_text_is_sent_as_it_is_and_shown_as_text() {
    begin_afresh();
    let widget = Widget::open(&[]);
    let script = "<script>a</script>\u{7}\u{202e}<img src=x>";
    widget.compose(script).await;
    widget.click("generate");
    until("it is asked for", || asked(CREATE) == 1).await;
    let sent = JSON::parse(&body(CREATE)).unwrap();
    let text = js_sys::Reflect::get(&sent, &"text".into()).unwrap();
    assert_eq!(text.as_string().as_deref(), Some(script));
    until("it is shown", || widget.text("[part=quote]") == script).await;
    assert_eq!(widget.count("script, [part=quote] img"), 0);
}

#[test]
async fn names_from_elsewhere_are_text() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("").await;
    assert_eq!(
        widget.text("label:nth-of-type(2) .name"),
        "Bob <b>the</b> \"Builder\""
    );
    assert_eq!(widget.count(".name b"), 0);
}

#[test]
async fn the_choices_are_what_is_asked_for() {
    begin_afresh();
    let widget = Widget::open(&[("resolution", "720p"), ("background", "office")]);
    widget.compose("Hello").await;
    widget.click_on("label:nth-of-type(2) input");
    widget.click_on(".row:nth-child(2) input");
    widget.click("generate");
    until("it is asked for", || asked(CREATE) == 1).await;
    let expected = r#"{"avatar_id":"bob","voice_id":"v2","text":"Hello","settings":{"resolution":"720p","background":"office"}}"#;
    assert_eq!(body(CREATE), expected);
    assert_eq!(header(CREATE, "Idempotency-Key").len(), 32);
    assert_eq!(header(CREATE, "Authorization"), "Bearer token");
}

#[test]
async fn a_list_that_does_not_come_is_loaded_again_when_asked() {
    begin_afresh();
    answer(AVATARS, 503, "{}");
    let widget = Widget::open(&[]);
    until("it says so", || {
        widget
            .text(".choices")
            .contains("This list could not be loaded.")
    })
    .await;
    let usual = r#"{"avatars": [{"id": "ada", "name": "Ada"}], "pagination": {"page": 1, "total_pages": 1}}"#;
    answer(AVATARS, 200, usual);
    widget.click("more");
    until("the list is there", || widget.count("[part=avatar]") == 1).await;
    assert!(!widget.text(".choices").contains("could not"));
}

#[test]
async fn nobody_is_told_to_choose_from_a_list_that_did_not_come() {
    begin_afresh();
    answer(AVATARS, 503, "{}");
    let widget = Widget::open(&[("text", "Hello")]);
    until("it says so", || widget.count("[part~=more]") > 0).await;
    widget.click("generate");
    until("it is told", || widget.count("[part=message]") == 1).await;
    assert!(
        widget
            .text("[part=message]")
            .starts_with("The presenters could not be loaded.")
    );
}

#[test]
async fn a_changed_attribute_takes_effect() {
    begin_afresh();
    let widget = Widget::open(&[("text", "Before")]);
    widget
        .handle()
        .update("controls", Some("script".to_owned()));
    widget.handle().update("text", Some("After".to_owned()));
    settle().await;
    let field = widget.part("script");
    let value = js_sys::Reflect::get(&field, &"value".into()).unwrap();
    assert_eq!(value.as_string().as_deref(), Some("After"));
    assert!(field.closest("[hidden]").unwrap().is_none());
}

#[test]
async fn what_is_asked_for_is_summed_up_before() {
    begin_afresh();
    answer(
        "GET /v1/limits",
        200,
        r#"{"max_text": 5000, "credits": {"per_minute": 1.0, "increment": 30},
            "quota": {"limit": 5, "left": 1, "resets_at": "2026-11-25T12:00:00Z"},
            "estimate": {"base": 60.0, "per_character": 0.1}}"#,
    );
    let widget = Widget::open(&[]);
    until("the limits are there", || asked("GET /v1/limits") == 1).await;
    settle().await;
    let summary: web_sys::HtmlElement = widget.part("summary").unchecked_into();
    assert!(summary.hidden(), "nothing is written yet");
    widget.write(&"x".repeat(14 * 40));
    settle().await;
    assert!(!summary.hidden());
    assert_eq!(
        widget.text("[part=summary]"),
        "Length of the video: about 40 seconds\nReady after about 2 minutes\nCosts 1 credit"
    );
    widget.write("Hello.");
    settle().await;
    assert!(widget.text("[part=summary]").contains("Costs 0.5 credits"));
}

#[test]
async fn a_voice_that_does_not_speak_what_is_written_is_pointed_out() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("Welcome to our hotel!").await;
    let warning = || widget.text(".send > .over");
    assert_eq!(warning(), "");
    widget.write("ようこそ、当ホテルへ。");
    settle().await;
    assert_eq!(
        warning(),
        "This voice speaks American English. Your script looks like another language."
    );
    widget.write("1, 2, 3 … 🎬");
    settle().await;
    assert_eq!(warning(), "", "that is no language's");
}

#[test]
async fn another_language_is_spoken_at_once_and_nothing_is_lost() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("שלום").await;
    widget.handle().speak(GERMAN.load());
    settle().await;
    assert_eq!(widget.written(), "שלום");
    assert_eq!(
        widget.text("#count"),
        "4 von 50 · etwa 1 Sekunde Sprechzeit"
    );
    let label = widget.part("frame").get_attribute("aria-label").unwrap();
    assert_ne!(label, "Video maker");
    let first = widget.text("[part=voice] .kind");
    assert!(
        first.starts_with("Englisch") || first.starts_with("Amerikanisches"),
        "{first}"
    );
}
