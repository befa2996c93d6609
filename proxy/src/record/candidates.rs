use std::time::Duration;

use konpro_job::Instant;
use serde::{Deserialize, Serialize};

/// So many ids are remembered: whoever knows a webhook's token could name any number.
const MOST: usize = 5;
/// An id that KonPro does not know is asked for again after so long; twice as
/// long each time.
const PAUSE: Duration = Duration::from_secs(10);
const MOST_LOOKS: u32 = 7;
/// The same while KonPro does not answer.
const LOST_PAUSE: Duration = Duration::from_secs(30);

/// What webhooks, or the operator, call a job whose own id was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Candidates(Vec<Candidate>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Candidate {
    id: String,
    looks: u32,
    /// Looks that came to nothing: they say nothing of the id.
    #[serde(default)]
    lost: u32,
    due: Instant,
    /// The operator's word, not a webhook's.
    believed: bool,
}

impl Candidates {
    /// A webhook names an id; one that was named before is not news.
    pub(crate) fn hear(&mut self, id: &str, now: Instant) {
        let known = self.0.iter().any(|candidate| candidate.id == id);
        if !known && self.0.len() < MOST {
            self.0.push(Candidate::new(id, now, false));
        }
    }

    /// The operator names it: looked at first, however many others there are.
    pub(crate) fn believe(&mut self, id: &str, now: Instant) {
        self.0.retain(|candidate| candidate.id != id);
        self.0.insert(0, Candidate::new(id, now, true));
    }

    /// Whether the operator's word is still to be looked at.
    pub(crate) fn has_unheeded(&self) -> bool {
        self.0.iter().any(Candidate::is_unheeded)
    }

    /// The one to look at next, and when.
    pub(crate) fn next(&self) -> Option<(&str, Instant)> {
        let hopeful = self.0.iter().filter(|it| it.looks < MOST_LOOKS);
        let first = hopeful.min_by_key(|it| (!it.is_unheeded(), it.due))?;
        Some((&first.id, first.due))
    }

    /// KonPro said nothing of it.
    pub(crate) fn look_was_lost(&mut self, id: &str, now: Instant) {
        if let Some(candidate) = self.0.iter_mut().find(|candidate| candidate.id == id) {
            candidate.due = now.after(LOST_PAUSE * (1 << candidate.lost.min(4)));
            candidate.lost += 1;
        }
    }

    /// KonPro did not confirm it.
    pub(crate) fn look_was_vain(&mut self, id: &str, now: Instant) {
        if let Some(candidate) = self.0.iter_mut().find(|candidate| candidate.id == id) {
            candidate.due = now.after(PAUSE * (1 << candidate.looks.min(6)));
            candidate.looks += 1;
        }
    }
}

impl Candidate {
    fn is_unheeded(&self) -> bool {
        self.believed && self.looks == 0
    }

    fn new(id: &str, due: Instant, believed: bool) -> Self {
        Self {
            id: id.to_owned(),
            looks: 0,
            lost: 0,
            due,
            believed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn what_is_named_later_or_again_takes_nothing_away() {
        let mut candidates = Candidates::default();
        candidates.hear("right", at(0));
        candidates.hear("wrong", at(1));
        candidates.hear("right", at(2));
        assert_eq!(candidates.next(), Some(("right", at(0))));
        candidates.look_was_vain("right", at(3));
        assert_eq!(candidates.next(), Some(("wrong", at(1))));
        candidates.look_was_vain("wrong", at(4));
        assert_eq!(candidates.next(), Some(("right", at(13))));
    }

    #[test]
    fn one_that_is_never_confirmed_is_looked_at_ever_more_rarely_and_then_no_more() {
        let mut candidates = Candidates::default();
        candidates.hear("vain", at(0));
        let (mut now, mut looks) = (at(0), 0);
        while let Some((_, due)) = candidates.next() {
            now = now.max(due);
            candidates.look_was_vain("vain", now);
            looks += 1;
        }
        assert_eq!(looks, 7);
        assert!(now.since(at(0)) < Duration::from_secs(30 * 60));
    }

    #[test]
    fn the_operators_word_counts_however_many_webhooks_came() {
        let mut candidates = Candidates::default();
        for nth in 0..20 {
            candidates.hear(&format!("wrong {nth}"), at(0));
        }
        candidates.believe("right", at(9));
        let mut named = Vec::new();
        while let Some((id, _)) = candidates.next() {
            let id = id.to_owned();
            candidates.look_was_vain(&id, at(9));
            named.push(id);
        }
        assert!(named.iter().filter(|id| *id == "right").count() == 7);
        named.dedup();
        assert!(named.len() > 5);
    }
}
