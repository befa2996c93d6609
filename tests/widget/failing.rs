use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::stage::{CREATE, Widget, answer, asked, begin_afresh, push, streams, until};

#[test]
async fn a_refusal_is_told_in_a_sentence_and_to_the_page() {
    begin_afresh();
    answer(
        CREATE,
        403,
        r#"{"error": {"code": "INSUFFICIENT_PERMISSIONS", "message": "not in scope"}, "request_id": "req-1"}"#,
    );
    let widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("it is told", || widget.events() == ["failed"]).await;
    let message = widget.text("[part=message]");
    assert!(
        message.starts_with("This presenter or voice is not available here."),
        "{message}"
    );
    assert_eq!(widget.phase(), "composing");
    let told = widget.last_event();
    let job = js_sys::JSON::stringify(&told[0]).unwrap();
    assert!(String::from(job).contains(r#""status":"failed""#));
    assert_eq!(told[1], "INSUFFICIENT_PERMISSIONS");
    assert_eq!(told[2], "not in scope");
    assert_eq!(told[3], "req-1");
}

#[test]
async fn a_failed_render_can_be_tried_again() {
    begin_afresh();
    let widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("the job is watched", || streams() == 1).await;
    push(
        r#"{"job_id": "job-1", "status": "failed", "error": {"code": "PROCESSING_ERROR", "message": "<b>x</b>"}}"#,
    );
    until("it is told", || {
        widget
            .text("[part=message]")
            .contains("Something went wrong while the video was being made.")
    })
    .await;
    assert!(
        !widget.text("[part=message]").contains("<b>"),
        "a visitor reads our words"
    );
    widget.click("retry");
    until("it is asked for again", || asked(CREATE) == 2).await;
    assert_eq!(widget.phase(), "working");
}

#[test]
async fn a_page_that_may_not_use_the_proxy_is_told_at_once() {
    begin_afresh();
    answer(
        "GET /v1/limits",
        403,
        r#"{"error": {"code": "ORIGIN_NOT_ALLOWED", "message": "no"}, "request_id": "req-1"}"#,
    );
    let widget = Widget::open(&[
        ("avatar-id", "ada"),
        ("voice-id", "v1"),
        ("text", "Hello"),
        ("autostart", ""),
    ]);
    until("it is told", || {
        widget
            .text("[part=message]")
            .starts_with("Videos cannot be made on this page.")
    })
    .await;
    assert_eq!(asked(CREATE), 0);
}
