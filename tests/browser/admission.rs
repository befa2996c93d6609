//! Who may make videos, and how many.

use serde_json::json;

use crate::stage::play_with;
use crate::waiting::until;

#[tokio::test]
async fn who_has_made_all_videos_that_one_may_is_told_so_and_keeps_the_script() {
    let settings = ["--videos-per-visitor", "1/day"];
    play_with(&settings, 20.0, async |stage| {
        // The refusal is one of the network's errors.
        stage.expect_network_failures();
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("The only one.", "360p", "mp4").await;
        widget.generate().await;
        widget.click("[part~=another]").await;
        widget.part("script").await.clear().await.unwrap();
        widget.compose("One too many.", "360p", "mp4").await;
        widget.generate().await;
        widget
            .says("You have made as many videos as this site allows for now.")
            .await;
        widget.says("Please come back later.").await;
        assert_eq!(widget.written().await, "One too many.");
        let failed = stage.heard("konpro-failed").await;
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0]["error"]["code"], "QUOTA_EXCEEDED");
        widget.part("generate").await;
        assert_eq!(stage.paid(), 1);
    })
    .await;
}

/// A page whose own server gives a token whenever it is asked; `lifetime` says for how many seconds.
const SIGNED_IN: &str = "{
    window.lifetime = 3600;
    window.given = 0;
    const letters = new TextEncoder();
    const url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const part = (object) => url(letters.encode(JSON.stringify(object)));
    const token = async () => {
        given++;
        const claims = { sub: 'a guest', exp: Math.round(Date.now() / 1000) + lifetime };
        const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
        const algorithm = { name: 'HMAC', hash: 'SHA-256' };
        const key = await crypto.subtle.importKey('raw', letters.encode(SECRET), algorithm, false, ['sign']);
        const signature = await crypto.subtle.sign('HMAC', key, letters.encode(signed));
        return `${signed}.${url(new Uint8Array(signature))}`;
    };
    new MutationObserver((_, observer) => {
        const widget = document.querySelector('konpro-video');
        if (!widget) return;
        observer.disconnect();
        widget.getSession = token;
    }).observe(document, { childList: true, subtree: true });
}";

#[tokio::test]
async fn a_session_that_ends_in_mid_job_costs_nobody_the_video_and_the_next_asks_for_a_new_one() {
    let secret = "a secret of thirty-two bytes or more";
    let settings = ["--session-secret", secret];
    play_with(&settings, 8.0, async |stage| {
        let page = SIGNED_IN.replace("SECRET", &format!("'{secret}'"));
        let command = "Page.addScriptToEvaluateOnNewDocument";
        stage
            .browser
            .devtools(command, json!({ "source": page }))
            .await;
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Let me in.", "360p", "mp4").await;
        widget.generate().await;
        until("the job", async || {
            stage.heard("konpro-created").await.pop()
        })
        .await;
        stage.expect_network_failures();
        widget.run("window.lifetime = -3600").await;
        widget.plays(640, 360).await;

        widget.click("[part~=another]").await;
        widget.part("script").await.clear().await.unwrap();
        widget.compose("And once more.", "360p", "mp4").await;
        widget.generate().await;
        widget
            .says("This site did not let you in, or your visit has taken too long.")
            .await;
        widget.says("Sign in again or reload the page").await;
        assert_eq!(widget.written().await, "And once more.");
        let failed = stage.heard("konpro-failed").await;
        assert_eq!(failed[0]["error"]["code"], "SESSION_REQUIRED");
        assert_eq!(stage.paid(), 1);

        let given = widget.ask("return window.given").await.unwrap();
        widget.run("window.lifetime = 3600").await;
        widget.click("[part~=retry]").await;
        widget.plays(640, 360).await;
        let anew = widget.ask("return window.given").await.unwrap();
        assert!(anew.as_u64() > given.as_u64(), "{anew} after {given}");
        assert_eq!(stage.paid(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_refused_is_asked_for_anew_and_nobody_notices() {
    let secret = "a secret of thirty-two bytes or more";
    let settings = ["--session-secret", secret];
    play_with(&settings, 20.0, async |stage| {
        let page = SIGNED_IN.replace("SECRET", &format!("'{secret}'"));
        let command = "Page.addScriptToEvaluateOnNewDocument";
        let source = json!({ "source": page });
        stage.browser.devtools(command, source).await;
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("Let me in.", "360p", "mp4").await;
        stage.expect_network_failures();
        // A page that keeps its token for as long as nobody minds.
        let kept = "const token = widget.getSession;
            window.lifetime = -3600;
            window.refused = [];
            widget.getSession = async (refused) => {
                if (refused) {
                    window.refused.push(refused);
                    window.lifetime = 3600;
                }
                return token();
            }";
        widget.run(kept).await;
        widget.generate().await;
        widget.plays(640, 360).await;
        let refused = "return window.refused.map((token) => token.split('.').length)";
        assert_eq!(widget.ask(refused).await, Some(json!([3])));
        assert_eq!(stage.heard("konpro-failed").await.len(), 0);
        assert_eq!(stage.paid(), 1);
    })
    .await;
}
