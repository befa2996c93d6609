//! How long the page does not answer while a visitor looks through five hundred presenters. It prints, and fails on no time:
//! `cargo xtask bench gallery`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::waiting::until;

const PAGES: usize = 5;
const A_PAGE: usize = 100;

/// What the browser calls a long task: 50 ms and more.
const WATCH: &str = "window.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((it) => it.duration)))
        .observe({ type: 'longtask', buffered: true })";

/// A frame after another to the end of the gallery, and until its pictures are there.
const SCROLL: &str = "const gallery = document.querySelector('konpro-video').shadowRoot.querySelector('.gallery');
    const told = [...arguments].at(-1);
    const loaded = () => [...gallery.querySelectorAll('img')].every((it) => it.complete && it.naturalWidth);
    const frame = () => {
        gallery.scrollTop += 100;
        const over = gallery.scrollTop + gallery.clientHeight >= gallery.scrollHeight - 1;
        if (over && loaded()) told(gallery.querySelectorAll('label').length);
        else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame)";

/// A picture as photographs are, which the simulator's drawings are not: 640 × 360, with grain.
const PHOTOGRAPH: &str = "const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const context = canvas.getContext('2d');
    const picture = context.createImageData(640, 360);
    picture.data.forEach((_, place) => (picture.data[place] = place % 4 === 3 ? 255 : 40 + (place % 2560) / 16 + Math.random() * 30));
    context.putImageData(picture, 0, 0);
    return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]";

#[tokio::test]
#[ignore = "it measures: cargo xtask bench gallery"]
async fn five_hundred_presenters() {
    for slower in [1, 4] {
        play(20.0, async |stage| {
            let rate = json!({ "rate": slower });
            let browser = &stage.browser;
            browser.devtools("Emulation.setCPUThrottlingRate", rate).await;
            let watch = json!({ "source": WATCH });
            browser.devtools("Page.addScriptToEvaluateOnNewDocument", watch).await;
            let photograph = browser.client.execute(PHOTOGRAPH, Vec::new()).await;
            let photograph = STANDARD.decode(photograph.unwrap().as_str().unwrap());
            stage.five_hundred(&photograph.unwrap());
            println!("the computer as it is, slowed down {slower} times:");

            stage.open_page().await;
            let widget = stage.widget();
            for page in 1..=PAGES {
                let labels = format!("label[part~=avatar]:nth-of-type({})", page * A_PAGE);
                widget.element(&labels).await;
                if page < PAGES {
                    widget.click("fieldset:has(.gallery) [part~=more]").await;
                }
            }
            stage.tell("all of them loaded").await;

            let told = browser.client.execute_async(SCROLL, Vec::new()).await;
            assert_eq!(told.unwrap(), json!(PAGES * A_PAGE));
            stage.tell("scrolled to the end").await;

            let search = widget.part("avatar-search").await;
            search.send_keys("presenter 49").await.unwrap();
            let shown = "return [...widget.shadowRoot.querySelectorAll('.avatar')].filter((it) => !it.hidden).length";
            // 49, and 490 to 499.
            until("eleven of them", async || (widget.ask(shown).await? == json!(11)).then_some(())).await;
            stage.tell("searched, twelve letters").await;
            let back = char::from(Key::Backspace).to_string().repeat(12);
            search.send_keys(&back).await.unwrap();
            until("all of them", async || (widget.ask(shown).await? == json!(500)).then_some(())).await;
            stage.tell("searched no more").await;
        })
        .await;
    }
}

impl Stage {
    /// From now on there are so many presenters, each with a picture at an address of its own.
    fn five_hundred(&self, photograph: &[u8]) {
        for page in 1..=PAGES {
            let numbers = (page - 1) * A_PAGE + 1..=page * A_PAGE;
            let avatars: Vec<Value> = numbers
                .map(|number| json!({ "id": format!("avatar-{number}"), "name": format!("Presenter {number}"), "thumbnail_url": format!("/faces/{number}.jpg") }))
                .collect();
            let pagination = json!({ "page": page, "limit": A_PAGE, "total": PAGES * A_PAGE, "total_pages": PAGES });
            let list = json!({ "avatars": avatars, "pagination": pagination });
            let what = format!("GET /v1/avatars?page={page}");
            self.gate
                .answer(&what, 200, "application/json", list.to_string());
        }
        let photograph = Bytes::copy_from_slice(photograph);
        self.gate
            .answer("GET /faces/", 200, "image/jpeg", photograph);
    }

    /// Prints the long tasks since the last time.
    async fn tell(&self, what: &str) {
        // What is still to be drawn, and what the browser tells only then.
        let drawn = "const told = [...arguments].at(-1);
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => told(tasks.splice(0)), 100)))";
        let client = &self.browser.client;
        let tasks = client.execute_async(drawn, Vec::new()).await.unwrap();
        let tasks: Vec<f64> = tasks
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        let longest = tasks.iter().copied().fold(0.0, f64::max);
        println!(
            "  {what}: {} long tasks, the longest {longest:.0} ms",
            tasks.len()
        );
    }
}
