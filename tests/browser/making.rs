//! A visitor types a script and watches the finished video.

use konpro_simulator::Call;

use crate::stage::play;
use crate::waiting::until;

/// Leaves time for something to happen in mid-job, on a busy machine too.
const SLOWLY: f64 = 4.0;

#[tokio::test]
async fn a_script_becomes_a_video_that_plays_as_mp4() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        let script = "Welcome! <script>alert(1)</script> & שלום.";
        widget.compose(script, "720p", "mp4").await;
        widget.generate().await;
        widget.part("progress").await;
        widget.plays(1280, 720).await;

        assert!(stage.media_of_type("video/mp4"));
        assert_eq!(stage.heard("konpro-created").await.len(), 1);
        assert_eq!(stage.heard("konpro-completed").await.len(), 1);
        assert_eq!(stage.heard("konpro-failed").await.len(), 0);
        let created = stage.simulator.counts().created;
        assert_eq!(created.len(), 1);
        assert_eq!(created[0].text, script);
        // The second avatar and the third voice of the lists.
        assert_eq!(created[0].avatar_id, "avatar-3656");
        assert_eq!(created[0].voice_id, "voice-103");
    })
    .await;
}

#[tokio::test]
async fn a_script_becomes_a_video_that_plays_as_webm() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget
            .compose("The same in another form.", "360p", "webm")
            .await;
        widget.generate().await;
        widget.plays(640, 360).await;
        assert!(stage.media_of_type("video/webm"));
    })
    .await;
}

#[tokio::test]
async fn a_reload_in_mid_job_goes_on_watching_the_same_job() {
    play(SLOWLY, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget
            .compose("I am still here after a reload.", "720p", "mp4")
            .await;
        widget.generate().await;
        let job = until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;

        stage.open_page().await;
        widget.part("progress").await;
        widget.plays(1280, 720).await;
        let completed = stage.heard("konpro-completed").await;
        assert_eq!(completed.len(), 1);
        assert_eq!(completed[0]["job_id"], job["job_id"]);
        assert_eq!(stage.simulator.counts().requests(Call::Create), 1);
    })
    .await;
}
