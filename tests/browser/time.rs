//! Time does what it does on real computers: they sleep, and are offline for a while.

use serde_json::json;

use serde_json::Value;

use crate::stage::{Stage, play};
use crate::waiting::until;

/// Leaves time for something to happen in mid-job, on a busy machine too.
const SLOWLY: f64 = 4.0;

#[tokio::test]
async fn a_computer_that_wakes_up_has_its_job_looked_at_before_any_timer_fires() {
    play(SLOWLY, async |stage| {
        let look = stage.begins("I slept for three hours.").await;
        for returns in [
            "document.dispatchEvent(new Event('visibilitychange'))",
            "window.dispatchEvent(new Event('online'))",
        ] {
            let before = stage.gate.asked(&look);
            stage.fall_asleep().await;
            stage.set_clock(180).await;
            stage.widget().run(returns).await;
            until("a look", async || {
                (stage.gate.asked(&look) > before).then_some(())
            })
            .await;
            stage.wake().await;
        }
        stage.ends_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_night_without_a_network_ends_with_the_video() {
    play(SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.begins("The whole night without a network.").await;
        stage.fall_asleep().await;
        stage.wire.cut();
        stage.set_clock(12 * 60).await;
        stage.wake().await;
        let widget = stage.widget();
        widget.says("The connection is gone.").await;
        stage.wire.restore();
        widget
            .run("window.dispatchEvent(new Event('online'))")
            .await;
        stage.ends_well().await;
    })
    .await;
}

#[tokio::test]
async fn ten_minutes_offline_are_told_and_the_job_goes_on_by_itself() {
    play(SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.begins("Through a long tunnel.").await;
        stage.wire.cut();
        let widget = stage.widget();
        let gone = "The connection is gone. It goes on by itself as soon as it is back.";
        widget.says(gone).await;
        stage.set_clock(10).await;
        widget.says(gone).await;
        widget.part("progress").await;
        stage.wire.restore();
        stage.ends_well().await;
    })
    .await;
}

impl Stage {
    /// Opens a page whose clock is the scenario's, asks for a video, and waits until the job is known. Returns what looks
    /// at it.
    async fn begins(&self, script: &str) -> String {
        self.own_the_clock().await;
        self.open_page().await;
        let widget = self.widget();
        widget.compose(script, "360p", "mp4").await;
        widget.generate().await;
        let job = until("the job", async || self.heard("konpro-created").await.pop()).await;
        widget.part("progress").await;
        let id = job["job_id"].as_str().unwrap();
        let streams = format!("GET /v1/video-avatars/{id}/events");
        until("news to be pushed", async || {
            (self.gate.asked(&streams) > 0).then_some(())
        })
        .await;
        format!("GET /v1/video-avatars/{id}")
    }

    /// The video plays, and was paid once.
    async fn ends_well(&self) {
        self.widget().plays(640, 360).await;
        assert_eq!(self.heard("konpro-failed").await, [json!(null); 0]);
        assert_eq!(self.paid(), 1);
    }
}
#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_progress_undone() {
    play(SLOWLY, async |stage| {
        stage.begins("What time is it, please?").await;
        let widget = stage.widget();
        let note = "window.shown = [];
            const bar = widget.shadowRoot.querySelector('progress');
            const note = () => bar.hasAttribute('value') && shown.push(bar.value);
            note();
            new MutationObserver(note).observe(bar, { attributes: true })";
        widget.run(note).await;
        let shown = async || widget.ask("return window.shown").await;
        let goes_on = async |more: usize| {
            until("progress", async || {
                let shown = shown().await?;
                (shown.as_array()?.len() >= more).then_some(())
            })
            .await;
        };
        goes_on(4).await;
        stage.set_clock(-120).await;
        stage.ends_well().await;

        let shown = shown().await.unwrap();
        let values = shown.as_array().unwrap().iter().map(Value::as_f64);
        let values: Vec<f64> = values.map(Option::unwrap).collect();
        assert!(values.is_sorted(), "{values:?}");
    })
    .await;
}
