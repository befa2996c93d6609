//! Colours that the visitor has forced on all pages, and no motion where it is not wanted.

use konpro_simulator::{Call, Fault, FaultKind};
use serde_json::json;

use crate::barriers::has_no_barrier;
use crate::stage::play_with;
use crate::widget::Widget;

/// Controls without an edge, words in the colour of their ground, and whatever moves.
const TROUBLE: &str = "const trouble = [];
    const root = widget.shadowRoot;
    const name = (it) => `${it.localName}.${it.className}[${[...it.part]}] ${it.textContent.slice(0, 40)}`;
    const clear = (colour) => /rgba\\(.*, 0\\)/.test(colour);
    const ground = (it) => {
        for (; it; it = it.parentElement) {
            const { backgroundColor } = getComputedStyle(it);
            if (!clear(backgroundColor)) return backgroundColor;
        }
        return getComputedStyle(document.body).backgroundColor;
    };
    const edge = (it, kind) => {
        const style = getComputedStyle(it);
        const [width, line, colour] = ['Width', 'Style', 'Color'].map((what) => style[kind + what]);
        return parseFloat(width) > 0 && line !== 'none' && !clear(colour) && colour !== ground(it.parentElement);
    };
    for (const it of root.querySelectorAll('*')) {
        if (!it.checkVisibility()) continue;
        const style = getComputedStyle(it);
        const control = it.matches('button, a[href], select, textarea, input:not([type=radio]), progress, .stage');
        if (control && !edge(it, 'borderTop')) trouble.push(`no edge: ${name(it)}`);
        if (it.matches('.avatar:has(:checked), .row:has(:checked)') && !edge(it, 'outline')) trouble.push(`not shown as chosen: ${name(it)}`);
        const says = [...it.childNodes].some((text) => text.nodeType === Node.TEXT_NODE && text.data.trim());
        if (says && style.color === ground(it)) trouble.push(`not to be read: ${name(it)}`);
        if (style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0) trouble.push(`moves: ${name(it)}`);
    }
    return trouble";

/// The visitor's own colours are neither the light nor the dark theme's.
const LIGHT: [(&str, &str); 2] = [("light", "en"), ("light", "he")];

#[tokio::test]
async fn forced_colours_show_every_control_and_nothing_moves() {
    // The one that never ends keeps its place.
    play_with(&["--concurrent-videos", "2"], 20.0, async |stage| {
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::Stuck,
            times: 1,
        });
        let features = [
            ("forced-colors", "active"),
            ("prefers-reduced-motion", "reduce"),
        ];
        let wanted = features.map(|(name, value)| json!({ "name": name, "value": value }));
        let wanted = json!({ "features": wanted });
        stage
            .browser
            .devtools("Emulation.setEmulatedMedia", wanted)
            .await;
        stage.open_page().await;
        let widget = stage.widget();
        for (name, value) in features {
            let asked = format!("return matchMedia('({name}: {value})').matches");
            assert_eq!(widget.ask(&asked).await, Some(json!(true)), "{name}");
        }
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        widget.compose("In your own colours.", "360p", "mp4").await;
        shows_all(&widget, "composing").await;
        has_no_barrier(stage, &widget, &LIGHT, "composing").await;

        widget.generate().await;
        widget.element("progress[value]").await;
        shows_all(&widget, "waiting").await;
        has_no_barrier(stage, &widget, &LIGHT, "waiting").await;

        widget.click("[part~=cancel]").await;
        widget
            .part("script")
            .await
            .send_keys(" Twice.")
            .await
            .unwrap();
        widget.generate().await;
        widget.part("share").await;
        widget.click(".history summary").await;
        shows_all(&widget, "finished").await;
        has_no_barrier(stage, &widget, &LIGHT, "finished").await;
    })
    .await;
}

async fn shows_all(widget: &Widget<'_>, state: &str) {
    let trouble = widget.ask(TROUBLE).await.unwrap();
    assert_eq!(trouble, json!([]), "{state}: {trouble:#}");
}
