//! The widget among others, and for those who use no mouse.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use konpro_simulator::Call;
use serde_json::{Value, json};

use crate::stage::{Stage, play};

#[tokio::test]
async fn two_widgets_on_one_page_make_two_videos() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let (first, second) = (stage.nth_widget(0), stage.nth_widget(1));
        first.run("widget.after(widget.cloneNode())").await;
        first.compose("The first of two.", "360p", "mp4").await;
        second
            .compose("And this is the other.", "480p", "webm")
            .await;
        first.generate().await;
        second.generate().await;
        first.part("video").await;
        second.part("video").await;
        first.plays(640, 360).await;
        second.plays(854, 480).await;
        let texts: Vec<_> = stage
            .simulator
            .counts()
            .created
            .into_iter()
            .map(|job| job.text)
            .collect();
        assert_eq!(texts, ["The first of two.", "And this is the other."]);
    })
    .await;
}

#[tokio::test]
async fn a_widget_that_is_moved_in_mid_job_loses_nothing() {
    play(4.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Move me.", "360p", "mp4").await;
        widget.generate().await;
        widget.part("progress").await;
        widget.run("document.body.prepend(widget)").await;
        widget.part("progress").await;
        widget.plays(640, 360).await;
        assert_eq!(stage.simulator.counts().requests(Call::Create), 1);
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_alone_makes_and_plays_a_video() {
    play(20.0, async |stage| {
        stage.open_page().await;
        stage.widget().element("label[part~=voice]").await;
        stage.widget().element("label[part~=avatar]").await;

        stage.tab_to("script").await;
        stage.press("No mouse was moved.").await;
        stage.tab_to("avatar").await;
        stage.press(&char::from(Key::Right).to_string()).await;
        stage.tab_to("voice").await;
        stage.press(&char::from(Key::Down).to_string()).await;
        stage.tab_to("summary").await;
        stage.press(&char::from(Key::Enter).to_string()).await;
        stage.tab_to("resolution").await;
        stage.press("480").await;
        stage.tab_to("generate").await;
        stage.press(&char::from(Key::Enter).to_string()).await;

        stage.widget().part("video").await;
        stage.tab_to("video").await;
        stage.press(" ").await;
        stage.widget().is_playing(854, 480).await;
        assert_eq!(
            stage.simulator.counts().created[0].text,
            "No mouse was moved."
        );
    })
    .await;
}

impl Stage {
    /// Presses Tab until the focus is on this part, this kind of element, or this group of radio buttons.
    async fn tab_to(&self, name: &str) {
        let focused = "let it = document.activeElement;
            while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
            return [...(it?.part ?? []), it?.name, it?.localName].includes(arguments[0])";
        for _ in 0..200 {
            let there = self
                .browser
                .client
                .execute(focused, vec![json!(name)])
                .await
                .unwrap();
            if there == Value::Bool(true) {
                return;
            }
            self.press(&char::from(Key::Tab).to_string()).await;
        }
        panic!("Tab never comes to {name}");
    }

    async fn press(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let actions = strokes.fold(KeyActions::new("keyboard".to_owned()), |actions, stroke| {
            actions.then(stroke)
        });
        self.browser.client.perform_actions(actions).await.unwrap();
    }
}
