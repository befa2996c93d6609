//! The settings, as an operator gets them wrong.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::Router;
use axum::routing::get as get_route;
use serde_json::Value;

use crate::program::{json, konpro};
use crate::support::leaks::assert_hidden;
use crate::support::program::{Program, SECRET, told};
use crate::support::visitor::{VIDEOS, empty, ended, get, order, path, posting, request, send};
use crate::support::{KEY, Stage};

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("operating");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
async fn help_lists_every_setting_with_its_default_and_no_secret() {
    let environment = [("KONPRO_API_KEY", KEY), ("KONPRO_PROXY_SECRET", SECRET)];
    let (content, said) = told(&["--help"], &environment).await;
    assert!(content);
    for (setting, default) in [
        ("KONPRO_API_KEY", "required unless --demo"),
        ("KONPRO_API_KEY_FILE", "[default: none]"),
        ("KONPRO_API_URL", "[default: https://api.konpro.ai]"),
        ("KONPRO_PROXY_ADDR", "[default: 127.0.0.1:8787]"),
        ("KONPRO_PROXY_PUBLIC_URL", "[default: none]"),
        ("KONPRO_PROXY_ORIGINS", "[default: none]"),
        (
            "KONPRO_PROXY_SECRET",
            "[default: made at first start, kept in the store]",
        ),
        ("KONPRO_PROXY_STORE", "[default: sqlite:konpro.db]"),
        ("KONPRO_PROXY_ADMIN_ADDR", "[default: none]"),
        ("KONPRO_PROXY_SESSION_SECRET", "[default: none]"),
        ("KONPRO_PROXY_ARCHIVE", "[default: none]"),
        ("KONPRO_RATE_PER_MINUTE", "[default: 10]"),
        ("KONPRO_RATE_PER_DAY", "[default: 100]"),
        ("KONPRO_PROXY_VIDEOS_PER_VISITOR", "[default: 20/hour]"),
        ("KONPRO_PROXY_VIDEOS_PER_DAY", "[default: none]"),
        ("KONPRO_PROXY_APPROVE_URL", "[default: none]"),
        ("KONPRO_PROXY_REUSE", "[default: 24h]"),
        ("KONPRO_PROXY_KEEP", "[default: 30d]"),
        ("KONPRO_PROXY_TRUSTED_PROXIES", "[default: none]"),
        ("KONPRO_CONCURRENT_VIDEOS", "[default: 1]"),
        ("KONPRO_PROXY_SCOPE", "[default: public]"),
        ("KONPRO_PROXY_MAX_TEXT", "[default: 5000]"),
        ("KONPRO_PROXY_LISTS", "[default: 24h]"),
        ("KONPRO_PROXY_PAGE", "[default: none]"),
        ("KONPRO_PROXY_LOG", "[default: text]"),
    ] {
        let named = |line: &&str| {
            let after = line.split_once(&format!("[env: {setting}"));
            after.is_some_and(|(_, rest)| rest.starts_with(['=', ']']))
        };
        let line = said.lines().find(named).expect(setting);
        assert!(line.contains(default), "{line}");
    }
    assert!(said.contains("--demo"));
    environment
        .iter()
        .for_each(|(_, secret)| assert_hidden(secret, said.as_bytes()));
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_what_to_mend() {
    let (content, said) = told(&[], &[]).await;
    assert!(!content);
    assert!(
        said.contains("KONPRO_API_KEY") && said.contains("--demo"),
        "{said}"
    );
    for (setting, value, mend) in [
        ("KONPRO_API_KEY", "", "KONPRO_API_KEY_FILE"),
        ("KONPRO_API_KEY_FILE", "key.txt", "--api-key"),
        ("KONPRO_API_URL", "ftp://api.konpro.ai", "https"),
        (
            "KONPRO_API_URL",
            "https://user:password@api.konpro.ai",
            "https",
        ),
        ("KONPRO_PROXY_ADDR", "8787", "--addr"),
        (
            "KONPRO_PROXY_PUBLIC_URL",
            "http://video.example.com",
            "https://",
        ),
        ("KONPRO_PROXY_ORIGINS", "*", "one by one"),
        (
            "KONPRO_PROXY_ORIGINS",
            "https://a.example/b?c",
            "remove `/b?c`",
        ),
        ("KONPRO_PROXY_LOG", "xml", "--log-format"),
        (
            "KONPRO_PROXY_ORIGINS",
            "https://a.example,b.example",
            "scheme and host",
        ),
        ("KONPRO_PROXY_STORE", "postgres://db", "sqlite:FILE"),
        ("KONPRO_CONCURRENT_VIDEOS", "0", "from 1"),
        ("KONPRO_PROXY_MAX_TEXT", "0", "KONPRO_PROXY_MAX_TEXT"),
        ("KONPRO_PROXY_MAX_TEXT", "many", "--max-text"),
        ("KONPRO_PROXY_LISTS", "soon", "24h"),
        ("KONPRO_PROXY_LISTS", "-1h", "24h"),
        ("KONPRO_PROXY_PAGE", "/missing", "/missing/index.html"),
    ] {
        let mut environment = vec![(setting, value)];
        if setting != "KONPRO_API_KEY" {
            environment.push(("KONPRO_API_KEY", KEY));
        }
        let (content, said) = told(
            &["--addr", "127.0.0.1:0"][..if setting.ends_with("ADDR") { 0 } else { 2 }],
            &environment,
        )
        .await;
        assert!(!content, "{setting}={value}");
        assert!(said.contains(mend), "{setting}={value}: {said}");
        assert_hidden(KEY, said.as_bytes());
        assert_hidden(SECRET, said.as_bytes());
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_not_repeated() {
    for (setting, value) in [
        ("KONPRO_API_KEY", "kp-live/9f\u{7}27c41"),
        ("KONPRO_PROXY_SECRET", "too-short-a-secret"),
        (
            "KONPRO_PROXY_SECRET",
            "the-sealing-secret-of-32-characters,too-short-a-secret",
        ),
    ] {
        let (content, said) = told(&["--demo"], &[(setting, value)]).await;
        assert!(!content);
        assert!(said.contains(setting), "{said}");
        value
            .split(',')
            .for_each(|part| assert_hidden(part, said.as_bytes()));
    }
}

#[tokio::test]
async fn an_empty_variable_is_as_good_as_none() {
    let (_simulator, url) = konpro().await;
    let help = told(&["--help"], &[]).await.1;
    let settings: BTreeSet<&str> = help
        .split("[env: ")
        .skip(1)
        .filter_map(|rest| rest.split(['=', ']']).next())
        .collect();
    assert!(settings.contains("KONPRO_PROXY_ORIGINS") && settings.len() > 20);
    let key = folder().join("key");
    std::fs::write(&key, KEY).unwrap();
    let mut environment: Vec<_> = settings.iter().map(|name| (*name, "")).collect();
    environment.extend([
        ("KONPRO_API_URL", url.as_str()),
        ("KONPRO_API_KEY_FILE", key.to_str().unwrap()),
        ("KONPRO_PROXY_STORE", "memory:"),
    ]);
    let program = Program::start(&[], &environment).await;
    let answer = program.ask("GET /health/ready", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let log = program.stop().await;
    assert!(!log.contains("does not know this setting"), "{log}");
}

#[tokio::test]
async fn a_setting_of_the_build_is_not_called_unknown() {
    let environment = [("KONPRO_CACHE", "/var/cache"), ("KONPRO_CASHE", "misspelt")];
    let log = Program::start(&["--demo"], &environment).await.stop().await;
    assert!(
        log.contains("KONPRO_CASHE") && !log.contains("KONPRO_CACHE"),
        "{log}"
    );
}

#[tokio::test]
async fn one_line_of_the_log_leads_from_a_request_to_its_job() {
    let environment = [("KONPRO_PROXY_LOG", "json")];
    let program = Program::start(&["--demo"], &environment).await;
    let created = program
        .ask(
            &format!("POST {VIDEOS}"),
            &order("A private matter.").to_string(),
        )
        .await;
    let sealed = json(&created)["job_id"].as_str().unwrap().to_owned();
    program.ask(&format!("GET {VIDEOS}/{sealed}"), "").await;
    let log = program.stop().await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let saying = |message: &'static str| {
        let says = move |line: &&Value| line["fields"]["message"] == message;
        lines.iter().filter(says)
    };
    let answered = saying("answered").find(|line| line["span"]["method"] == "POST");
    let span = &answered.unwrap()["span"];
    let request = format!("x-request-id: {}\r\n", span["request_id"].as_str().unwrap());
    assert!(created.contains(&request), "{created}");
    let sent = saying("job sent").next().unwrap();
    assert_eq!(sent["fields"]["job"], span["job"]);
    assert_eq!(span["job"].as_str().unwrap().len(), 16);
    for hidden in [&*sealed, "A private matter."] {
        assert_hidden(hidden, log.as_bytes());
    }
}

#[tokio::test]
async fn it_stops_when_told_even_while_it_waits_for_its_store() {
    let environment = [
        ("KONPRO_API_KEY", KEY),
        ("KONPRO_PROXY_STORE", "redis://127.0.0.1:9/0"),
    ];
    let program = Program::spawned(&[], &environment, |line| {
        line.contains("waiting for it").then(String::new)
    });
    program.await.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_site_mounts_it_under_a_prefix_and_makes_a_video_through_it() {
    let public = "https://www.example.com/konpro";
    let stage = Stage::set(|config| config.public_url = Some(public.parse().unwrap()));
    let home = get_route(|| async { "home" });
    let site = Router::new()
        .route("/", home)
        .nest("/konpro", stage.proxy());
    let mut asked = posting(&order("Hello."));
    *asked.uri_mut() = format!("/konpro{VIDEOS}").parse().unwrap();
    let created = send(&site, asked).await;
    assert_eq!(created.status, 201, "{created:?}");

    let sent: Value = serde_json::from_slice(&stage.wire.sent().pop().unwrap().body).unwrap();
    let webhook = sent["settings"]["webhook_url"].as_str().unwrap();
    let webhook = webhook.strip_prefix("https://www.example.com").unwrap();
    assert!(webhook.starts_with("/konpro/webhooks/konpro/"), "{webhook}");
    let heard = send(&site, empty(request("OPTIONS", webhook))).await;
    assert_eq!(heard.status, 200);

    let job = format!("/konpro{}", path(&created.json()));
    assert_eq!(ended(&site, &job).await["status"], "completed");
    let video = get(&site, &format!("{job}/video")).await;
    assert_eq!(video.status, 302);
    assert_eq!(get(&site, "/").await.body, b"home");
}

#[tokio::test]
async fn a_password_in_a_setting_is_not_repeated() {
    for (setting, value) in [
        ("KONPRO_API_URL", "https://user:hunter-2@api.konpro.ai"),
        (
            "KONPRO_PROXY_PUBLIC_URL",
            "https://user:hunter-2@video.example.com",
        ),
        ("KONPRO_PROXY_STORE", "valkey://:hunter-2@db"),
        ("KONPRO_PROXY_ARCHIVE", "s3://id:hunter-2@videos"),
        (
            "KONPRO_PROXY_APPROVE_URL",
            "https://user:hunter-2@site.example/",
        ),
    ] {
        let environment = [("KONPRO_API_KEY", KEY), (setting, value)];
        let (content, said) = told(&[], &environment).await;
        assert!(!content, "{setting}");
        assert!(said.contains(setting), "{said}");
        assert_hidden("hunter-2", said.as_bytes());
        let flag = setting.replace("KONPRO_PROXY_", "").replace("KONPRO_", "");
        let flag = format!("--{}={value}", flag.to_lowercase().replace('_', "-"));
        let (content, said) = told(&[&flag], &environment[..1]).await;
        assert!(!content && said.contains(setting), "{said}");
        assert_hidden("hunter-2", said.as_bytes());
        let (content, said) = told(&["--help"], &environment).await;
        assert!(content);
        assert_hidden("hunter-2", said.as_bytes());
    }
}
