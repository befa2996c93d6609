//! axe finds no barrier, whatever the widget shows: light and dark, in both directions.

use std::{env, fs};

use serde_json::json;

use crate::segments::script;
use crate::stage::{Stage, play};
use crate::widget::Widget;

#[tokio::test]
async fn nothing_the_widget_shows_is_a_barrier() {
    play(8.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        has_no_barrier(stage, &widget, &LOOKS, "composing").await;

        widget.generate().await;
        widget.part("message").await;
        has_no_barrier(stage, &widget, &LOOKS, "refused").await;

        widget.compose("Nobody is kept out.", "360p", "mp4").await;
        widget.generate().await;
        widget.part("progress").await;
        has_no_barrier(stage, &widget, &LOOKS, "waiting").await;

        widget.part("share").await;
        widget.click(".history summary").await;
        has_no_barrier(stage, &widget, &LOOKS, "finished").await;
    })
    .await;
}

#[tokio::test]
async fn a_long_script_is_no_barrier_in_parts() {
    play(40.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(&script(), "360p", "mp4").await;
        widget.part("plan").await;
        has_no_barrier(stage, &widget, &LOOKS[..1], "a plan").await;
        widget.generate().await;
        widget.part("play").await;
        has_no_barrier(stage, &widget, &LOOKS, "parts").await;
    })
    .await;
}

/// The example themes.
const THEMES: [&str; 3] = [
    include_str!("../../docs/themes/slate.css"),
    include_str!("../../docs/themes/meadow.css"),
    include_str!("../../docs/themes/plum.css"),
];

#[tokio::test]
async fn no_example_theme_is_a_barrier() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        widget.compose("In other colours.", "360p", "mp4").await;
        for theme in THEMES {
            let dress = "const sheet = new CSSStyleSheet();
                sheet.replaceSync(arguments[0]);
                document.adoptedStyleSheets = [sheet]";
            let client = &stage.browser.client;
            client.execute(dress, vec![json!(theme)]).await.unwrap();
            has_no_barrier(stage, &widget, &LOOKS, theme).await;
        }
    })
    .await;
}

/// Themes and languages.
const LOOKS: [(&str, &str); 4] = [
    ("light", "en"),
    ("dark", "en"),
    ("light", "he"),
    ("dark", "ar"),
];

pub async fn has_no_barrier(
    stage: &Stage,
    widget: &Widget<'_>,
    looks: &[(&str, &str)],
    state: &str,
) {
    let axe = env::var("KONPRO_TEST_AXE").expect("`cargo xtask test` installs axe");
    let axe = fs::read_to_string(axe).unwrap();
    let client = &stage.browser.client;
    client.execute(&axe, Vec::new()).await.unwrap();
    for (theme, lang) in looks {
        widget
            .run(&format!("widget.theme = '{theme}'; widget.lang = '{lang}'"))
            .await;
        // The page's own colours are not the widget's; its ground is.
        let look = "const [done] = [...arguments].slice(-1);
            document.body.style.colorScheme = arguments[0];
            setTimeout(() => axe.run('konpro-video').then(
                ({ violations, passes }) => done([passes.length, ...violations.map(({ id, nodes }) =>
                    [id, nodes.map((it) => it.html + it.failureSummary).slice(0, 3)])]),
                (error) => done([String(error)])), 100)";
        let found = client
            .execute_async(look, vec![json!(theme)])
            .await
            .unwrap();
        let found = found.as_array().unwrap();
        // It has looked at something.
        assert!(found[0].as_u64().unwrap() > 10, "{state}: {found:?}");
        assert!(found.len() == 1, "{state}, {theme}, {lang}: {found:#?}");
    }
    widget.run("widget.removeAttribute('lang')").await;
}
