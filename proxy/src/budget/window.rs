use std::collections::BTreeMap;

use konpro_job::Instant;
use serde::{Deserialize, Serialize};

/// How many requests ended in each bucket of `BUCKET` ms, over the last `SPAN` ms.
///
/// Each counts until `SPAN` after the end of its bucket. Buckets are numbered from the clock's zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Window<const BUCKET: u64, const SPAN: u64> {
    ended: BTreeMap<u64, u32>,
}

impl<const BUCKET: u64, const SPAN: u64> Window<BUCKET, SPAN> {
    /// `count` requests ended at `at`.
    pub(super) fn add(&mut self, at: Instant, count: u32) {
        if count > 0 {
            let sum = self.ended.entry(Self::bucket(at)).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// Drops what counts no longer.
    pub(super) fn forget(&mut self, now: Instant) {
        self.ended.retain(|bucket, _| Self::freed(*bucket) > now);
    }

    /// Whatever is dated after `latest` is dated `latest`.
    pub(super) fn not_after(&mut self, latest: Instant) {
        let future = self.ended.split_off(&(Self::bucket(latest) + 1));
        self.add(
            latest,
            future.into_values().fold(0, |sum, n| sum.saturating_add(n)),
        );
    }

    /// When one more fits; absent when those under way alone leave no room.
    pub(super) fn free_at(&self, limit: u32, under_way: u32, now: Instant) -> Option<Instant> {
        let room = u64::from(limit).checked_sub(u64::from(under_way) + 1)?;
        let mut counted: u64 = self.counted(now).map(|(_, count)| count).sum();
        let mut freed = self.counted(now);
        let mut free = now;
        while counted > room {
            let (at, count) = freed.next()?;
            counted -= count;
            free = at;
        }
        Some(free)
    }

    /// How many more fit now.
    pub(super) fn left(&self, limit: u32, under_way: u32, now: Instant) -> u32 {
        let counted = self.counted(now).map(|(_, count)| count).sum::<u64>() + u64::from(under_way);
        let counted = u32::try_from(counted).unwrap_or(u32::MAX);
        limit.saturating_sub(counted)
    }

    /// When the `n`th of further requests goes, each as early as fits, none before `start`.
    pub(super) fn nth(
        &self,
        limit: u32,
        under_way: u32,
        now: Instant,
        start: Instant,
        n: u32,
    ) -> Instant {
        let Some(index) = n.checked_sub(1) else {
            return now;
        };
        if limit == 0 {
            return Instant::from_millis(u64::MAX);
        }
        let (cycle, place) = (u64::from(index / limit), u64::from(index % limit));
        let limit = u64::from(limit);
        let occupied = self
            .counted(now)
            .chain([(Self::freed(Self::bucket(now)), u64::from(under_way))]);
        let sum: u64 = occupied.clone().map(|(_, count)| count).sum();
        // The place is free from the beginning, or becomes so with the end of this many.
        let awaited = (place + 1 + sum).saturating_sub(limit);
        let mut passed = 0;
        let first = occupied
            .filter(|(_, count)| *count > 0)
            .take_while(|(_, count)| {
                let wanted = passed < awaited;
                passed += count;
                wanted
            })
            .last()
            .map_or(start, |(at, _)| at.max(start));
        match cycle.checked_sub(1) {
            None => first,
            // Who goes at the very beginning of a bucket counts until a bucket more than the span.
            Some(more) => {
                let again = Self::freed(Self::bucket(first)).as_millis();
                Instant::from_millis(again.saturating_add(more.saturating_mul(SPAN + BUCKET)))
            }
        }
    }

    /// Those that still count, each with the moment at which it no longer does, in order.
    fn counted(&self, now: Instant) -> impl Iterator<Item = (Instant, u64)> + Clone {
        let buckets = self.ended.iter();
        buckets
            .map(|(bucket, count)| (Self::freed(*bucket), u64::from(*count)))
            .filter(move |(freed, _)| *freed > now)
    }

    fn bucket(at: Instant) -> u64 {
        at.as_millis() / BUCKET
    }

    fn freed(bucket: u64) -> Instant {
        let end = bucket.saturating_add(1).saturating_mul(BUCKET);
        Instant::from_millis(end.saturating_add(SPAN))
    }
}
