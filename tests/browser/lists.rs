//! Lists that come in part, or without pictures.

use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::waiting::until;

const AVATARS: &str = "GET /v1/avatars";
const SECOND_PAGE: &str = "GET /v1/avatars?page=2";

#[tokio::test]
async fn a_list_that_fails_half_way_keeps_its_first_page_and_can_be_loaded_again() {
    for status in [500, 503] {
        play(20.0, async |stage| {
            stage.expect_network_failures();
            stage
                .gate
                .answer(SECOND_PAGE, status, "application/json", "{}");
            stage.avatars(1, 2, |_| None);
            stage.open_page().await;
            let widget = stage.widget();
            widget.compose("Half of it will do.", "360p", "mp4").await;
            widget.click("fieldset:has(.gallery) [part~=more]").await;
            widget
                .says("This list could not be loaded. Please load it again in a minute.")
                .await;
            assert_eq!(stage.shown("[part~=avatar]").await, 10);
            // What is there is as good as ever.
            widget.generate().await;
            widget.click("[part~=another]").await;

            stage.avatars(2, 2, |_| None);
            let retry = widget.element("fieldset:has(.gallery) [part~=more]").await;
            assert_eq!(retry.text().await.unwrap(), "Try again");
            widget.click("fieldset:has(.gallery) [part~=more]").await;
            until("the second page", async || {
                (stage.shown("[part~=avatar]").await == 20).then_some(())
            })
            .await;
            assert_eq!(stage.shown("fieldset:has(.gallery) .foot *").await, 0);
            let chosen = "return widget.shadowRoot.querySelector('[name=avatar]:checked').value";
            assert_eq!(widget.ask(chosen).await, Some(json!("avatar-3656")));
            assert_eq!(
                stage.gate.asked("GET /v1/avatars?page=1"),
                1,
                "it was there"
            );
            assert_eq!(stage.paid(), 1);
        })
        .await;
    }
}

#[tokio::test]
async fn presenters_without_a_picture_show_their_initial() {
    play(20.0, async |stage| {
        stage.expect_network_failures();
        // Some have none, those of the others are not there.
        stage.avatars(1, 1, |number| {
            (number % 2 == 0).then(|| format!("/missing/{number}.png"))
        });
        stage.open_page().await;
        let widget = stage.widget();
        let faces = "const faces = [...widget.shadowRoot.querySelectorAll('.gallery .face')];
            return faces.map((face) => {
                const [initial, picture] = face.children;
                const { width } = initial.getBoundingClientRect();
                const seen = !picture.hidden && Boolean(picture.getAttribute('src'));
                return [initial.textContent, width > 0, seen];
            })";
        let expected: Vec<Value> = (1..=10).map(|_| json!(["P", true, false])).collect();
        until("initials alone", async || {
            let shown = widget.ask(faces).await?;
            (shown == json!(expected)).then_some(())
        })
        .await;
        // The big picture has no broken one either.
        for place in [1, 2] {
            widget
                .click(&format!("label[part~=avatar]:nth-of-type({place})"))
                .await;
            let stage = "const picture = widget.shadowRoot.querySelector('.stage > img');
                const style = getComputedStyle(picture);
                return style.visibility === 'hidden' || style.display === 'none' || null";
            until("no big picture", async || {
                widget.ask(stage).await?.as_bool()
            })
            .await;
        }
    })
    .await;
}

impl Stage {
    /// From now on one page of the presenters is this: ten of them, and so many pages in all.
    fn avatars(&self, page: usize, pages: usize, picture: impl Fn(usize) -> Option<String>) {
        let entry = |place: usize| {
            let number = (page - 1) * 10 + place;
            json!({ "id": format!("avatar-{}", 3654 + number), "name": format!("Presenter {number}"), "thumbnail_url": picture(number) })
        };
        let list = json!({
            "avatars": (1..=10).map(entry).collect::<Vec<_>>(),
            "pagination": { "page": page, "limit": 10, "total": 10 * pages, "total_pages": pages },
        });
        let what = format!("{AVATARS}?page={page}");
        self.gate
            .answer(&what, 200, "application/json", list.to_string());
    }

    /// How many of these the widget shows.
    async fn shown(&self, selector: &str) -> u64 {
        let count = format!(
            "return [...widget.shadowRoot.querySelectorAll('{selector}')].filter((it) => it.checkVisibility()).length"
        );
        let count = self.widget().ask(&count).await.unwrap();
        count.as_u64().unwrap()
    }
}
