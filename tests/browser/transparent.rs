//! A video without a background shows the page through it. The film is the scenario's own: the simulator's have none that
//! could be seen through.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::stage::play;
use crate::waiting::until;

/// Two seconds of a square in the middle of nothing, as webm with an alpha channel.
const RECORD: &str = "const told = [...arguments].at(-1);
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp9' });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = async () => {
        const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
        told(btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')));
    };
    recorder.start();
    let frames = 0;
    const draw = () => {
        context.clearRect(0, 0, 640, 360);
        context.fillStyle = `rgb(0 0 ${200 + (frames % 50)})`;
        context.fillRect(270, 130, 100, 100);
        if (frames++ < 100) requestAnimationFrame(draw); else recorder.stop();
    };
    draw()";

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

#[tokio::test]
async fn a_video_without_a_background_shows_the_page_through_it() {
    play(20.0, async |stage| {
        let client = &stage.browser.client;
        client.goto("data:text/html,<canvas>").await.unwrap();
        let film = client.execute_async(RECORD, Vec::new()).await.unwrap();
        let film = STANDARD.decode(film.as_str().unwrap()).unwrap();

        stage.open_page().await;
        let widget = stage.widget();
        widget.element("label[part~=voice]").await;
        widget.open_settings().await;
        widget.element("[part~=background] option[value=transparent]").await;
        widget.click("[part~=background] option[value=transparent]").await;
        widget.compose("Nothing behind me.", "360p", "webm").await;
        widget.generate().await;
        let job = until("the job", async || stage.heard("konpro-created").await.pop()).await;
        let id = job["job_id"].as_str().unwrap();
        stage.gate.answer(&format!("GET /v1/video-avatars/{id}/video"), 200, "video/webm", film);
        let page = "widget.style.setProperty('--konpro-surface', 'rgb(0 255 0)')";
        widget.run(page).await;
        let video = widget.part("video").await;
        widget.run("const video = widget.shadowRoot.querySelector('video'); video.controls = false; video.muted = true; video.loop = true; video.play()").await;
        let plays = "const video = widget.shadowRoot.querySelector('video'); return video.currentTime > 0.1 || null";
        until("the video to play", async || widget.ask(plays).await?.as_bool()).await;
        let picture = STANDARD.encode(video.screenshot().await.unwrap());
        client.goto("data:text/html,<canvas>").await.unwrap();
        let at = async |across: u32, down: u32| {
            let arguments = vec![json!(picture), json!(across), json!(down)];
            client.execute_async(POINT, arguments).await.unwrap()
        };
        let middle = at(500, 500).await;
        assert!(middle[2].as_u64().unwrap() > 150, "the square is not there: {middle}");
        for (across, down) in [(250, 500), (750, 500), (500, 850)] {
            assert_eq!(at(across, down).await, json!([0, 255, 0]), "something is behind the video");
        }
    })
    .await;
}
