//! Two widgets that show one and the same job.

use serde_json::json;

use crate::stage::play;
use crate::waiting::until;

#[tokio::test]
async fn two_widgets_with_one_job_both_show_it_and_both_tell_of_it() {
    play(8.0, async |stage| {
        stage.open_page().await;
        let (first, second) = (stage.nth_widget(0), stage.nth_widget(1));
        first.element("label[part~=voice]").await;
        // The page has asked for the video itself, and names the job to both.
        let ask = "window.told = [];
            for (const name of ['created', 'progress', 'completed', 'failed']) {
                document.addEventListener(`konpro-${name}`, ({ target, detail }) =>
                    told.push([[...document.querySelectorAll('konpro-video')].indexOf(target), name, detail.job_id]));
            }
            const { value: avatar_id } = widget.shadowRoot.querySelector('[name=avatar]');
            const { value: voice_id } = widget.shadowRoot.querySelector('[name=voice]');
            const body = JSON.stringify({ avatar_id, voice_id, text: 'For both of you.', settings: { resolution: '360p' } });
            const headers = { 'Content-Type': 'application/json' };
            fetch('/v1/video-avatars', { method: 'POST', headers, body })
                .then((answer) => answer.json())
                .then(({ job_id }) => (window.job = job_id));
            widget.after(widget.cloneNode())";
        first.run(ask).await;
        let job = until("the job", async || first.ask("return window.job ?? null").await?.as_str().map(str::to_owned)).await;
        for widget in [&first, &second] {
            widget.run("widget.jobId = window.job").await;
        }
        for widget in [&first, &second] {
            widget.part("progress").await;
        }
        for widget in [&first, &second] {
            widget.part("video").await;
            let source = "return widget.shadowRoot.querySelector('video').src";
            let source = widget.ask(source).await.unwrap();
            assert!(source.as_str().unwrap().contains(&job), "{source}");
        }
        first.plays(640, 360).await;
        second.plays(640, 360).await;

        let told = first.ask("return window.told").await.unwrap();
        let told = told.as_array().unwrap();
        for place in [0, 1] {
            let heard = |name: &str| told.iter().filter(|it| **it == json!([place, name, job])).count();
            assert_eq!(heard("completed"), 1, "{told:?}");
            assert_eq!(heard("created") + heard("failed"), 0, "{told:?}");
        }
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_of_two_widgets_with_one_job_goes_away_and_the_other_goes_on() {
    play(4.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("One of us has to leave.", "360p", "mp4").await;
        widget.generate().await;
        let job = until("the job", async || stage.heard("konpro-created").await.pop()).await;
        let id = job["job_id"].as_str().unwrap();
        let beside = format!("const other = widget.cloneNode(); other.id = ''; other.jobId = '{id}'; widget.after(other)");
        widget.run(&beside).await;
        stage.nth_widget(1).part("progress").await;

        widget.run("widget.remove()").await;
        stage.widget().plays(640, 360).await;
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_two_tabs_show_is_heard_by_one_of_them_and_then_by_the_other() {
    play(2.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("For both tabs.", "360p", "mp4").await;
        widget.generate().await;
        let created = until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;
        let job = created["job_id"].as_str().unwrap();
        let events = format!("GET /v1/video-avatars/{job}/events");
        until("the stream", async || {
            (stage.gate.asked(&events) == 1).then_some(())
        })
        .await;

        let client = &stage.browser.client;
        let first = client.window().await.unwrap();
        let second = client.new_window(true).await.unwrap().handle;
        client.switch_to_window(second.clone()).await.unwrap();
        stage.open_page().await;
        // It knows how the job stands, and does not ask for a stream of its own.
        until("its progress", async || {
            stage.heard("konpro-progress").await.pop()
        })
        .await;
        assert_eq!(stage.gate.asked(&events), 1);

        client.switch_to_window(first).await.unwrap();
        client.close_window().await.unwrap();
        client.switch_to_window(second).await.unwrap();
        until("the stream to be taken over", async || {
            (stage.gate.asked(&events) == 2).then_some(())
        })
        .await;
        until("the video", async || {
            stage.heard("konpro-completed").await.pop()
        })
        .await;
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_page_holds_two_event_streams_and_looks_at_its_other_jobs() {
    play(8.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        let ask = "const { value: avatar_id } = widget.shadowRoot.querySelector('[name=avatar]');
            const { value: voice_id } = widget.shadowRoot.querySelector('[name=voice]');
            const headers = { 'Content-Type': 'application/json' };
            window.jobs = [];
            for (const text of ['One.', 'Two.', 'Three.']) {
                const body = JSON.stringify({ avatar_id, voice_id, text, settings: { resolution: '360p' } });
                fetch('/v1/video-avatars', { method: 'POST', headers, body })
                    .then((answer) => answer.json())
                    .then(({ job_id }) => jobs.push(job_id));
            }";
        widget.run(ask).await;
        let jobs = until("three jobs", async || {
            let jobs = widget.ask("return window.jobs").await?;
            jobs.as_array().filter(|jobs| jobs.len() == 3).cloned()
        })
        .await;
        let show = "for (const job of jobs) {
                const one = document.createElement('konpro-video');
                one.eager = true;
                one.jobId = job;
                document.body.append(one);
            }";
        widget.run(show).await;
        let completed = async || (stage.heard("konpro-completed").await.len() == 3).then_some(());
        until("all three videos", completed).await;
        let streams = jobs.iter().map(|job| {
            let job = job.as_str().unwrap();
            stage.gate.asked(&format!("GET /v1/video-avatars/{job}/events"))
        });
        assert_eq!(streams.filter(|asked| *asked > 0).count(), 2);
    })
    .await;
}
