//! Every state as it looks: pictures of `?gallery` beside those in `docs/gallery`. Where they are to look otherwise,
//! `cargo xtask pictures` takes them anew.

use std::path::PathBuf;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::waiting::until;

/// A look's name, what the page's address says of it, and how wide the window is.
const LOOKS: [(&str, &str, u32); 4] = [
    ("light", "theme=light", 1000),
    ("dark", "theme=dark", 1000),
    ("phone", "theme=light", 360),
    ("arabic", "theme=dark&lang=ar", 1000),
];

/// The part of a picture, in hundredths of a percent, that may differ: browsers of another day draw edges otherwise.
const TOLERANCE: f64 = 30.0;

/// How many of two pictures' points differ, in hundredths of a percent: of those that anybody would call another colour.
const COMPARE: &str = "const [one, other, told] = arguments;
    const points = async (picture) => {
        const image = new Image();
        image.src = `data:image/webp;base64,${picture}`;
        await image.decode();
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return [image.width, image.height, context.getImageData(0, 0, image.width, image.height).data];
    };
    Promise.all([points(one), points(other)]).then(([[width, height, before], [now, high, after]]) => {
        if (width !== now || height !== high) return told(10000);
        let differ = 0;
        for (let at = 0; at < before.length; at += 4)
            if ([0, 1, 2].some((colour) => Math.abs(before[at + colour] - after[at + colour]) > 60)) differ++;
        told((differ / (width * height)) * 10000);
    }, () => told(10000))";

#[tokio::test]
#[ignore = "its pictures were taken on one computer so far"]
async fn every_state_looks_as_it_did() {
    play(60.0, async |stage| {
        stage.expect_network_failures();
        let mut changed = Vec::new();
        for (look, query, width) in LOOKS {
            stage.open_gallery(query, width).await;
            let pictures = stage.pictures().await;
            // The page's own policy would refuse the pictures that are compared.
            stage.browser.client.goto("data:text/html,").await.unwrap();
            for (state, picture) in pictures {
                let name = format!("{look}/{state}.webp");
                let kept = folder().join(&name);
                if env::var_os("KONPRO_TEST_RETAKE").is_some() {
                    fs::create_dir_all(kept.parent().unwrap()).unwrap();
                    fs::write(kept, picture).unwrap();
                    continue;
                }
                let differs = match fs::read(&kept) {
                    Ok(kept) => stage.difference(&kept, &picture).await,
                    Err(_) => f64::INFINITY,
                };
                if differs > TOLERANCE {
                    // To be looked at beside the one that it should be.
                    let seen = env::temp_dir().join("konpro-gallery").join(&name);
                    fs::create_dir_all(seen.parent().unwrap()).unwrap();
                    fs::write(&seen, picture).unwrap();
                    changed.push(format!(
                        "{name}: {:.2} % differ, see {}",
                        differs / 100.0,
                        seen.display()
                    ));
                }
            }
        }
        // One of the states is a page whose policy keeps the widget from its proxy: the console has to say so.
        let told = stage.browser.complaints().await;
        assert!(
            told.iter().any(|it| it.message.contains("connect-src")),
            "{told:#?}"
        );
        assert!(changed.is_empty(), "{changed:#?}");
    })
    .await;
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "docs", "gallery"]
        .iter()
        .collect()
}

impl Stage {
    async fn open_gallery(&self, query: &str, width: u32) {
        let devtools = &self.browser;
        let window =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        devtools
            .devtools("Emulation.setDeviceMetricsOverride", window)
            .await;
        let still =
            json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        devtools.devtools("Emulation.setEmulatedMedia", still).await;
        let zone = json!({ "timezoneId": "UTC" });
        devtools
            .devtools("Emulation.setTimezoneOverride", zone)
            .await;
        let hidden = json!({ "hidden": true });
        devtools
            .devtools("Emulation.setScrollbarsHidden", hidden)
            .await;
        let client = &devtools.client;
        let address = format!("{}/?gallery&{query}", self.wire.url());
        client.goto(&address).await.unwrap();
        // The one font that every computer has which these are taken on.
        let font = "for (const name of ['font', '--konpro-font'])
            document.documentElement.style.setProperty(name, '400 16px/1.5 \"DejaVu Sans\"')";
        client.execute(font, Vec::new()).await.unwrap();
        let settled = "if (!('settled' in document.documentElement.dataset)) return null;
            const pictures = [...document.querySelectorAll('konpro-video')].flatMap((it) => [...it.shadowRoot.querySelectorAll('img[src]')]);
            pictures.forEach((it) => (it.loading = 'eager'));
            return pictures.every((it) => it.complete) || null";
        until("every state", async || {
            client.execute(settled, Vec::new()).await.unwrap().as_bool()
        })
        .await;
    }

    /// The states by name, as they look.
    async fn pictures(&self) -> Vec<(String, Vec<u8>)> {
        let places = "return [...document.querySelectorAll('konpro-video')].map((it) => {
            const { left, top, right, bottom } = it.getBoundingClientRect();
            // Whole points: where a part of one begins is no part of how it looks.
            const [x, y] = [Math.floor(left + scrollX), Math.floor(top + scrollY)];
            return [it.id, { x, y, width: Math.ceil(right + scrollX) - x, height: Math.ceil(bottom + scrollY) - y, scale: 1 }];
        })";
        let places = self
            .browser
            .client
            .execute(places, Vec::new())
            .await
            .unwrap();
        let mut pictures = Vec::new();
        for place in places.as_array().unwrap() {
            let how = json!({ "format": "webp", "quality": 80, "captureBeyondViewport": true, "clip": place[1] });
            let taken = self.browser.devtools("Page.captureScreenshot", how).await;
            let picture = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
            pictures.push((place[0].as_str().unwrap().to_owned(), picture));
        }
        pictures
    }

    async fn difference(&self, one: &[u8], other: &[u8]) -> f64 {
        let both: Vec<Value> = [one, other].map(|it| json!(STANDARD.encode(it))).to_vec();
        let client = &self.browser.client;
        client
            .execute_async(COMPARE, both)
            .await
            .unwrap()
            .as_f64()
            .unwrap()
    }
}
