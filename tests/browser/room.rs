//! Little room: zoomed to 200 %, as narrow as 400 % makes a window, in a narrow column, and under a finger.

use konpro_simulator::{Call, Fault, FaultKind};
use serde_json::json;

use crate::stage::{Stage, play_with};
use crate::waiting::until;
use crate::widget::Widget;

/// Windows of 1280 × 1024 pixels, zoomed in so far; and one that a finger touches.
const WINDOWS: [(u64, bool); 4] = [(1, false), (2, false), (4, false), (4, true)];

/// Whatever sticks out, is cut off or too small for a finger or a pointer; `arguments[1]` is the least size of a target.
const TROUBLE: &str = "const trouble = [];
    const root = widget.shadowRoot;
    const name = (it) => `${it.localName}.${it.className}[${[...it.part]}] ${it.textContent.slice(0, 40)}`;
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) trouble.push(`the page scrolls sideways: ${page.scrollWidth}`);
    const seen = [...root.querySelectorAll('*')].filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.closest('.unseen'));
    for (const it of seen) {
        // The picture behind the progress is larger than its frame on purpose.
        const meant = it.matches('.stage, .gallery .face') || getComputedStyle(it).display === 'inline';
        if (!meant && it.clientWidth && it.scrollWidth > it.clientWidth) trouble.push(`sticks out: ${name(it)}: ${it.scrollWidth} in ${it.clientWidth}`);
    }
    const frames = (it) => (it ? [it, ...frames(it.parentElement)] : []);
    const scrolls = '.gallery, .voices, .quote, .history p';
    for (const it of seen) {
        for (const text of it.childNodes) {
            if (text.nodeType !== Node.TEXT_NODE || !text.data.trim() || it.matches('option, textarea')) continue;
            const range = document.createRange();
            range.selectNodeContents(text);
            for (const piece of range.getClientRects()) {
                for (const frame of frames(it)) {
                    const style = getComputedStyle(frame);
                    const box = frame.getBoundingClientRect();
                    const cut = style.overflowX !== 'visible' && (piece.left < box.left - 1 || piece.right > box.right + 1);
                    const below = style.overflowY !== 'visible' && !frame.matches(scrolls) && (piece.top < box.top - 1 || piece.bottom > box.bottom + 1);
                    if (cut || below) trouble.push(`cut off by ${name(frame)}: ${text.data}`);
                    if (frame.matches(scrolls)) break;
                }
            }
        }
    }
    const targets = 'button, a[href], select, textarea, summary, input:not([type=radio]), label:has(input)';
    for (const it of root.querySelectorAll(targets)) {
        if (!it.checkVisibility()) continue;
        const { width, height } = it.getBoundingClientRect();
        if (Math.min(width, height) < arguments[1]) trouble.push(`too small: ${name(it)}: ${width} × ${height}`);
    }
    return [seen.length, [...new Set(trouble)]]";

#[tokio::test]
async fn little_room_hides_nothing_and_makes_nothing_too_small() {
    // The one that never ends keeps its place.
    play_with(&["--concurrent-videos", "2"], 20.0, async |stage| {
        stage.simulator.inject(Fault {
            on: Call::Create,
            kind: FaultKind::Stuck,
            times: 1,
        });
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.element("label[part~=avatar]").await;
        let script = "The Donaudampfschifffahrtsgesellschaftskapitän says hello. And goes on, for another line or two.";
        widget.compose(script, "360p", "mp4").await;
        stage.has_room_for(&widget, "composing").await;

        widget.generate().await;
        widget.element("progress[value]").await;
        stage.has_room_for(&widget, "waiting").await;

        widget.click("[part~=cancel]").await;
        widget.part("script").await.send_keys(" Once more.").await.unwrap();
        widget.generate().await;
        widget.part("share").await;
        widget.click(".history summary").await;
        stage.has_room_for(&widget, "finished").await;
    })
    .await;
}

impl Stage {
    /// Looks at the widget in each window, the widest of which holds it in a narrow column, in a language of long words
    /// and in one that runs the other way, too.
    async fn has_room_for(&self, widget: &Widget<'_>, state: &str) {
        for (zoom, finger) in WINDOWS {
            self.window(zoom, finger).await;
            let least = if finger { 44 } else { 24 };
            for lang in ["en", "de", "ar"] {
                let column = if zoom == 1 { "280px" } else { "" };
                let dress = "widget.style.inlineSize = arguments[1];
                    widget.lang = arguments[2];
                    return widget.shadowRoot.querySelector('section').lang === arguments[2] || null";
                let dressed = async || {
                    widget
                        .ask_with(dress, &[json!(column), json!(lang)])
                        .await?
                        .as_bool()
                };
                until(lang, dressed).await;
                let found = widget.ask_with(TROUBLE, &[json!(least)]).await.unwrap();
                assert!(
                    found[0].as_u64().unwrap() > 10,
                    "nothing to be seen: {found}"
                );
                let trouble = found[1].as_array().unwrap();
                assert!(
                    trouble.is_empty(),
                    "{state}, {lang}, zoomed {zoom} times, finger: {finger}: {trouble:#?}"
                );
            }
        }
        self.window(1, false).await;
        widget
            .run("widget.removeAttribute('lang'); widget.style.inlineSize = ''")
            .await;
    }

    async fn window(&self, zoom: u64, finger: bool) {
        let size = json!({ "width": 1280 / zoom, "height": 1024 / zoom, "deviceScaleFactor": zoom, "mobile": false });
        let browser = &self.browser;
        browser
            .devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
        let touch = json!({ "enabled": finger });
        browser
            .devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
        let coarse = "return matchMedia('(pointer: coarse)').matches";
        assert_eq!(self.widget().ask(coarse).await, Some(json!(finger)));
    }
}
