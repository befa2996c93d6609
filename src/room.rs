//! How a script's length stands to its limit.

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
    fn the_counter_warns_near_the_limit_and_refuses_over_it() {
        assert_eq!(room(0, 5000), Room::Plenty);
        assert_eq!(room(4499, 5000), Room::Plenty);
        assert_eq!(room(4500, 5000), Room::Near(500));
        assert_eq!(room(5000, 5000), Room::Near(0));
        assert_eq!(room(5001, 5000), Room::Over(1));
    }
}
