use std::time::SystemTime;

use super::*;
use crate::metrics::Metrics;
use crate::randomness::Randomness;
use crate::storage::Storage;

fn budget(per_minute: u32, per_day: u32) -> Arc<Budget> {
    let clock = Clock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let (storage, chance) = (Storage::memory(), Randomness::from_seed(1));
    let store = Store::new(storage, clock, chance, Duration::MAX, Metrics::default());
    let allowance = Allowance {
        per_minute,
        per_day,
    };
    Arc::new(Budget::new(allowance, clock, Arc::new(store)))
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_goes_first_whoever_came_first() {
    let budget = budget(1, 1_000);
    drop(budget.permit(Urgency::Create).await);
    let (granted, mut order) = tokio::sync::mpsc::unbounded_channel();
    let wanted = [
        Urgency::Link,
        Urgency::Look(500),
        Urgency::Look(10),
        Urgency::Page,
        Urgency::Create,
        Urgency::List,
        Urgency::FollowUp,
    ];
    for urgency in wanted {
        let (budget, granted) = (Arc::clone(&budget), granted.clone());
        tokio::spawn(async move {
            drop(budget.permit(urgency).await);
            granted.send(urgency).unwrap();
        });
        tokio::task::yield_now().await;
    }
    for urgency in wanted.into_iter().rev() {
        assert_eq!(order.recv().await, Some(urgency));
    }
}

#[tokio::test(start_paused = true)]
async fn plenty_shortens_the_delay_and_scarcity_stretches_it() {
    let stretch = |per_day, open| budget(10, per_day).pace(open, false).stretch;
    assert!(stretch(1_000, 1) < 100);
    assert!((100..=150).contains(&stretch(100, 1)));
    assert!(stretch(100, 50) > stretch(100, 1));
    assert_eq!(stretch(5, 1), 400);
}

#[tokio::test(start_paused = true)]
async fn one_who_no_longer_waits_stands_in_nobodys_way() {
    let budget = budget(1, 1_000);
    drop(budget.permit(Urgency::Create).await);
    let first = budget.permit(Urgency::Create);
    let given_up = tokio::time::timeout(Duration::from_secs(5), first).await;
    assert!(given_up.is_err());
    let later = budget.permit(Urgency::Link);
    let later = tokio::time::timeout(Duration::from_secs(62), later).await;
    assert!(later.is_ok_and(|permit| permit.is_some()));
}
