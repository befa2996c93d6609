//! A page takes the widget out and puts it back, or elsewhere: as frameworks do it, whenever they like.

use std::time::Duration;

use konpro_simulator::{Call, Fault, FaultKind};
use serde_json::json;

use crate::stage::{Stage, play};
use crate::waiting::until;

/// Leaves time for something to happen in mid-job, on a busy machine too.
const SLOWLY: f64 = 4.0;

/// Elsewhere at once, which browsers tell as out and in.
const MOVE: &str = "document.body.insertBefore(widget, document.body.firstChild)";

#[tokio::test]
async fn a_script_that_is_being_written_is_still_there_after_a_move_and_after_an_absence() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        let script = "Half a sentence, and";
        widget.compose(script, "480p", "webm").await;
        widget.run(MOVE).await;
        let chosen = "const root = widget.shadowRoot;
            const value = (part) => root.querySelector(part).value;
            return [value('[name=avatar]:checked'), value('[name=voice]:checked'), value('[part~=resolution]'), value('[part~=format]')]";
        let chosen = widget.ask(chosen).await.unwrap();
        assert_eq!(chosen, json!(["avatar-3656", "voice-103", "480p", "webm"]));
        assert_eq!(widget.written().await, script);

        stage.take_out().await;
        stage.put_back().await;
        assert_eq!(stage.widget().written().await, script);
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_finds_settings_and_filters_in_the_language_of_now() {
    play(20.0, async |stage| {
        stage.open_page().await;
        stage.widget().compose("Hello", "480p", "webm").await;
        stage.take_out().await;
        stage.put_back().await;
        let widget = stage.widget();
        widget.run("widget.lang = 'de'").await;
        widget.click("[part~=settings] summary").await;
        let there = "const root = widget.shadowRoot;
            return [root.querySelector('[part~=resolution]')?.value, root.querySelector('[part~=avatar-search]')?.placeholder]";
        until("both", async || {
            let there = widget.ask(there).await?;
            (there == json!(["480p", "Avatare suchen"])).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_script_that_is_being_sent_is_paid_once_whether_moved_or_absent() {
    for absent in [false, true] {
        play(SLOWLY, async |stage| {
            stage.expect_network_failures();
            stage.simulator.inject(Fault {
                on: Call::Create,
                kind: FaultKind::Delayed(Duration::from_secs(3)),
                times: 1,
            });
            stage.open_page().await;
            let widget = stage.widget();
            widget.compose("On its way.", "360p", "mp4").await;
            widget.generate().await;
            until("KonPro to be asked", async || {
                (stage.paid() == 1).then_some(())
            })
            .await;
            stage.disturb(absent).await;
            stage.ends_once().await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_wait_goes_on_after_a_move_and_after_an_absence() {
    for absent in [false, true] {
        play(SLOWLY, async |stage| {
            stage.open_page().await;
            let widget = stage.widget();
            widget.compose("Please hold.", "360p", "mp4").await;
            widget.generate().await;
            until("the job", async || {
                stage.heard("konpro-created").await.pop()
            })
            .await;
            widget.part("progress").await;
            stage.disturb(absent).await;
            let quote = widget.part("quote").await.text().await.unwrap();
            assert_eq!(quote, "Please hold.");
            stage.ends_once().await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_video_that_plays_is_still_there_after_a_move_and_after_an_absence() {
    for absent in [false, true] {
        play(20.0, async |stage| {
            stage.open_page().await;
            let widget = stage.widget();
            widget
                .compose("And now for something completely different.", "360p", "mp4")
                .await;
            widget.generate().await;
            widget.plays(640, 360).await;
            stage.disturb(absent).await;
            if absent {
                stage.ends_once().await;
            } else {
                // It neither stopped nor began anew.
                widget.is_playing(640, 360).await;
                let paused = "return widget.shadowRoot.querySelector('video').paused";
                assert_eq!(widget.ask(paused).await.unwrap(), json!(false));
            }
            assert_eq!(stage.paid(), 1);
        })
        .await;
    }
}

impl Stage {
    /// Moves the widget, or takes it out for a while.
    async fn disturb(&self, absent: bool) {
        if absent {
            self.take_out().await;
            self.put_back().await;
        } else {
            self.widget().run(MOVE).await;
        }
    }

    /// Out, and nothing of the widget is at work any more.
    async fn take_out(&self) {
        let out = "window.taken = widget; window.home = widget.parentNode; widget.remove()";
        self.widget().run(out).await;
    }

    async fn put_back(&self) {
        let client = &self.browser.client;
        let back = "home.append(taken)";
        client.execute(back, Vec::new()).await.unwrap();
    }

    async fn ends_once(&self) {
        self.widget().plays(640, 360).await;
        assert!(self.heard("konpro-failed").await.is_empty());
        assert_eq!(self.simulator.counts().requests(Call::Create), 1);
        assert_eq!(self.paid(), 1);
    }
}
