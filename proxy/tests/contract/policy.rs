//! What the page may load.

use std::fs;
use std::path::Path;

use crate::page::proxy;
use crate::support::visitor::get;

/// The directives of a policy, each with its sources.
fn directives(policy: &str) -> Vec<(String, Vec<String>)> {
    let directives = policy.split(';').map(|directive| {
        let mut words = directive.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.collect())
    });
    directives.collect()
}

#[tokio::test(start_paused = true)]
async fn nothing_foreign_runs_on_the_page() {
    let (_stage, proxy) = proxy("policy");
    let policy = get(&proxy, "/").await;
    let policy = directives(policy.header("content-security-policy").unwrap());
    let sources = |name: &str| {
        let of = policy.iter().find(|(of, _)| of == name);
        of.unwrap_or_else(|| panic!("no {name}")).1.join(" ")
    };
    assert_eq!(sources("default-src"), "'none'");
    assert_eq!(sources("script-src"), "'self' 'wasm-unsafe-eval'");
    assert_eq!(sources("style-src"), "'self'");
    assert_eq!(sources("connect-src"), "'self'");
    assert_eq!(sources("img-src"), "'self' https: http://konpro.test");
    assert_eq!(sources("media-src"), "'self' https: http://konpro.test");
    assert_eq!(sources("require-trusted-types-for"), "'script'");
    assert_eq!(sources("trusted-types"), "'none'");
    assert_eq!(sources("base-uri"), "'none'");
    assert_eq!(sources("form-action"), "'none'");
    assert_eq!(sources("frame-ancestors"), "'self'");
}

/// trunk serves the page beside the proxy, so there the proxy and KonPro's media are on another
/// port of this computer. Otherwise what works under one policy works under the other.
#[tokio::test(start_paused = true)]
async fn trunk_serves_the_page_under_the_same_policy() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Trunk.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("Content-Security-Policy = "));
    let trunk = directives(line.unwrap().trim_matches('"'));
    let (_stage, proxy) = proxy("trunk");
    let ours = get(&proxy, "/").await;
    let ours = directives(ours.header("content-security-policy").unwrap());
    let open = ["img-src", "media-src", "connect-src", "frame-ancestors"];
    let strict = |policy: &[(String, Vec<String>)]| {
        let mut strict: Vec<_> = policy
            .iter()
            .filter(|(name, _)| !open.contains(&&**name))
            .cloned()
            .collect();
        strict.sort();
        strict
    };
    assert_eq!(strict(&trunk), strict(&ours));
    let beside = [
        "'self'",
        "https:",
        "http://127.0.0.1:*",
        "http://localhost:*",
    ];
    for (name, sources) in trunk.iter().filter(|(name, _)| open.contains(&&**name)) {
        assert!(
            sources.iter().all(|source| beside.contains(&&**source)),
            "{name} {sources:?}"
        );
    }
}
