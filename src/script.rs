//! How long a script is.

/// Length in Unicode scalar values, which is what the proxy's limit counts.
pub(crate) fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// How a script's length stands to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Plenty,
    /// So many are left: worth saying.
    Near(u32),
    /// So many are too many.
    Over(u32),
}

/// How much room `length` leaves under `limit`.
pub(crate) fn room(length: u32, limit: u32) -> Room {
    if length > limit {
        Room::Over(length - limit)
    } else if limit - length <= limit / 10 {
        Room::Near(limit - length)
    } else {
        Room::Plenty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_counts_once_however_many_bytes_it_has() {
        assert_eq!(length("é"), 1);
        assert_eq!(length("🎬"), 1);
        assert_eq!(length("שלום"), 4);
        assert_eq!(length("\u{0}\u{7}<script>"), 10);
        // A family is several scalar values, and the proxy counts them so.
        assert_eq!(length("👩‍👧"), 3);
    }

    #[test]
    fn the_counter_warns_near_the_limit_and_refuses_over_it() {
        assert_eq!(room(0, 5000), Room::Plenty);
        assert_eq!(room(4499, 5000), Room::Plenty);
        assert_eq!(room(4500, 5000), Room::Near(500));
        assert_eq!(room(5000, 5000), Room::Near(0));
        assert_eq!(room(5001, 5000), Room::Over(1));
    }
}
