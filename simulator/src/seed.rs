use std::hash::{DefaultHasher, Hash, Hasher};

/// The source of everything that looks random. A value depends on what it is for and not on what was drawn before, so
/// the order of requests changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// A number for one purpose.
    pub(crate) fn number(self, purpose: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.0, purpose).hash(&mut hasher);
        hasher.finish()
    }

    /// A fraction between -1 and 1 for one purpose.
    pub(crate) fn swing(self, purpose: impl Hash) -> f64 {
        let steps = u32::try_from(self.number(purpose) >> 32).unwrap_or_default();
        f64::from(steps) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}
