use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::stage::{
    CREATE, Widget, answer, asked, begin_afresh, given_up, push, settle, streams, until,
};

const WITHDRAW: &str = "DELETE /v1/video-avatars/job-1";

async fn working() -> Widget {
    let widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("the job is watched", || streams() == 1).await;
    widget
}

#[test]
async fn progress_follows_the_estimate_and_the_video_follows_the_push() {
    begin_afresh();
    let widget = working().await;
    until("the estimate is shown", || {
        widget.text(".left") == "About 2 minutes left"
    })
    .await;
    let bar = widget.part("progress");
    assert_eq!(bar.get_attribute("role").as_deref(), Some("progressbar"));
    assert!(bar.get_attribute("value").unwrap().parse::<u32>().unwrap() < 20);
    assert_eq!(
        bar.get_attribute("aria-valuetext").as_deref(),
        Some("About 2 minutes left")
    );

    push(
        r#"{"job_id": "job-1", "status": "completed", "video_url": "https://cdn.example/v.mp4", "duration": 2.5}"#,
    );
    until("the video is there", || widget.phase() == "ready").await;
    let video = widget.part("video");
    assert_eq!(
        video.get_attribute("src").as_deref(),
        Some("/v1/video-avatars/job-1/video")
    );
    assert_eq!(
        widget.part("download").get_attribute("href").as_deref(),
        Some("/v1/video-avatars/job-1/video?download")
    );
    assert_eq!(widget.text("[part=ai-label]"), "AI-generated");
    assert_eq!(widget.events(), ["created", "completed"]);
    assert_eq!(streams(), 0, "nothing is left to hear");
}

#[test]
async fn a_job_in_the_queue_says_its_place_and_shows_no_progress() {
    begin_afresh();
    answer(
        CREATE,
        201,
        r#"{"job_id": "job-1", "status": "pending", "queue_position": 3}"#,
    );
    let widget = working().await;
    until("its place is said", || {
        widget.text(".left") == "Number 3 in the queue"
    })
    .await;
    assert_eq!(widget.part("progress").get_attribute("value"), None);
    assert_eq!(widget.text(".waiting h2"), "Your video is waiting its turn");
    push(r#"{"job_id": "job-1", "status": "pending", "queue_position": 1}"#);
    until("it is next", || widget.text(".left") == "Next in the queue").await;
    push(r#"{"job_id": "job-1", "status": "processing"}"#);
    until("it has begun", || {
        widget.text(".waiting h2") == "Your video is being made"
    })
    .await;
    assert_eq!(widget.events(), ["created", "progress", "progress"]);
}

#[test]
async fn who_stops_waiting_is_back_at_the_form_and_the_job_is_withdrawn() {
    begin_afresh();
    answer(
        CREATE,
        201,
        r#"{"job_id": "job-1", "status": "pending", "queue_position": 2}"#,
    );
    let widget = working().await;
    until("the job is known", || {
        widget.text(".left").contains("queue")
    })
    .await;
    widget.click("cancel");
    until("it is withdrawn", || asked(WITHDRAW) == 1).await;
    assert_eq!(widget.phase(), "composing");
    assert_eq!(
        widget.text("[role=status].unseen"),
        "Stopped. Your script is still here."
    );
    assert_eq!(widget.text("#count"), "5 of 50 · about 1 second of speech");
    assert_eq!(
        widget.events(),
        ["created"],
        "a cancelled job sends no event"
    );
}

#[test]
async fn a_widget_that_is_removed_stops_everything() {
    begin_afresh();
    let mut widget = working().await;
    widget.remove();
    until("nothing is listened to", || streams() == 0).await;
    assert_eq!(widget.count("*"), 0);

    begin_afresh();
    answer(CREATE, -1, "{}");
    let mut widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("it is asked for", || asked(CREATE) == 1).await;
    widget.remove();
    until("the request is given up", || given_up(CREATE)).await;
}

#[test]
async fn without_a_proxy_that_answers_the_widget_says_so_and_goes_on_by_itself() {
    begin_afresh();
    answer(CREATE, 0, "{}");
    let widget = Widget::open(&[]);
    widget.compose("Hello").await;
    widget.click("generate");
    until("it says so", || {
        widget.text(".hint").starts_with("The connection is gone.")
    })
    .await;
    assert_eq!(widget.phase(), "working");
    answer(
        CREATE,
        201,
        r#"{"job_id": "job-1", "status": "processing"}"#,
    );
    web_sys::window()
        .unwrap()
        .dispatch_event(&web_sys::Event::new("online").unwrap())
        .unwrap();
    until("it goes on", || streams() == 1).await;
    settle().await;
    assert!(!widget.text(".hint").contains("gone"));
}

#[test]
async fn a_bare_proxy_is_looked_at_and_its_own_link_is_played() {
    begin_afresh();
    answer("GET /v1/limits", 404, "{}");
    answer(
        CREATE,
        200,
        r#"{"job_id": "job-1", "status": "completed", "video_url": "https://cdn.example/v.mp4"}"#,
    );
    let widget = Widget::open(&[
        ("avatar-id", "ada"),
        ("voice-id", "v1"),
        ("text", "Hello"),
        ("autostart", ""),
    ]);
    until("the video is there", || widget.phase() == "ready").await;
    assert_eq!(
        widget.part("video").get_attribute("src").as_deref(),
        Some("https://cdn.example/v.mp4")
    );
    assert_eq!(streams(), 0);
}

#[test]
async fn a_job_that_the_page_names_is_shown() {
    begin_afresh();
    let widget = Widget::open(&[("job-id", "job-1")]);
    until("it is watched", || streams() == 1).await;
    assert_eq!(asked(CREATE), 0);
    assert_eq!(widget.phase(), "working");
    // Nobody here knows what it says.
    assert_eq!(
        widget.count("[part=quote]:not([hidden]), h3:not([hidden])"),
        0
    );
}
