//! One `<konpro-video>` as a visitor uses it.

use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::{Value, json};

use crate::stage::Stage;
use crate::waiting::until;

/// The widget that stands at this place among those of the page.
pub struct Widget<'a> {
    stage: &'a Stage,
    place: usize,
}

impl Stage {
    /// The first widget of the page.
    pub fn widget(&self) -> Widget<'_> {
        self.nth_widget(0)
    }

    pub fn nth_widget(&self, place: usize) -> Widget<'_> {
        Widget { stage: self, place }
    }
}

impl Widget<'_> {
    /// Writes a script and chooses: the second avatar, the third voice, and the settings given.
    pub async fn compose(&self, script: &str, resolution: &str, format: &str) {
        self.part("script").await.send_keys(script).await.unwrap();
        self.click("label[part~=avatar]:nth-of-type(2)").await;
        self.click(":nth-child(3) > label[part~=voice]").await;
        self.open_settings().await;
        self.select("resolution", resolution).await;
        self.select("format", format).await;
    }

    pub async fn open_settings(&self) {
        self.part("settings").await;
        self.run("widget.shadowRoot.querySelector('[part~=settings]').open = true")
            .await;
        self.part("resolution").await;
    }

    pub async fn generate(&self) {
        self.click("[part~=generate]").await;
    }

    /// A part of the widget, as soon as it is there.
    pub async fn part(&self, name: &str) -> Element {
        self.element(&format!("[part~={name}]")).await
    }

    /// What a selector finds, as soon as it finds something.
    pub async fn element(&self, selector: &str) -> Element {
        until(selector, async || self.find(selector).await).await
    }

    /// Clicks, as soon as there is something to be clicked.
    pub async fn click(&self, selector: &str) {
        let clicked = async || self.find(selector).await?.click().await.ok();
        until(&format!("{selector} to be clicked"), clicked).await;
    }

    /// Waits until a visitor can read these words.
    pub async fn says(&self, words: &str) {
        until(&format!("the words: {words}"), async || {
            let text = self
                .ask("return widget.shadowRoot.querySelector('section').innerText")
                .await?;
            text.as_str()?.contains(words).then_some(())
        })
        .await;
    }

    /// The script in its field, as soon as there is the field.
    pub async fn written(&self) -> String {
        let script = self.part("script").await;
        script.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Waits for the video, clicks on it, and checks that it plays: without an error, in this size, of the length stated.
    pub async fn plays(&self, width: u64, height: u64) {
        // A browser lets a page play only what its visitor asked for.
        self.click("[part~=video]").await;
        self.is_playing(width, height).await;
    }

    /// Waits until the video has been playing for a moment, and checks it.
    pub async fn is_playing(&self, width: u64, height: u64) {
        let video = until("the video to play", async || {
            let script = "const video = widget.shadowRoot.querySelector('video'); return {
                time: video.currentTime, width: video.videoWidth, height: video.videoHeight,
                length: video.duration, source: video.src, error: video.error?.message ?? null }";
            let video = self.ask(script).await?;
            assert_eq!(video["error"], json!(null), "the video is broken");
            (video["time"].as_f64()? > 0.3).then_some(video)
        })
        .await;
        assert_eq!(
            (&video["width"], &video["height"]),
            (&json!(width), &json!(height))
        );
        let source = video["source"].as_str().unwrap();
        let completed = self.stage.heard("konpro-completed").await;
        let job = completed
            .iter()
            .find(|job| source.contains(job["job_id"].as_str().unwrap()));
        let stated = job.unwrap()["duration"].as_f64().unwrap();
        let length = video["length"].as_f64().unwrap();
        assert!(
            (stated - length).abs() < 0.1,
            "{length} s long, not {stated} s"
        );
    }

    /// Runs a script in which `widget` is the element.
    pub async fn run(&self, script: &str) {
        self.ask(script).await.unwrap();
    }

    /// What a script answers in which `widget` is the element.
    pub async fn ask(&self, script: &str) -> Option<Value> {
        self.ask_with(script, &[]).await
    }

    /// The same, where the script's `arguments` go on with these after the first.
    pub async fn ask_with(&self, script: &str, arguments: &[Value]) -> Option<Value> {
        let script = format!(
            "const widget = document.querySelectorAll('konpro-video')[arguments[0]]; {script}"
        );
        let client = &self.stage.browser.client;
        client
            .execute(&script, [&[json!(self.place)], arguments].concat())
            .await
            .ok()
    }

    async fn select(&self, part: &str, value: &str) {
        self.click(&format!("[part~={part}] option[value='{value}']"))
            .await;
    }

    async fn find(&self, selector: &str) -> Option<Element> {
        let client = &self.stage.browser.client;
        let widgets = client.find_all(Locator::Css("konpro-video")).await.ok()?;
        let root = widgets.get(self.place)?.shadow_root().await.ok()?;
        root.find(Locator::Css(selector)).await.ok()
    }
}
