//! What stands beside the widget: the history, and what a finished video has besides its picture.

use serde_json::{Value, json};

use crate::stage::play;
use crate::waiting::until;

const SCRIPT: &str = "Welcome to Fjellheim. Breakfast is served from seven to ten.";

#[tokio::test]
async fn a_finished_video_has_captions_and_a_link_and_goes_on_where_its_link_ended() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(SCRIPT, "360p", "mp4").await;
        widget.generate().await;
        widget.plays(640, 360).await;
        widget.part("share").await;
        let cues = "const video = widget.shadowRoot.querySelector('video');
            const cues = [...(video.textTracks[0]?.cues ?? [])];
            return cues.length && [cues.map((cue) => cue.text), cues[0].startTime, cues.at(-1).endTime - video.duration]";
        let cues = widget.answers(cues).await;
        let sentences = ["Welcome to Fjellheim.", "Breakfast is served from seven to ten."];
        assert_eq!(cues[0], json!(sentences));
        assert_eq!(cues[1], json!(0));
        assert!(cues[2].as_f64().unwrap().abs() < 0.01, "{cues}");

        let broken = "const video = widget.shadowRoot.querySelector('video');
            if (video.currentTime < 1 || video.paused) return null;
            window.was = video.currentTime;
            video.addEventListener('playing', () => (window.again ??= video.currentTime));
            video.dispatchEvent(new Event('error'));
            return true";
        widget.answers(broken).await;
        let goes_on = "return window.again === undefined ? null : [window.again - window.was]";
        let goes_on = widget.answers(goes_on).await;
        let off = goes_on[0].as_f64().unwrap();
        assert!(off.abs() < 0.5, "{off} s off");
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_history_shows_plays_and_forgets_what_was_made_here() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose(SCRIPT, "360p", "mp4").await;
        widget.generate().await;
        widget.part("video").await;
        widget.click("[part~=another]").await;
        stage.open_page().await;
        widget.click(".history summary").await;
        let listed = "return widget.shadowRoot.querySelector('.history li')?.innerText ?? null";
        let listed = widget.answers(listed).await;
        let listed = listed.as_str().unwrap();
        assert!(
            listed.contains(SCRIPT) && listed.contains("Your video is ready"),
            "{listed}"
        );

        widget.click(".history [part~=watch]").await;
        widget.plays(640, 360).await;
        assert_eq!(stage.paid(), 1, "it was made before");

        widget.click(".history [part~=reuse]").await;
        let written = "return widget.shadowRoot.querySelector('textarea')?.value || null";
        assert_eq!(widget.answers(written).await, json!(SCRIPT));

        widget.click(".history [part~=forget]").await;
        let gone = "return !widget.shadowRoot.querySelector('.history')
            && !Object.keys(localStorage).some((name) => name.endsWith('history')) || null";
        widget.answers(gone).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_where_the_page_wants_no_history() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget
            .run("localStorage.clear(); widget.history = 'off'")
            .await;
        widget.compose(SCRIPT, "360p", "mp4").await;
        widget.generate().await;
        // It comes when all that the event has to do is done.
        widget.part("share").await;
        let nothing =
            "return !widget.shadowRoot.querySelector('.history') && !localStorage.length || null";
        widget.answers(nothing).await;
    })
    .await;
}

#[tokio::test]
async fn the_widget_speaks_the_pages_language_and_runs_as_it_does() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.says("Create video").await;
        let frame = |words: &str| {
            format!(
                "const frame = widget.shadowRoot.querySelector('section');
                 return frame.innerText.includes('{words}') && [frame.lang, frame.dir, getComputedStyle(frame).direction] || null"
            )
        };
        widget.run("widget.lang = 'ar'").await;
        let arabic = widget.answers(&frame("إنشاء الفيديو")).await;
        assert_eq!(arabic, json!(["ar", "rtl", "rtl"]));
        widget.run("widget.lang = 'de-AT'; widget.messages = { generate: 'Film ab!' }").await;
        let german = widget.answers(&frame("Film ab!")).await;
        assert_eq!(german, json!(["de-AT", "ltr", "ltr"]));
        widget.says("Stimme").await;
        // What there is no language for is said in the visitor's, or in English.
        widget.run("widget.messages = undefined; widget.lang = 'tlh'").await;
        widget.says("Create video").await;
    })
    .await;
}

#[tokio::test]
async fn a_visitor_who_went_elsewhere_is_told_of_the_end_where_they_wanted_it() {
    play(8.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        // No visitor is there to be asked by the browser itself, and no other tab to go to.
        let pretend = "window.told = [];
            window.Notification = class extends EventTarget {
                static permission = 'default';
                static async requestPermission() { return (this.permission = 'granted'); }
                constructor(title, { body }) { super(); told.push([title, body]); }
            };
            Object.defineProperty(document, 'hidden', { get: () => window.elsewhere });
            window.elsewhere = false";
        widget.run(pretend).await;
        widget.compose(SCRIPT, "360p", "mp4").await;
        widget.generate().await;
        widget.click("[part~=notify]").await;
        let asked = "return Notification.permission === 'granted' && !widget.shadowRoot.querySelector('[part~=notify]') || null";
        widget.answers(asked).await;
        widget.run("window.elsewhere = true").await;
        let told = widget.answers("return told[0] ?? null").await;
        assert_eq!(told, json!(["Your video is ready", SCRIPT]));
    })
    .await;
}

#[tokio::test]
async fn the_page_says_its_own_above_and_below() {
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.says("Create video").await;
        let add = "for (const name of ['header', 'footer']) {
            const own = document.createElement('p');
            own.slot = name;
            own.append(`The page's ${name}`);
            widget.append(own);
        }";
        widget.run(add).await;
        let places = "const [header, footer] = ['header', 'footer'].map((name) => widget.querySelector(`[slot=${name}]`).getBoundingClientRect());
            const frame = widget.shadowRoot.querySelector('section').getBoundingClientRect();
            return header.height && header.bottom <= frame.top && footer.top >= frame.bottom || null";
        widget.answers(places).await;
        widget.run("widget.lang = 'fr'").await;
        widget.says("Créer la vidéo").await;
    })
    .await;
}

impl crate::widget::Widget<'_> {
    /// What a script answers at last, in which `widget` is the element.
    async fn answers(&self, script: &str) -> Value {
        until(script, async || {
            let answer = self.ask(script).await?;
            let nothing = answer.is_null() || answer == json!(0);
            (!nothing).then_some(answer)
        })
        .await
    }
}
