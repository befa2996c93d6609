//! What the seed decides.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

/// Draws everything that is left to chance, and writes down what was drawn.
#[derive(Clone)]
pub(crate) struct Chance(Arc<Mutex<Drawn>>);

struct Drawn {
    random: StdRng,
    /// How likely trouble is, in percent.
    trouble: u32,
    start: Instant,
    history: Vec<String>,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let trouble = random.random_range(0..40);
        let start = Instant::now();
        Self(Arc::new(Mutex::new(Drawn {
            random,
            trouble,
            start,
            history: Vec::new(),
        })))
    }

    /// Nothing ever goes wrong.
    pub(crate) fn calm(seed: u64) -> Self {
        let chance = Self::new(seed);
        chance.calm_down();
        chance
    }

    pub(crate) fn between(&self, least: u64, most: u64) -> u64 {
        self.0.lock().unwrap().random.random_range(least..=most)
    }

    /// Whether something goes wrong here.
    pub(crate) fn strikes(&self) -> bool {
        let drawn = &mut *self.0.lock().unwrap();
        let dice = drawn.random.random_range(0..100);
        dice < drawn.trouble
    }

    /// Usually next to nothing, now and then minutes.
    pub(crate) fn delay(&self) -> Duration {
        let most = if self.strikes() { 100_000 } else { 200 };
        Duration::from_millis(self.between(1, most))
    }

    pub(crate) fn calm_down(&self) {
        self.0.lock().unwrap().trouble = 0;
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.0.lock().unwrap().trouble == 0
    }

    pub(crate) fn note(&self, what: &str) {
        let drawn = &mut *self.0.lock().unwrap();
        let at = drawn.start.elapsed().as_millis();
        drawn.history.push(format!("{at} {what}"));
    }

    pub(crate) fn history(&self) -> Vec<String> {
        self.0.lock().unwrap().history.clone()
    }
}

/// What a page keeps in the browser: the last thing that was written down.
pub(crate) type Kept = Rc<RefCell<Option<String>>>;
