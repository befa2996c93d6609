//! The proxy is started again while a video is being made.

use std::{env, fs};

use crate::stage::{play, play_with};
use crate::waiting::until;

/// Leaves time for something to happen in mid-job, on a busy machine too.
const SLOWLY: f64 = 4.0;

#[tokio::test]
async fn a_proxy_that_is_started_again_in_mid_job_goes_on_with_it() {
    let folder = env::temp_dir().join(format!("konpro-restart-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let store = format!("sqlite:{}", folder.join("store.db").display());
    play_with(&["--store", &store], SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Do not mind me.", "360p", "mp4").await;
        widget.generate().await;
        let job = until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;

        stage.restart_proxy().await;
        widget.plays(640, 360).await;
        let completed = stage.heard("konpro-completed").await;
        assert_eq!(completed.len(), 1);
        assert_eq!(completed[0]["job_id"], job["job_id"]);
        assert!(stage.heard("konpro-failed").await.is_empty());
        assert_eq!(stage.paid(), 1);
    })
    .await;
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_proxy_that_has_forgotten_a_job_is_told_and_the_script_is_still_there() {
    play(SLOWLY, async |stage| {
        stage.expect_network_failures();
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Remember me.", "360p", "mp4").await;
        widget.generate().await;
        until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;

        stage.restart_proxy().await;
        widget.says("This video is no longer known.").await;
        widget
            .says("Create it again; your script is still here.")
            .await;
        assert_eq!(widget.written().await, "Remember me.");
        let failed = stage.heard("konpro-failed").await;
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0]["error"]["code"], "RESOURCE_NOT_FOUND");
        // It may have been forgotten before KonPro was asked.
        let paid = stage.paid();
        assert!(paid <= 1, "nothing is asked for again by itself");

        widget.click("[part~=retry]").await;
        widget.plays(640, 360).await;
        assert_eq!(stage.paid(), paid + 1);
    })
    .await;
}
