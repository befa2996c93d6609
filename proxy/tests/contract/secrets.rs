//! What nobody may learn: KonPro's key, and of visitors what is theirs.

use std::time::Duration;

use konpro_simulator::Config as Simulated;
use tokio::time::sleep;

use crate::support::events::Events;
use crate::support::leaks::assert_hidden;
use crate::support::log::Log;
use crate::support::visitor::{
    Answer, VIDEOS, create, delete, ended, get, order, path, post, post_with_key,
};
use crate::support::{KEY, Stage, settings, simulated};

fn shown(answer: &Answer) -> Vec<u8> {
    let mut shown = format!("{:?}", answer.headers).into_bytes();
    shown.extend_from_slice(&answer.body);
    shown
}

#[tokio::test(start_paused = true)]
async fn neither_an_answer_nor_the_log_shows_the_key_or_the_visitors_secrets() {
    let log = Log::begin();
    let mut config = settings();
    config.secret = Some("the-sealing-secret-of-32-characters".parse().unwrap());
    let stage = Stage::of(config, simulated());
    for fault in [
        "avatars:500x1",
        "create:malformedx1",
        "status:503x1",
        "status:htmlx1",
        "status:dropx1",
    ] {
        stage.simulator.inject(fault.parse().unwrap());
    }
    let proxy = stage.proxy();
    let mut answers = vec![get(&proxy, "/v1/avatars").await];
    sleep(Duration::from_secs(60)).await;
    let text = "A word for your ears only.";
    let lost = post_with_key(&proxy, "the-visitors-idempotency-key", &order(text)).await;
    let waiting = post(&proxy, &order("Another word, as private.")).await;
    let refused = post(&proxy, &order("\u{200b}")).await;
    let (lost_path, path) = (path(&lost.json()), path(&waiting.json()));
    let told = tokio::spawn({
        let (proxy, path) = (proxy.clone(), path.clone());
        async move { Events::of(&proxy, &path).await.all().await }
    });
    answers.extend([lost, waiting, refused]);
    ended(&proxy, &path).await;
    for path in [
        "/v1/voices",
        "/v1/limits",
        "/health/ready",
        "/nowhere",
        &lost_path,
        &path,
        &format!("{path}/video"),
        &format!("{path}/video?download"),
    ] {
        answers.push(get(&proxy, path).await);
    }
    answers.push(delete(&proxy, &path).await);
    answers
        .iter()
        .for_each(|answer| assert_hidden(KEY, &shown(answer)));
    assert_hidden(KEY, format!("{:?}", told.await.unwrap()).as_bytes());

    let log = log.text();
    assert!(log.contains("answered") && log.contains("job sent"));
    for secret in [
        KEY,
        "the-sealing-secret-of-32-characters",
        text,
        "Another word, as private.",
        "the-visitors-idempotency-key",
    ] {
        assert_hidden(secret, log.as_bytes());
    }
    for path in [lost_path, path] {
        assert_hidden(path.strip_prefix(VIDEOS).unwrap(), log.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_the_operators_trouble() {
    let elsewhere = Simulated {
        api_key: "another".to_owned(),
        ..simulated()
    };
    for scope in ["public", "all"] {
        let log = Log::begin();
        let mut config = settings();
        config.scope = scope.parse().unwrap();
        let stage = Stage::of(config, elsewhere.clone());
        let proxy = stage.proxy();
        let created = post_with_key(&proxy, "k", &order("Hello.")).await;
        let listed = get(&proxy, "/v1/avatars").await;
        for answer in [&created, &listed] {
            assert_eq!(answer.refused(503), "UPSTREAM_UNAVAILABLE");
            let shown = String::from_utf8_lossy(&answer.body).to_lowercase();
            assert!(
                !shown.contains("key") && !shown.contains("konpro_"),
                "{shown}"
            );
        }
        let log = log.text();
        let error = log.lines().find(|line| line.contains("ERROR")).unwrap();
        assert!(error.contains("KONPRO_API_KEY"), "{error}");
        assert_hidden(KEY, log.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_later_shows_in_the_log_and_loses_no_job() {
    let log = Log::begin();
    let stage = Stage::new();
    let refusal =
        r#"{"error": {"code": "INVALID_API_KEY", "message": "kp-live/9f+27c41 is not valid"}}"#;
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    stage.wire.say(http::Method::GET, VIDEOS, 401, refusal);
    assert_eq!(ended(&proxy, &made).await["status"], "completed");
    let log = log.text();
    assert!(
        log.lines()
            .any(|line| line.contains("ERROR") && line.contains("KONPRO_API_KEY"))
    );
    assert_hidden(KEY, log.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_konpro_that_repeats_the_key_does_not_betray_it() {
    for written in [
        KEY,
        r"kp-live\/9f+27c41",
        r"kp-live/9f\u002b27c41",
        r"\u006bp-live\/9f\u002B27c41",
    ] {
        let stage = Stage::new();
        let message = format!(r#""message": "Header x-api-key: {written} and more""#);
        let refusal = format!(r#"{{"error": {{"code": "VALIDATION_ERROR", {message}}}}}"#);
        stage.wire.say(http::Method::POST, VIDEOS, 400, &refusal);
        let proxy = stage.proxy();
        let refused = post(&proxy, &order("Hello.")).await;
        refused.refused(400);
        assert_hidden(KEY, &shown(&refused));
        assert!(refused.json().to_string().contains("[hidden] and more"));
        let made = create(&proxy, "Hello.").await;
        let failure = format!(r#"{{"status": "failed", "error": {{{message}, {message}}}}}"#);
        stage.wire.say(http::Method::GET, VIDEOS, 200, &failure);
        assert_eq!(ended(&proxy, &made).await["status"], "failed");
        assert_hidden(KEY, &shown(&get(&proxy, &made).await));
        assert_hidden(KEY, stage.kept().as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_403_that_says_nothing_of_the_video_is_the_operators_trouble_too() {
    for bare in [
        r#"{"detail": "Not authenticated"}"#,
        "<html>Forbidden</html>",
        "",
    ] {
        let log = Log::begin();
        let stage = Stage::new();
        stage.wire.say(http::Method::POST, VIDEOS, 403, bare);
        let refused = post(&stage.proxy(), &order("Hello.")).await;
        assert_eq!(refused.refused(503), "UPSTREAM_UNAVAILABLE", "{bare}");
        let log = log.text();
        let error = log.lines().find(|line| line.contains("ERROR")).unwrap();
        assert!(error.contains("KONPRO_API_KEY"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_script_is_forgotten_when_its_job_ends() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "My words, made.").await;
    let failing = create(&proxy, "My words, failing. [fail]").await;
    let withdrawn = create(&proxy, "My words, withdrawn.").await;
    assert!(stage.kept().contains("My words, failing."));
    delete(&proxy, &withdrawn).await;
    for path in [made, failing] {
        ended(&proxy, &path).await;
    }
    stage.wire.say(http::Method::POST, VIDEOS, 400, "{}");
    post(&proxy, &order("My words, refused."))
        .await
        .refused(400);
    assert!(!stage.kept().contains("My words"), "{}", stage.kept());
}

#[test]
fn settings_do_not_print_their_secrets() {
    let mut config = settings();
    config.secret = Some("the-sealing-secret-of-32-characters".parse().unwrap());
    let printed = format!("{config:?} {config:#?}");
    assert_hidden(KEY, printed.as_bytes());
    assert_hidden("the-sealing-secret-of-32-characters", printed.as_bytes());
}
