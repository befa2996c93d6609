use konpro_job::Instant;
use proptest::prelude::*;

use super::{Allowance, Ledger};

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;
/// Some moment that is no bucket's boundary.
const START: u64 = 1_764_000_123_456;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// One step of whoever has requests to make, with what the outside does to them.
#[derive(Clone, Debug)]
enum Step {
    /// A request that takes so long, and arrives after this share of it, in percent.
    Send {
        takes: u64,
        arrives: u64,
    },
    Pause(u64),
    Hold(u64),
    /// The process dies; its requests under way arrive up to so many ms later.
    Crash(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let takes = prop_oneof![Just(0), 1..3_000u64, 1..90_000u64];
    prop_oneof![
        30 => (takes, 0..=100u64).prop_map(|(takes, arrives)| Step::Send { takes, arrives }),
        6 => prop_oneof![0..2_000u64, 0..MINUTE, 0..DAY / 4].prop_map(Step::Pause),
        1 => (0..200_000u64).prop_map(Step::Hold),
        2 => (0..=5_000u64).prop_map(Step::Crash),
    ]
}

/// When each request arrived at KonPro.
fn arrivals(steps: Vec<Step>, allowance: &Allowance) -> Vec<u64> {
    let mut now = START;
    let mut held = now;
    let mut ledger = Ledger::default();
    let mut under_way: Vec<(u64, u64)> = Vec::new();
    let mut arrived = Vec::new();
    let advance = |to: u64, ledger: &mut Ledger, under_way: &mut Vec<(u64, u64)>| {
        under_way.sort_unstable();
        let done = under_way.iter().take_while(|(end, _)| *end <= to).count();
        let done = under_way.drain(..done);
        done.map(|(end, arrival)| {
            ledger.end(at(end));
            arrival
        })
        .collect::<Vec<_>>()
    };
    for step in steps {
        match step {
            Step::Send { takes, arrives } => {
                loop {
                    let until = match ledger.free_at(allowance, at(now)) {
                        Some(free) if free == at(now) => break,
                        Some(free) => free.as_millis(),
                        None => under_way.iter().map(|(end, _)| *end).min().unwrap(),
                    };
                    arrived.extend(advance(until, &mut ledger, &mut under_way));
                    now = until;
                }
                assert!(now >= held, "sent before {held}");
                ledger.begin(at(now));
                under_way.push((now + takes, now + takes * arrives / 100));
            }
            Step::Pause(wait) => now += wait,
            Step::Hold(wait) => {
                held = held.max(now + wait);
                ledger.hold(at(now + wait));
            }
            Step::Crash(straggle) => {
                let text = serde_json::to_string(&ledger).unwrap();
                ledger = serde_json::from_str::<Ledger>(&text).unwrap();
                ledger = ledger.resumed(at(now));
                let lost = under_way.drain(..);
                arrived.extend(lost.map(|(_, arrival)| arrival.min(now + straggle)));
            }
        }
        arrived.extend(advance(now, &mut ledger, &mut under_way));
    }
    arrived.extend(under_way.into_iter().map(|(_, arrival)| arrival));
    arrived.sort_unstable();
    arrived
}

/// The most that arrive in any window of that length.
fn most(arrived: &[u64], window: u64) -> usize {
    (0..arrived.len())
        .map(|first| arrived[first..].partition_point(|at| *at < arrived[first] + window))
        .max()
        .unwrap_or(0)
}

/// Whenever a request may go, one goes, and is answered at once.
fn greedy(mut ledger: Ledger, allowance: &Allowance, from: u64, until: u64) -> Vec<u64> {
    let mut sent = Vec::new();
    let mut now = from;
    loop {
        now = ledger.free_at(allowance, at(now)).unwrap().as_millis();
        if now >= until {
            return sent;
        }
        ledger.begin(at(now));
        ledger.end(at(now));
        sent.push(now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn konpro_never_sees_more_than_it_allows_wherever_its_windows_lie(
        per_minute in 1..6u32,
        per_day in 1..30u32,
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let allowance = Allowance { per_minute, per_day };
        let arrived = arrivals(steps, &allowance);
        prop_assert!(most(&arrived, MINUTE) <= per_minute as usize);
        prop_assert!(most(&arrived, DAY) <= per_day as usize);
    }

    #[test]
    fn nothing_of_the_allowance_is_wasted(
        per_minute in 1..40u32,
        per_day in 1..400u32,
        offset in 0..MINUTE * 10,
    ) {
        let allowance = Allowance { per_minute, per_day };
        let start = START + offset;
        let sent = greedy(Ledger::default(), &allowance, start, start + DAY);
        let minutes = DAY / 62_000;
        prop_assert_eq!(sent.len() as u64, u64::from(per_day).min(u64::from(per_minute) * minutes));
        // While the day lasts, each minute is used up.
        for (place, at) in sent.iter().enumerate() {
            prop_assert!((*at - start) <= place as u64 / u64::from(per_minute) * 62_000);
        }
    }

    #[test]
    fn a_forecast_of_the_day_is_what_then_happens(
        per_day in 1..8u32,
        earlier in prop::collection::vec(0..DAY, 0..12),
        under_way in 0..3u32,
        held in prop::option::of(0..DAY),
        n in 1..40u32,
    ) {
        let allowance = Allowance { per_minute: u32::MAX, per_day };
        let mut ledger = Ledger::default();
        let now = START + DAY;
        for ago in &earlier {
            ledger.day.add(at(now - ago), 1);
        }
        if let Some(wait) = held {
            ledger.hold(at(now + wait));
        }
        let mut ended = ledger.clone();
        for _ in 0..under_way {
            ledger.begin(at(now));
            ended.end(at(now));
        }
        prop_assert_eq!(ledger.day_allows(&allowance, at(now), 0), at(now));
        let sent = greedy(ended, &allowance, now, now + 45 * DAY);
        prop_assert_eq!(ledger.day_allows(&allowance, at(now), n), at(sent[n as usize - 1]));
    }

    #[test]
    fn what_is_left_can_go_at_once_and_no_more(
        per_minute in 1..10u32,
        per_day in 1..10u32,
        sent in 0..10u32,
        under_way in 0..10u32,
    ) {
        let allowance = Allowance { per_minute, per_day };
        let mut ledger = Ledger::default();
        for _ in 0..sent {
            ledger.end(at(START));
        }
        for _ in 0..under_way {
            ledger.begin(at(START));
        }
        let left = ledger.left_today(&allowance, at(START)).min(ledger.left_this_minute(&allowance, at(START)));
        for _ in 0..left {
            prop_assert_eq!(ledger.free_at(&allowance, at(START)), Some(at(START)));
            ledger.begin(at(START));
        }
        prop_assert_ne!(ledger.free_at(&allowance, at(START)), Some(at(START)));
    }
}

#[test]
fn a_day_of_thousands_is_stored_in_a_few_kilobytes() {
    let allowance = Allowance {
        per_minute: 600,
        per_day: u32::MAX,
    };
    let mut ledger = Ledger::default();
    let mut now = START;
    while now < START + 2 * DAY {
        now = ledger.free_at(&allowance, at(now)).unwrap().as_millis() + 150;
        ledger.begin(at(now));
        ledger.end(at(now));
    }
    let text = serde_json::to_string(&ledger).unwrap();
    assert!(text.len() < 6_000, "{}", text.len());
    assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
}

#[test]
fn a_clock_set_back_by_a_year_holds_nothing_for_longer_than_a_day() {
    let allowance = Allowance {
        per_minute: 1,
        per_day: 1,
    };
    let mut ledger = Ledger::default();
    ledger.begin(at(START));
    ledger.end(at(START));
    ledger.hold(at(START + DAY));
    let earlier = at(START - 365 * DAY);
    let free = ledger.resumed(earlier).free_at(&allowance, earlier);
    assert!(free.unwrap().since(earlier).as_secs() <= 86_400 + 305);
}

#[test]
fn requests_that_nobody_began_still_count_when_they_end() {
    let allowance = Allowance {
        per_minute: 1,
        per_day: 5,
    };
    let mut ledger = Ledger::default();
    ledger.end(at(START));
    assert_eq!(ledger.left_this_minute(&allowance, at(START)), 0);
    assert_eq!(ledger.left_today(&allowance, at(START)), 4);
}

#[test]
fn an_allowance_of_nothing_is_never_free() {
    let allowance = Allowance {
        per_minute: 0,
        per_day: 0,
    };
    let ledger = Ledger::default();
    assert_eq!(ledger.free_at(&allowance, at(START)), None);
    let never = ledger.day_allows(&allowance, at(START), 1);
    assert_eq!(never, at(u64::MAX));
}
