//! Whose turn it is, and how long that will be.
//!
//! First come, first served, and fair to each visitor: every job gets a *turn* when it comes, one
//! after the turn of its visitor's last job, and never before the turn that is being served. Who has
//! many jobs alternates with the others; and nobody starves, since newcomers queue behind the
//! present turn, not behind nobody.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// The turn of a new job, `last` being that of its visitor's last open job and `current` the one
/// that was served last.
pub(crate) fn turn_for(last: Option<u64>, current: u64) -> u64 {
    match last {
        Some(last) => last.max(current).saturating_add(1),
        None => current.saturating_add(1),
    }
}

/// After how long each waiting job starts, in the order in which they do.
///
/// `running` is how long each job under way still takes, `waiting` how long each waiting one will.
/// Each needs a slot, and `requests` of the day's budget after the `outstanding` ones of those under
/// way; `allows(nth, n)` is how long it takes until the budget has allowed the create of the `nth` of
/// them, from 1, and `n` further requests in all.
pub(crate) fn forecast(
    slots: usize,
    running: &[Duration],
    waiting: &[Duration],
    outstanding: u32,
    requests: u32,
    allows: impl Fn(u32, u32) -> Duration,
) -> Vec<Duration> {
    let slots = slots.min(running.len() + waiting.len());
    let mut free: BinaryHeap<Reverse<Duration>> = running.iter().copied().map(Reverse).collect();
    while free.len() < slots.max(1) {
        free.push(Reverse(Duration::ZERO));
    }
    // More under way than there are slots now: only the last of them to end make room.
    while free.len() > slots.max(1) {
        free.pop();
    }
    let mut needed = outstanding;
    let mut earlier = Duration::ZERO;
    let mut nth = 0u32;
    let start = |takes: &Duration| {
        nth = nth.saturating_add(1);
        needed = needed.saturating_add(requests);
        let slot = free.pop().map_or(Duration::ZERO, |Reverse(at)| at);
        let start = slot.max(allows(nth, needed)).max(earlier);
        earlier = start;
        free.push(Reverse(start.saturating_add(*takes)));
        start
    };
    waiting.iter().map(start).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn seconds(numbers: &[u64]) -> Vec<Duration> {
        numbers.iter().copied().map(Duration::from_secs).collect()
    }

    #[test]
    fn one_who_has_many_jobs_alternates_with_the_others() {
        let mut last: BTreeMap<char, u64> = BTreeMap::new();
        let mut queue: Vec<(u64, usize, char)> = Vec::new();
        for (order, visitor) in "aaaabbc".chars().enumerate() {
            let turn = turn_for(last.get(&visitor).copied(), 0);
            last.insert(visitor, turn);
            queue.push((turn, order, visitor));
        }
        queue.sort_unstable();
        let served: String = queue.iter().map(|(_, _, visitor)| visitor).collect();
        assert_eq!(served, "abcabaa");
    }

    #[test]
    fn nobody_starves_under_a_stream_of_newcomers() {
        // A visitor with ten jobs, and a new visitor each time that one is served.
        let (mut current, mut last) = (0, None);
        let mut queue: Vec<(u64, u32, bool)> = Vec::new();
        for order in 0..10 {
            let turn = turn_for(last, current);
            last = Some(turn);
            queue.push((turn, order, true));
        }
        let mut served = 0;
        for order in 10..100 {
            queue.push((turn_for(None, current), order, false));
            queue.sort_unstable();
            let (turn, _, heavy) = queue.remove(0);
            current = current.max(turn);
            served += u32::from(heavy);
        }
        assert_eq!(served, 10);
    }

    #[test]
    fn a_job_starts_when_a_slot_and_the_budget_are_free() {
        let free = |_, _| Duration::ZERO;
        let starts = |slots, running: &[u64], waiting: &[u64]| {
            forecast(slots, &seconds(running), &seconds(waiting), 0, 2, free)
        };
        assert_eq!(starts(1, &[30], &[60, 60, 60]), seconds(&[30, 90, 150]));
        assert_eq!(starts(2, &[30, 50], &[60, 60, 60]), seconds(&[30, 50, 90]));
        assert_eq!(starts(1, &[], &[60, 60]), seconds(&[0, 60]));
        assert_eq!(starts(1, &[20, 40], &[60]), seconds(&[40]));
        // Two requests each; after four the day is used up for an hour.
        let day = |_, n| Duration::from_secs(if n <= 4 { 0 } else { 3600 });
        assert_eq!(
            forecast(1, &[], &seconds(&[60, 60, 60]), 0, 2, day),
            seconds(&[0, 60, 3600])
        );
        // Those under way still need one.
        assert_eq!(
            forecast(1, &[], &seconds(&[60, 60]), 1, 2, day),
            seconds(&[0, 3600])
        );
    }

    proptest! {
        #[test]
        fn a_forecast_is_what_a_simulation_second_by_second_comes_to(
            slots in 1usize..4, running in vec(1u64..40, 0..4), waiting in vec(1u64..40, 0..8),
        ) {
            let running = &running[..running.len().min(slots)];
            let free = |_, _| Duration::ZERO;
            let foretold = forecast(slots, &seconds(running), &seconds(&waiting), 0, 1, free);
            let (mut busy, mut started) = (running.to_vec(), Vec::new());
            for second in 0..1_000 {
                busy.retain(|ends| *ends > second);
                while busy.len() < slots && started.len() < waiting.len() {
                    busy.push(second + waiting[started.len()]);
                    started.push(Duration::from_secs(second));
                }
            }
            prop_assert_eq!(foretold, started);
        }

        #[test]
        fn who_is_behind_never_starts_before(
            slots in 1usize..4, running in vec(0u64..40, 0..6), waiting in vec(0u64..40, 0..9), step in 0u64..50,
        ) {
            let day = |_, n: u32| Duration::from_secs(step * u64::from(n));
            let foretold = forecast(slots, &seconds(&running), &seconds(&waiting), 0, 3, day);
            prop_assert!(foretold.is_sorted());
        }
    }
}
