use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::stage::{CREATE, Widget, asked, begin_afresh, push, settle, streams, until};

fn kept() -> u32 {
    web_sys::window()
        .unwrap()
        .local_storage()
        .unwrap()
        .unwrap()
        .length()
        .unwrap()
}

async fn started(name: &str, attributes: &[(&str, &str)]) -> Widget {
    let before = streams();
    let widget = Widget::named(name, attributes);
    widget.compose("Hello").await;
    widget.click("generate");
    until("the job is watched", || streams() == before + 1).await;
    widget
}

#[test]
async fn a_reload_goes_on_with_the_same_job() {
    begin_afresh();
    let mut widget = started("widget", &[]).await;
    widget.remove();
    settle().await;

    let reloaded = Widget::named("widget", &[]);
    until("the job is watched again", || streams() == 1).await;
    assert_eq!(asked(CREATE), 1, "nobody pays twice");
    assert_eq!(reloaded.phase(), "working");
    assert_eq!(reloaded.text("[part=quote]"), "Hello");
    push(r#"{"job_id": "job-1", "status": "completed", "video_url": "https://cdn.example/v.mp4"}"#);
    until("the video is there", || reloaded.phase() == "ready").await;
}

#[test]
async fn two_widgets_keep_their_own_jobs() {
    begin_afresh();
    let mut first = started("first", &[]).await;
    let second = Widget::named("second", &[]);
    second.compose("Other").await;
    assert_eq!(second.phase(), "composing");
    // A job, and two drafts.
    assert_eq!(kept(), 3);
    first.remove();
    settle().await;
    let first = Widget::named("first", &[]);
    until("the first goes on", || first.phase() == "working").await;
    assert_eq!(second.phase(), "composing");
}

#[test]
async fn nothing_is_kept_where_the_page_says_so() {
    begin_afresh();
    let widget = started("widget", &[("history", "off")]).await;
    assert_eq!(kept(), 0);
    assert!(
        widget
            .text(".hint")
            .contains("Please leave this page open.")
    );
}

#[test]
async fn a_record_that_cannot_be_read_is_as_good_as_none() {
    begin_afresh();
    let mut widget = started("widget", &[]).await;
    widget.remove();
    let storage = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    let names = (0..kept()).map(|nth| storage.key(nth).unwrap().unwrap());
    let name = names.into_iter().find(|name| !name.ends_with("draft"));
    let name = name.unwrap();
    for broken in [
        "",
        "{",
        "[]",
        r#"{"key": 5}"#,
        r#"{"key": "k", "video": [], "job": {}, "since": -1}"#,
    ] {
        storage.set_item(&name, broken).unwrap();
        let widget = Widget::named("widget", &[]);
        widget.compose("Hello").await;
        assert_eq!(widget.phase(), "composing", "{broken}");
    }
}

#[test]
async fn what_starts_by_itself_starts_once() {
    begin_afresh();
    let preset = [
        ("avatar-id", "ada"),
        ("voice-id", "v1"),
        ("text", "Hello"),
        ("autostart", ""),
    ];
    let mut widget = Widget::named("widget", &preset);
    until("the job is watched", || streams() == 1).await;
    widget.remove();
    settle().await;
    let widget = Widget::named("widget", &preset);
    until("the job is watched again", || streams() == 1).await;
    settle().await;
    assert_eq!(asked(CREATE), 1);
    drop(widget);

    let other = [
        ("avatar-id", "ada"),
        ("voice-id", "v1"),
        ("text", "Another"),
        ("autostart", ""),
    ];
    let _widget = Widget::named("widget", &other);
    until("the other is asked for", || asked(CREATE) == 2).await;
}

#[test]
async fn a_draft_survives_a_reload() {
    begin_afresh();
    let mut widget = Widget::named("widget", &[]);
    widget.compose("Dear guest,").await;
    widget.remove();
    let widget = Widget::named("widget", &[]);
    assert_eq!(widget.written(), "Dear guest,");
    drop(widget);
    let preset = Widget::named("widget", &[("text", "Hello"), ("controls", "script")]);
    assert_eq!(preset.written(), "Hello", "the page has the first word");
    drop(preset);
    let other = Widget::named("other", &[]);
    assert_eq!(other.written(), "");
    drop(other);
    let mut widget = Widget::named("widget", &[("history", "off")]);
    assert_eq!(widget.written(), "");
    widget.write("Not this");
    widget.remove();
    let widget = Widget::named("widget", &[]);
    assert_eq!(widget.written(), "Dear guest,");
}

#[test]
async fn choices_survive_a_reload_unless_they_are_gone() {
    begin_afresh();
    let chosen = |widget: &Widget, group: &str| {
        let checked = widget.find(&format!("[name={group}]:checked"));
        checked.and_then(|it| it.get_attribute("value"))
    };
    let mut widget = Widget::named("widget", &[]);
    widget.compose("Dear guest,").await;
    let first = chosen(&widget, "avatar").unwrap();
    widget.click_on(&format!("[name=avatar]:not([value={first}])"));
    let second = chosen(&widget, "avatar").unwrap();
    assert_ne!(first, second);
    widget.remove();
    let mut widget = Widget::named("widget", &[]);
    until("the lists", || chosen(&widget, "avatar").is_some()).await;
    assert_eq!(chosen(&widget, "avatar"), Some(second.clone()));
    widget.remove();
    let preset = Widget::named("widget", &[("avatar-id", &first), ("controls", "avatar")]);
    until("the lists", || chosen(&preset, "avatar").is_some()).await;
    assert_eq!(chosen(&preset, "avatar"), Some(first.clone()));
    drop(preset);

    let storage = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    let name = "konpro-video  widget draft";
    let draft = storage.get_item(name).unwrap().unwrap();
    storage
        .set_item(name, &draft.replace(&second, "gone"))
        .unwrap();
    let widget = Widget::named("widget", &[]);
    until("the lists", || chosen(&widget, "avatar").is_some()).await;
    assert_eq!(chosen(&widget, "avatar"), Some(first));
    assert_eq!(widget.written(), "Dear guest,");
}
