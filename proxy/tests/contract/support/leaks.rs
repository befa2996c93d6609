use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Every form in which a secret could leave the proxy.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = percent_encoding::NON_ALPHANUMERIC;
    let percent = percent_encoding::utf8_percent_encode(secret, percent).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let reversed = secret.chars().rev().collect();
    let mut forms = vec![
        secret.to_owned(),
        hex,
        percent,
        form,
        reversed,
        secret.replace('/', "\\/"),
    ];
    // Within a longer text the secret may begin at any of three places of a base64 group; its
    // outermost characters mix with the neighbours.
    for before in ["", "x", "xx"] {
        let whole = STANDARD_NO_PAD.encode(format!("{before}{secret}"));
        let inner = whole[if before.is_empty() { 0 } else { 4 }..whole.len() - 2].to_owned();
        forms.push(inner.replace('+', "-").replace('/', "_"));
        forms.push(inner);
    }
    forms
}

/// Panics where `text` has the secret in it, in whatever form.
pub(crate) fn assert_hidden(secret: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let lower = text.to_lowercase();
    for form in forms(secret) {
        assert!(
            !lower.contains(&form.to_lowercase()),
            "{form} stands in {text}"
        );
    }
}

#[test]
fn a_secret_is_found_in_whatever_form() {
    let secret = "kp-live/9f+27c41";
    for hidden in [
        "x-api-key: kp-live/9f+27c41",
        "6B702D6C6976652F39662B3237633431",
        "?key=kp%2dlive%2F9f%2B27c41",
        &STANDARD_NO_PAD.encode("user:kp-live/9f+27c41"),
        &STANDARD_NO_PAD.encode("api:kp-live/9f+27c41!"),
        &STANDARD_NO_PAD.encode("key:=kp-live/9f+27c41?!"),
    ] {
        let found = std::panic::catch_unwind(|| assert_hidden(secret, hidden.as_bytes()));
        assert!(found.is_err(), "{hidden}");
    }
    assert_hidden(secret, b"kp-live and 9f+27c41 apart");
}
