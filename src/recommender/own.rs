//! The visitor's own history, in sessions.

use std::sync::Arc;

use crate::catalogue::ItemIndex;
use crate::error::{Error, Result};
use crate::sequences::{Moment, moments};

/// A pause longer than this many milliseconds ends a session.
const GAP: i64 = 30 * 60 * 1000;

/// One event of the visitor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnEvent {
    pub(super) item: ItemIndex,
    pub(super) time: Option<i64>,
    pub(super) kind: Option<Arc<str>>,
}

/// Sessions, oldest first; none is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnHistory {
    sessions: Vec<Vec<OwnEvent>>,
}

impl OwnHistory {
    pub(super) fn new(sessions: Vec<Vec<OwnEvent>>) -> Self {
        Self { sessions: sessions.into_iter().filter(|session| !session.is_empty()).collect() }
    }

    /// Adds an event; true where it starts a session.
    pub(super) fn push(&mut self, event: OwnEvent) -> bool {
        let last = self.sessions.last_mut().and_then(|session| Some((session.last()?.time, session)));
        match last {
            Some((before, session)) if !paused(before, event.time) => {
                session.push(event);
                false
            }
            _ => {
                self.sessions.push(vec![event]);
                true
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.iter().map(Vec::len).sum()
    }

    /// Only the first events.
    pub(super) fn first(&self, events: usize) -> Self {
        let mut left = events;
        let mut take = |session: &Vec<OwnEvent>| {
            let kept = &session[..session.len().min(left)];
            left -= kept.len();
            kept.to_vec()
        };
        Self::new(self.sessions.iter().map(&mut take).collect())
    }

    /// All events, oldest first, each with whether it starts a session.
    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = (&OwnEvent, bool)> {
        self.sessions.iter().flat_map(|session| session.iter().enumerate().map(|(i, event)| (event, i == 0)))
    }

    /// Item sessions.
    pub(super) fn sessions(&self) -> Vec<Vec<ItemIndex>> {
        self.sessions.iter().map(|session| session.iter().map(|event| event.item).collect()).collect()
    }

    /// The moments of item sessions.
    pub(super) fn moments(&self) -> Vec<Vec<Moment>> {
        self.sessions.iter().map(|session| moments(session.iter().map(|event| event.time))).collect()
    }

    /// The last session.
    pub(super) fn current(&self) -> &[OwnEvent] {
        self.sessions.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// Which items of a catalogue of `items` were viewed.
    pub(super) fn seen(&self, items: usize) -> Vec<bool> {
        let mut seen = vec![false; items];
        for (event, _) in self.events() {
            seen[event.item.index()] = true;
        }
        seen
    }

    /// Keeps some events.
    pub(super) fn retain(&mut self, keep: impl Fn(&OwnEvent) -> bool) {
        self.sessions.iter_mut().for_each(|session| session.retain(&keep));
        self.sessions.retain(|session| !session.is_empty());
    }

    /// Moves to another catalogue; events of items that it lacks are left out.
    pub(super) fn translate(&mut self, to: impl Fn(ItemIndex) -> Option<ItemIndex>) {
        for session in &mut self.sessions {
            *session =
                session.iter().filter_map(|event| Some(OwnEvent { item: to(event.item)?, ..event.clone() })).collect();
        }
        self.sessions.retain(|session| !session.is_empty());
    }
}

/// A clock that runs backwards (a changed time zone, a wrong clock) starts no session.
fn paused(before: Option<i64>, now: Option<i64>) -> bool {
    matches!((before, now), (Some(before), Some(now)) if now - before > GAP)
}

/// Milliseconds since 1970, as JavaScript gives them.
pub(super) fn checked_time(time: f64) -> Result<i64> {
    /// The year 2100.
    const LATEST: f64 = 4_102_444_800_000.0;
    if (0.0..=LATEST).contains(&time) {
        return Ok(time as i64);
    }
    Err(Error::Format {
        what: "time".into(),
        cause: format!("{time} is not between 1970 and 2100"),
        remedy: "Give milliseconds since 1970, as Date.now() does, or leave it out".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(item: u32, minutes: i64) -> OwnEvent {
        OwnEvent { item: ItemIndex(item), time: Some(minutes * 60_000), kind: None }
    }

    #[test]
    fn a_pause_of_more_than_half_an_hour_starts_a_session() {
        let mut own = OwnHistory::default();
        let starts: Vec<bool> =
            [event(1, 0), event(2, 30), event(3, 61), event(4, 10)].into_iter().map(|e| own.push(e)).collect();
        assert_eq!(starts, [true, false, true, false]);
        assert!(!own.push(OwnEvent { item: ItemIndex(5), time: None, kind: None }));
        assert_eq!(own.current().iter().map(|event| event.item.0).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(own.moments()[1], [Some(0), Some(0), None]);
    }

    #[test]
    fn the_first_events_are_those_of_the_time_before() {
        let own = OwnHistory::new(vec![vec![event(1, 0), event(2, 1)], vec![event(3, 90), event(4, 91)]]);
        assert_eq!(own.first(3).sessions(), [vec![ItemIndex(1), ItemIndex(2)], vec![ItemIndex(3)]]);
        assert_eq!((own.first(2).sessions().len(), own.first(0).len(), own.first(9).len()), (1, 0, 4));
    }

    #[test]
    fn forgetting_and_translating_leave_no_empty_session() {
        let mut own = OwnHistory::new(vec![vec![event(1, 0)], vec![], vec![event(1, 90), event(2, 91)]]);
        own.retain(|e| e.item.0 != 1);
        assert_eq!(own.sessions(), [[ItemIndex(2)]]);
        own.translate(|_| None);
        assert_eq!(own.len(), 0);
        assert!(own.current().is_empty());
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for time in [f64::NAN, -1.0, 1e18, f64::INFINITY] {
            assert!(checked_time(time).is_err(), "{time}");
        }
        assert_eq!(checked_time(1.5e12), Ok(1_500_000_000_000));
    }
}
