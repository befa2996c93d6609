//! The settings, as an operator gets them wrong.

use crate::support::KEY;
use crate::support::leaks::assert_hidden;
use crate::support::program::{SECRET, told};

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
        ("KONPRO_API_KEY", "", "empty"),
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
