//! Lists that come in part, or without pictures.

use fantoccini::key::Key;
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
        // What is out of sight is neither drawn nor loaded.
        let faces = "const faces = [...widget.shadowRoot.querySelectorAll('.gallery .face')];
            const next = faces.find(({ children: [, picture] }) => !picture.hidden && picture.hasAttribute('src'));
            next?.scrollIntoView();
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

#[tokio::test]
async fn presenters_for_everybody_and_those_of_the_operator_can_be_told_apart() {
    play(20.0, async |stage| {
        let avatars: Vec<Value> = (1..=10)
            .map(|number| {
                let scope = if number > 7 { "private" } else { "public" };
                json!({ "id": format!("avatar-{number}"), "name": format!("Presenter {number}"), "scope": scope })
            })
            .collect();
        let pagination = json!({ "page": 1, "limit": 10, "total": 10, "total_pages": 1 });
        let list = json!({ "avatars": avatars, "pagination": pagination });
        stage
            .gate
            .answer("GET /v1/avatars", 200, "application/json", list.to_string());
        stage.open_page().await;
        let widget = stage.widget();
        widget.part("avatar").await;
        for (scope, count) in [("private", 3), ("public", 7), ("", 10)] {
            widget
                .click(&format!("[part~=avatar-scope] option[value='{scope}']"))
                .await;
            until(scope, async || {
                (stage.shown("[part~=avatar]").await == count).then_some(())
            })
            .await;
        }
        // Where there is one kind only, there is nothing to choose.
        stage.avatars(1, 1, |_| None);
        stage.expect_network_failures();
        stage.gate.answer("GET /v1/avatars", 200, "application/json", json!({
            "avatars": &avatars[..7], "pagination": pagination
        }).to_string());
        stage.open_page().await;
        widget.part("avatar").await;
        assert_eq!(stage.shown("[part~=avatar-scope]").await, 0);
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
#[tokio::test]
async fn a_sample_that_is_not_there_leaves_its_button_as_it_was() {
    play(20.0, async |stage| {
        stage.expect_network_failures();
        let voices: Vec<Value> = (1..=3)
            .map(|number| {
                json!({ "id": format!("voice-{}", 100 + number), "name": format!("Voice {number}"),
                    "preview_url": format!("/missing/{number}.mp3") })
            })
            .collect();
        let list = json!({ "voices": voices, "pagination": { "page": 1, "limit": 100, "total": 3, "total_pages": 1 } });
        stage
            .gate
            .answer("GET /v1/voices", 200, "application/json", list.to_string());
        stage.open_page().await;
        let widget = stage.widget();
        let button = ".row:nth-child(2) [part~=preview]";
        widget.element(button).await;
        // It turns to a button that stops, and back.
        let note = format!(
            "window.labels = [];
             const button = widget.shadowRoot.querySelector('{button}');
             new MutationObserver(() => labels.push(button.ariaLabel)).observe(button, {{ attributeFilter: ['aria-label'] }})"
        );
        widget.run(&note).await;
        widget.click(button).await;
        until("the button to turn back", async || {
            let labels = widget.ask("return window.labels").await?;
            (labels.as_array()?.last()? == "Play a sample of Voice 2").then_some(())
        })
        .await;
        let playing = stage.shown("[data-playing]").await;
        assert_eq!(playing, 0);
        // One after the other is no trouble either.
        for place in [1, 2, 3] {
            widget.click(&format!(".row:nth-child({place}) [part~=preview]")).await;
        }
        until("silence", async || (stage.shown("[data-playing]").await == 0).then_some(())).await;
    })
    .await;
}

#[tokio::test]
async fn who_scrolls_to_the_end_of_a_list_finds_more_of_it() {
    play(20.0, async |stage| {
        stage.expect_network_failures();
        stage.avatars(1, 2, |_| None);
        stage.avatars(2, 2, |_| None);
        stage.open_page().await;
        let widget = stage.widget();
        widget.part("avatar").await;
        // So low that the first page does not fit.
        let scroll = "const list = widget.shadowRoot.querySelector('.gallery');
            list.style.maxHeight = '100px';
            list.scrollTo(0, list.scrollHeight)";
        widget.run(scroll).await;
        until("the second page", async || {
            (stage.shown("[part~=avatar]").await == 20).then_some(())
        })
        .await;
        assert_eq!(stage.gate.asked(SECOND_PAGE), 1);
    })
    .await;
}

#[tokio::test]
async fn a_presenter_who_is_looked_at_moves_and_stops_when_another_is() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.part("avatar").await;
        let looks = |place: usize| {
            format!(
                "widget.shadowRoot.querySelectorAll('label[part~=avatar] input')[{place}].focus()"
            )
        };
        for place in [0, 3] {
            widget.run(&looks(place)).await;
            let moving = format!(
                "const clips = [...widget.shadowRoot.querySelectorAll('.face > video')];
                return clips.length === 1 && clips[0].currentTime > 0.1 && clips[0].muted
                    && clips[0].closest('label') === widget.shadowRoot.querySelectorAll('label[part~=avatar]')[{place}]"
            );
            until("the film", async || (widget.ask(&moving).await? == json!(true)).then_some(())).await;
        }
        widget.part("script").await.click().await.unwrap();
        until("stillness", async || (stage.shown(".face > video").await == 0).then_some(())).await;
    })
    .await;
}

#[tokio::test]
async fn a_language_and_a_kind_leave_the_voices_that_have_them() {
    play(20.0, async |stage| {
        let voice = |number: usize, language: &str, gender: &str| {
            json!({ "id": format!("voice-{number}"), "name": format!("Voice {number}"), "language": language, "gender": gender })
        };
        let page = |page: usize, voices: Value| {
            let pagination = json!({ "page": page, "limit": 2, "total": 4, "total_pages": 2 });
            let list = json!({ "voices": voices, "pagination": pagination });
            let what = format!("GET /v1/voices?page={page}");
            stage.gate.answer(&what, 200, "application/json", list.to_string());
        };
        page(1, json!([voice(1, "de-DE", "female"), voice(2, "en-US", "male")]));
        page(2, json!([voice(3, "fr-FR", "male"), voice(4, "de-DE", "male")]));
        stage.open_page().await;
        let widget = stage.widget();
        widget.part("voice").await;
        let languages = "return [...widget.shadowRoot.querySelector('[part~=voice-language]').options].map((it) => it.text)";
        let offered = widget.ask(languages).await.unwrap();
        assert_eq!(offered, json!(["All languages", "American English", "German (Germany)"]));
        let shown = "return [...widget.shadowRoot.querySelectorAll('.row .name')].filter((it) => it.checkVisibility()).map((it) => it.textContent)";
        for (filter, value, left) in [
            // Who narrows a list down searches all of it, not only what was there.
            ("language", "de-DE", json!(["Voice 1", "Voice 4"])),
            ("gender", "male", json!(["Voice 4"])),
            ("language", "fr-FR", json!(["Voice 3"])),
            ("gender", "", json!(["Voice 3"])),
            ("language", "", json!(["Voice 2", "Voice 1", "Voice 3", "Voice 4"])),
        ] {
            widget.click(&format!("[part~=voice-{filter}] option[value='{value}']")).await;
            until(value, async || (widget.ask(shown).await? == left).then_some(())).await;
        }
        let offered = widget.ask(languages).await.unwrap();
        assert_eq!(offered[3], json!("French (France)"));

        // A form that is made anew has its filters again.
        widget.run("widget.lang = 'de'").await;
        widget.says("Alle Sprachen").await;
        widget.click("[part~=voice-language] option[value='fr-FR']").await;
        until("the French one", async || (widget.ask(shown).await? == json!(["Voice 3"])).then_some(())).await;
    })
    .await;
}

#[tokio::test]
async fn a_voice_is_found_by_its_name_and_by_what_it_speaks() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.part("voice").await;
        let all = stage.shown("label[part~=voice]").await;
        let search = widget.part("voice-search").await;
        search.send_keys("GERMAN").await.unwrap();
        let kinds = "return [...widget.shadowRoot.querySelectorAll('.row')].filter((it) => it.checkVisibility())
            .every((it) => it.querySelector('.kind').textContent.includes('German'))";
        until("the German ones", async || {
            let shown = stage.shown("label[part~=voice]").await;
            (shown > 0 && shown < all && widget.ask(kinds).await? == json!(true)).then_some(())
        })
        .await;
        // Of those that speak it, both by name and by choice, nobody is a Bob.
        search.send_keys(" bob").await.unwrap();
        widget.says("Nothing here matches. Try another word or filter.").await;
        let back = char::from(Key::Backspace).to_string().repeat(10);
        search.send_keys(&back).await.unwrap();
        until("all of them", async || {
            (stage.shown("label[part~=voice]").await >= all).then_some(())
        })
        .await;
    })
    .await;
}
