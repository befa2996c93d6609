//! What goes wrong, and how a visitor gets over it.

use konpro_simulator::{Call, Fault, FaultKind};

use crate::stage::play;
use crate::waiting::until;

/// Leaves time for something to happen in mid-job, on a busy machine too.
const SLOWLY: f64 = 4.0;

#[tokio::test]
async fn a_failing_render_says_so_and_another_try_succeeds() {
    play(20.0, async |stage| {
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::FailingRender,
            times: 1,
        });
        stage.open_page().await;
        let widget = stage.widget();
        widget
            .compose("Better luck next time.", "720p", "mp4")
            .await;
        widget.generate().await;
        widget.part("message").await;
        widget
            .says("Something went wrong while the video was being made.")
            .await;
        let failed = stage.heard("konpro-failed").await;
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0]["error"]["code"], "PROCESSING_ERROR");

        widget.click("[part~=retry]").await;
        widget.plays(1280, 720).await;
        assert_eq!(stage.paid(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_told_and_the_job_goes_on_when_it_is_back() {
    play(SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Can you hear me?", "720p", "mp4").await;
        widget.generate().await;
        until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;

        stage.wire.cut();
        widget.says("The connection is gone.").await;
        stage.wire.restore();
        widget.plays(1280, 720).await;
        assert_eq!(stage.heard("konpro-failed").await.len(), 0);
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_ask_whose_answer_is_lost_pays_once() {
    play(SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::Delayed(std::time::Duration::from_secs(3)),
            times: 1,
        });
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Once is enough.", "720p", "mp4").await;
        widget.generate().await;
        until("KonPro to be asked", async || {
            (stage.paid() == 1).then_some(())
        })
        .await;

        stage.wire.cut();
        widget.says("The connection is gone.").await;
        stage.wire.restore();
        widget.plays(1280, 720).await;
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_stops_waiting_keeps_the_script_and_is_not_called_back() {
    play(20.0, async |stage| {
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::Stuck,
            times: 1,
        });
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Never mind.", "720p", "mp4").await;
        widget.generate().await;
        until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;
        widget.click("[part~=cancel]").await;
        assert_eq!(widget.written().await, "Never mind.");
        assert_eq!(stage.heard("konpro-failed").await.len(), 0);

        stage.open_page().await;
        widget.part("generate").await;
    })
    .await;
}
