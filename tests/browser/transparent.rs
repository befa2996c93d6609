//! A video without a background shows the page through it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stage::play;
use crate::waiting::until;

/// Red, green, blue of a picture's point, given in its thousandths.
const POINT: &str = "const [picture, across, down, told] = arguments;
    const image = new Image();
    image.onload = () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        told([...context.getImageData(image.width * across / 1000, image.height * down / 1000, 1, 1).data].slice(0, 3));
    };
    image.src = `data:image/png;base64,${picture}`";

/// Where the wall is: left, right, and above the head.
const WALL: [(u32, u32); 4] = [(50, 500), (950, 500), (100, 100), (500, 50)];

const FACE: (u32, u32) = (500, 450);

const GREEN: [u8; 3] = [0, 255, 0];

#[tokio::test]
async fn a_video_without_a_background_shows_the_page_through_it() {
    let [wall @ .., face] = colours("transparent").await;
    assert_eq!(
        wall,
        WALL.map(|_| json!(GREEN)),
        "something is behind the speaker"
    );
    assert!(is_skin(&face), "the speaker is not there: {face}");
}

#[tokio::test]
async fn a_video_with_a_background_hides_the_page() {
    let [wall @ .., face] = colours("office").await;
    assert!(!wall.contains(&json!(GREEN)), "{wall:?}");
    assert!(is_skin(&face), "the speaker is not there: {face}");
}

/// More red than blue, as no green page is.
fn is_skin(colour: &Value) -> bool {
    colour[0].as_u64() > colour[2].as_u64().map(|blue| blue + 20)
}

/// What is seen of a video with this background on a green page: where the wall is, then in the face.
async fn colours(background: &str) -> [Value; WALL.len() + 1] {
    let mut seen = Vec::new();
    play(20.0, async |stage| {
        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.open_settings().await;
        let option = format!("[part~=background] option[value={background}]");
        widget.element(&option).await;
        widget.click(&option).await;
        widget.compose("Nothing behind me.", "360p", "webm").await;
        widget.generate().await;
        widget.run("widget.style.setProperty('--konpro-surface', 'rgb(0 255 0)')").await;
        let video = widget.part("video").await;
        widget.run("const video = widget.shadowRoot.querySelector('video'); video.controls = false; video.muted = true; video.loop = true; video.play()").await;
        let plays = "const video = widget.shadowRoot.querySelector('video'); return video.currentTime > 0.1 || null";
        until("the video to play", async || widget.ask(plays).await?.as_bool()).await;
        let picture = STANDARD.encode(video.screenshot().await.unwrap());
        let client = &stage.browser.client;
        client.goto("data:text/html,<canvas>").await.unwrap();
        for (across, down) in WALL.into_iter().chain([FACE]) {
            let arguments = vec![json!(picture), json!(across), json!(down)];
            seen.push(client.execute_async(POINT, arguments).await.unwrap());
        }
    })
    .await;
    seen.try_into().unwrap()
}
