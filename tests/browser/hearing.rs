//! What a visitor hears who cannot see the widget: the names of things, and what is announced.

use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::waiting::until;

#[tokio::test]
async fn everything_has_a_name_and_each_turn_is_announced_once() {
    play(8.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        let listen = "window.announced = [];
            const note = () => {
                for (const region of widget.shadowRoot.querySelectorAll('[role=status], [role=alert]')) {
                    const text = region.textContent.trim();
                    if (text && announced.at(-1) !== text && region.last !== text) announced.push(text);
                    region.last = text;
                }
            };
            new MutationObserver(note).observe(widget.shadowRoot, { subtree: true, childList: true, characterData: true })";
        widget.run(listen).await;

        widget.open_settings().await;
        let things = stage.things().await;
        for (role, name) in [
            ("textbox", "Your script"),
            ("group", "Presenter"),
            ("searchbox", "Search presenters"),
            ("radio", "Amara Okafor"),
            ("group", "Voice"),
            ("combobox", "Language"),
            ("button", "Play a sample of Emily"),
            ("combobox", "Resolution"),
            ("button", "Create video"),
        ] {
            let known = things.iter().any(|it| it.0 == role && it.1.starts_with(name));
            assert!(known, "no {role} {name} in {things:#?}");
        }
        let named = ["button", "link", "textbox", "searchbox", "radio", "combobox", "progressbar"];
        let nameless = things.iter().find(|(role, name)| named.contains(&role.as_str()) && name.is_empty());
        assert_eq!(nameless, None);

        widget.generate().await;
        stage.announces("Please write what the presenter should say.").await;
        widget.compose("Somebody listens.", "360p", "mp4").await;
        widget.generate().await;
        widget.part("progress").await;
        let progress = until("the progress bar", async || {
            let things = stage.things().await;
            things.into_iter().find(|(role, _)| role == "progressbar")
        });
        assert_eq!(progress.await.1, "Your video is being made");
        widget.part("video").await;
        stage.announces("Your video is ready").await;
        let announced = stage.announced().await;
        let ready = announced.iter().filter(|it| it.as_str() == Some("Your video is ready"));
        assert_eq!(ready.count(), 1, "{announced:?}");
    })
    .await;
}

impl Stage {
    /// The roles and names of all that assistive technology is told of.
    async fn things(&self) -> Vec<(String, String)> {
        let tree = self
            .browser
            .devtools("Accessibility.getFullAXTree", json!({}))
            .await;
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["ignored"] != true)
            .map(|node| {
                let said = |what: &str| node[what]["value"].as_str().unwrap_or_default().to_owned();
                (said("role"), said("name"))
            })
            .collect()
    }

    async fn announced(&self) -> Vec<Value> {
        let client = &self.browser.client;
        let announced = client.execute("return window.announced", Vec::new()).await;
        announced.unwrap().as_array().unwrap().clone()
    }

    async fn announces(&self, words: &str) {
        until(&format!("to be announced: {words}"), async || {
            let announced = self.announced().await;
            let heard = announced
                .iter()
                .any(|it| it.as_str().is_some_and(|it| it.contains(words)));
            heard.then_some(())
        })
        .await;
    }
}
