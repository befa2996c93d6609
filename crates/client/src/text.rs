/// Pieces of text as one; `concat` weighs more than all that it is used for.
pub fn joined(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece);
    }
    text
}

/// A path segment, or a query value. By hand, and collected, not formatted, as are all paths: every visitor would
/// pay for the tables of a crate and for the formatting code.
pub(crate) fn encode(part: &str) -> String {
    let mut encoded = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(b"0123456789ABCDEF"[usize::from(digit)].into());
            }
        }
    }
    encoded
}
