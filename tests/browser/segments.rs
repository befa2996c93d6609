//! A long script becomes several videos that play as one.

use konpro_simulator::{Call, Fault, FaultKind};
use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::waiting::until;
use crate::widget::Widget;

/// Leaves time for something to happen while segments are being made.
const SLOWLY: f64 = 20.0;

/// More than a minute to say.
pub fn script() -> String {
    let sentences: Vec<String> = (1..=24)
        .map(|number| format!("Guest number {number} is welcome, and so is everybody with them."))
        .collect();
    sentences.join(" ")
}

/// What KonPro was asked to say, all in all.
fn said(stage: &Stage) -> String {
    let mut created = stage.simulator.counts().created;
    // In the order in which they stand in the script, whichever came first.
    let script = script();
    created.sort_by_key(|it| script.find(&it.text));
    let texts: Vec<String> = created.into_iter().map(|it| it.text).collect();
    texts.join(" ")
}

async fn parts(widget: &Widget<'_>) -> usize {
    let count = "return widget.shadowRoot.querySelectorAll('[part~=parts] > li').length";
    let parts = until("the parts", async || {
        widget.ask(count).await?.as_u64().filter(|it| *it > 1)
    });
    usize::try_from(parts.await).unwrap()
}

#[tokio::test]
async fn a_long_script_is_announced_in_parts_and_plays_while_they_are_made() {
    play(SLOWLY, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.says("one after the other").await;
        widget.says("The first part plays after about").await;
        widget.generate().await;
        let count = parts(&widget).await;
        widget.says("1 of").await;
        widget.click("[part~=play]").await;
        until("the first part to play", async || {
            let script = "return [...widget.shadowRoot.querySelectorAll('video')].some((it) => it.currentTime > 0.3)";
            (widget.ask(script).await? == json!(true)).then_some(())
        })
        .await;
        assert!(stage.heard("konpro-completed").await.is_empty(), "it plays before all is made");

        let completed = until("all of it", async || stage.heard("konpro-completed").await.pop()).await;
        assert_eq!(said(stage), script());
        assert_eq!(stage.paid(), count);
        let ids = completed["job_id"].as_str().unwrap().split(' ').count();
        assert_eq!((ids, completed["segments"].as_array().unwrap().len()), (count, count));
        assert!(completed["duration"].as_f64().unwrap() > 60.0);
        assert_eq!(stage.heard("konpro-created").await.len(), 1);
        assert_eq!(stage.heard("konpro-failed").await, Vec::<Value>::new());
        let files = "return widget.shadowRoot.querySelectorAll('[part~=parts] a[download]').length";
        assert_eq!(widget.ask(files).await, Some(json!(count)));
    })
    .await;
}

#[tokio::test]
async fn a_reload_goes_on_with_the_parts_and_pays_for_none_twice() {
    play(SLOWLY, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        let count = parts(&widget).await;
        until("all to be asked for", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;
        stage.open_page().await;
        assert_eq!(parts(&widget).await, count);
        until("all of it", async || {
            stage.heard("konpro-completed").await.pop()
        })
        .await;
        assert_eq!(stage.paid(), count);

        // And once more when all is there.
        stage.open_page().await;
        widget.part("play").await;
        widget.click("[part~=another]").await;
        widget.part("generate").await;
        stage.open_page().await;
        widget.part("generate").await;
        assert_eq!(stage.paid(), count);
    })
    .await;
}

#[tokio::test]
async fn a_part_that_fails_is_made_anew_alone() {
    play(SLOWLY, async |stage| {
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::FailingRender,
            times: 1,
        });
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        let count = parts(&widget).await;
        let failed = until("the failure", async || {
            stage.heard("konpro-failed").await.pop()
        })
        .await;
        assert_eq!(failed["error"]["code"], "PROCESSING_ERROR");
        assert_eq!(stage.paid(), count);
        widget.click("[part~=parts] [part~=retry]").await;
        until("all of it", async || {
            stage.heard("konpro-completed").await.pop()
        })
        .await;
        assert_eq!(stage.paid(), count + 1);
    })
    .await;
}

#[tokio::test]
async fn who_stops_takes_back_the_parts_that_were_not_sent() {
    play(2.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        let count = parts(&widget).await;
        let created = until("all to be asked for", async || stage.heard("konpro-created").await.pop()).await;
        widget.click("[part~=cancel]").await;
        widget.part("generate").await;
        let last = created["job_id"].as_str().unwrap().split(' ').next_back().unwrap();
        let withdrawn = format!("const answer = await fetch('/v1/video-avatars/{last}'); return (await answer.json()).error?.code");
        until("the last one to be withdrawn", async || {
            (widget.ask(&format!("return (async () => {{ {withdrawn} }})()")).await? == json!("CANCELLED")).then_some(())
        })
        .await;
        assert!(stage.paid() < count, "{} of {count}", stage.paid());
    })
    .await;
}

#[tokio::test]
async fn a_page_that_wants_one_file_gets_one() {
    play(100.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.run("widget.segments = 'off'").await;
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        until("the video", async || {
            stage.heard("konpro-completed").await.pop()
        })
        .await;
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_widget_that_is_taken_out_and_put_back_goes_on_with_the_parts() {
    play(SLOWLY, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        let count = parts(&widget).await;
        let created = async || stage.heard("konpro-created").await.pop();
        until("all to be asked for", created).await;
        let absence = "window.place = widget.parentNode; window.gone = widget; widget.remove()";
        widget.run(absence).await;
        let client = &stage.browser.client;
        // A moment is enough to have it closed.
        let back = "setTimeout(() => place.append(gone)); return true";
        client.execute(back, Vec::new()).await.unwrap();
        assert_eq!(parts(&widget).await, count);
        let completed = async || stage.heard("konpro-completed").await.pop();
        until("all of it", completed).await;
        assert_eq!(stage.paid(), count);
    })
    .await;
}

#[tokio::test]
async fn a_video_in_parts_is_watched_again_from_the_list_with_its_own_words() {
    play(SLOWLY * 3.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.generate().await;
        let count = parts(&widget).await;
        let completed = async || stage.heard("konpro-completed").await.pop();
        until("all of it", completed).await;
        widget.click("[part~=another]").await;
        widget.part("generate").await;
        widget.run("widget.shadowRoot.querySelector('.history').open = true").await;
        for _ in 0..2 {
            widget.click("[part~=watch]").await;
            assert_eq!(parts(&widget).await, count);
            let words = "return [...widget.shadowRoot.querySelectorAll('[part~=parts] p')].map((it) => it.textContent).join(' ')";
            until("its words", async || {
                (widget.ask(words).await? == json!(script())).then_some(())
            })
            .await;
            widget.part("play").await;
            // And once more after something else.
            widget.click("[part~=another]").await;
            widget.part("generate").await;
        }
        assert_eq!(stage.paid(), count);
    })
    .await;
}
