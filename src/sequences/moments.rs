//! When the events of a session were, in relation to each other.

use super::Case;
use crate::catalogue::ItemIndex;

/// When an event was: whole seconds since the first event of its session whose time is known; `None` where its own is not.
///
/// Only how far apart a session's events are is told, never the date.
pub type Moment = Option<u32>;

/// Turns times into moments, event by event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    start: Option<i64>,
}

impl Clock {
    /// The moment of the session's next event, from milliseconds since 1970. What is before the first event counts as at it.
    pub fn moment(&mut self, time: Option<i64>) -> Moment {
        self.start = self.start.or(time);
        let passed = time?.saturating_sub(self.start?).max(0) / 1000;
        // The largest number stands for an unknown moment in files.
        Some(u32::try_from(passed).unwrap_or(u32::MAX).min(u32::MAX - 1))
    }
}

/// A session's moments, from milliseconds since 1970.
#[must_use]
pub fn moments(times: impl IntoIterator<Item = Option<i64>>) -> Vec<Moment> {
    let mut clock = Clock::default();
    times.into_iter().map(|time| clock.moment(time)).collect()
}

/// What a model is asked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// Items of one session, oldest first.
    pub items: &'a [ItemIndex],
    /// Their moments, item by item; empty where nobody knows them.
    pub times: &'a [Moment],
}

impl<'a> Context<'a> {
    /// Items of unknown times.
    #[must_use]
    pub fn untimed(items: &'a [ItemIndex]) -> Self {
        Self { items, times: &[] }
    }

    /// Its last items, at most `count`.
    #[must_use]
    pub fn last(self, count: usize) -> Self {
        let first = self.items.len().saturating_sub(count);
        Self { items: &self.items[first..], times: self.times.get(first..).unwrap_or_default() }
    }

    /// The moment of the item at a position.
    #[must_use]
    pub fn moment(&self, at: usize) -> Moment {
        self.times.get(at).copied().flatten()
    }
}

impl<'a> From<&'a Case> for Context<'a> {
    fn from(case: &'a Case) -> Self {
        Self { items: &case.context, times: &case.times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_whole_seconds_since_the_first_known_time() {
        let times = [None, Some(5_000), Some(6_999), None, Some(4_000), Some(i64::MAX)];
        assert_eq!(moments(times), [None, Some(0), Some(1), None, Some(0), Some(u32::MAX - 1)]);
    }

    #[test]
    fn the_last_items_keep_their_moments() {
        let (items, times) = ([1, 2, 3].map(ItemIndex), [Some(0), None, Some(9)]);
        let last = Context { items: &items, times: &times }.last(2);
        assert_eq!((last.items, last.moment(0), last.moment(1)), (&items[1..], None, Some(9)));
        assert_eq!(Context::untimed(&items).last(2).moment(1), None);
    }
}
