//! Looking for a secret in whatever shape it may have leaked.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

/// The shapes in which the secret stands somewhere in the bytes: none is what one hopes for.
pub fn shapes_in(bytes: &[u8], secret: &str) -> Vec<String> {
    let small = bytes.to_ascii_lowercase();
    shapes(secret)
        .into_iter()
        .filter(|(_, case_matters, shape)| match case_matters {
            true => contains(bytes, shape.as_bytes()),
            false => contains(&small, shape.to_ascii_lowercase().as_bytes()),
        })
        .map(|(name, ..)| name)
        .collect()
}

/// Name, whether upper and lower case differ, and the shape itself.
fn shapes(secret: &str) -> Vec<(String, bool, String)> {
    let every = |escape: fn(u8) -> String| secret.bytes().map(escape).collect::<String>();
    let where_needed = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => percent(byte),
    };
    let mut shapes = vec![
        ("as it is".to_owned(), false, secret.to_owned()),
        (
            "hexadecimal".to_owned(),
            false,
            every(|byte| format!("{byte:02x}")),
        ),
        (
            "percent-encoded".to_owned(),
            false,
            secret.bytes().map(where_needed).collect(),
        ),
        (
            "percent-encoded throughout".to_owned(),
            false,
            every(percent),
        ),
        (
            "escaped for JSON".to_owned(),
            false,
            secret.replace('/', "\\/"),
        ),
    ];
    // What stands before the secret shifts its base64: each shift has a part that does not depend on the neighbours.
    for shift in 0..3 {
        let shifted = [&b"\0\0"[..shift], secret.as_bytes()].concat();
        let whole = &shifted[..shifted.len() / 3 * 3];
        let own = |text: String| text[(shift * 4).div_ceil(3)..].to_owned();
        shapes.push((
            format!("base64, shifted by {shift}"),
            true,
            own(STANDARD_NO_PAD.encode(whole)),
        ));
        shapes.push((
            format!("base64 for URLs, shifted by {shift}"),
            true,
            own(URL_SAFE_NO_PAD.encode(whole)),
        ));
    }
    shapes
}

fn percent(byte: u8) -> String {
    format!("%{byte:02X}")
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    memmem::find(bytes, wanted).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "key/4f+9c?=zz>";

    #[test]
    fn a_secret_is_found_in_every_shape_and_place() {
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{SECRET}, and more");
            let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
            let encoded = [
                text.clone(),
                text.to_uppercase(),
                hex,
                STANDARD_NO_PAD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
                text.replace('/', "%2f")
                    .replace('+', "%2B")
                    .replace('?', "%3F")
                    .replace('=', "%3D")
                    .replace('>', "%3e"),
                text.replace('/', "\\/"),
            ];
            for leak in encoded {
                assert_ne!(
                    shapes_in(leak.as_bytes(), SECRET),
                    [""; 0],
                    "not seen in {leak}"
                );
            }
        }
    }

    #[test]
    fn what_is_only_similar_is_no_leak() {
        assert_eq!(shapes_in(b"key/4f+9c?=zz, key%2F4f", SECRET), [""; 0]);
    }
}
