//! Sessions of item indices, chronological splits, and the session-parallel lanes that training walks.

use crate::catalogue::ItemIndex;
use crate::error::{Error, Result};

mod holdout;
mod lanes;
mod moments;
mod transitions;
pub use holdout::{Dated, Holdout};
pub use lanes::{Lanes, Window};
pub use moments::{Clock, Context, Moment, moments};
pub use transitions::{SUCCESSORS, Transitions};

/// Sessions of one catalogue, oldest first within a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequences {
    /// Size of the catalogue: every index is below it.
    pub items: usize,
    /// The sessions.
    pub sessions: Vec<Vec<ItemIndex>>,
}

/// A question with a known answer: what comes after `context`?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Items of one session, oldest first; never empty.
    pub context: Vec<ItemIndex>,
    /// Their moments, item by item; empty where nobody knows them. The target's own is never told.
    pub times: Vec<Moment>,
    /// The item that followed.
    pub target: ItemIndex,
}

/// Training data and the cases that judge it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// What may be learned from.
    pub train: Sequences,
    /// The moments of its events, session by session; empty where nobody knows them.
    pub times: Vec<Vec<Moment>>,
    /// For early stopping.
    pub validation: Vec<Case>,
    /// For the figures.
    pub test: Vec<Case>,
}

impl Sequences {
    /// Checks that every index is in the catalogue.
    ///
    /// # Errors
    /// [`Error::Format`] naming the first index that is not.
    pub fn new(items: usize, sessions: Vec<Vec<ItemIndex>>) -> Result<Self> {
        match sessions.iter().flatten().find(|item| item.index() >= items) {
            None => Ok(Self { items, sessions }),
            Some(item) => Err(Error::Format {
                what: "sessions".into(),
                cause: format!("item index {} in a catalogue of {items}", item.index()),
                remedy: "Encode the sessions with the catalogue they are used with".into(),
            }),
        }
    }

    /// All events.
    #[must_use]
    pub fn events(&self) -> usize {
        self.sessions.iter().map(Vec::len).sum()
    }

    /// Events that have a successor in their session: the targets of one epoch.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.sessions.iter().map(|s| s.len().saturating_sub(1)).sum()
    }

    /// Views per item, `[items]`.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.items];
        for item in self.sessions.iter().flatten() {
            counts[item.index()] += 1;
        }
        counts
    }

    /// Share of targets that stand in their session before, 0..=1.
    #[must_use]
    pub fn repeat_rate(&self) -> f64 {
        let mut last_seen = vec![usize::MAX; self.items];
        let mut repeats = 0_usize;
        for (number, session) in self.sessions.iter().enumerate() {
            for item in session {
                repeats += usize::from(last_seen[item.index()] == number);
                last_seen[item.index()] = number;
            }
        }
        repeats as f64 / self.targets().max(1) as f64
    }

    /// Leave-one-out: of each session (one a user) the last item is the test target and the one before it the validation target,
    /// which is part of the test's context; the rest trains. Sessions of fewer than three items only train.
    #[must_use]
    pub fn leave_one_out(&self) -> Split {
        self.leave_one_out_timed(&[])
    }

    /// The same, with the moments of all events where they are known.
    fn leave_one_out_timed(&self, times: &[Vec<Moment>]) -> Split {
        let mut split = Split { train: Self { items: self.items, sessions: Vec::new() }, ..Split::default() };
        for (at, session) in self.sessions.iter().enumerate() {
            let (n, times) = (session.len(), times.get(at));
            let left = if n < 3 { n } else { n - 2 };
            split.train.sessions.push(session[..left].to_vec());
            split.times.extend(times.map(|times| times[..left].to_vec()));
            if n >= 3 {
                split.validation.push(Case::after(session, times, n - 2));
                split.test.push(Case::after(session, times, n - 1));
            }
        }
        split
    }

    /// Sets whole sessions aside for early stopping: every `stride`-th that has a successor, at most `limit`; each gives the case
    /// that predicts its last item.
    #[must_use]
    pub fn hold_out(self, stride: usize, limit: usize) -> Split {
        self.hold_out_timed(Vec::new(), stride, limit)
    }

    /// The same, with the moments of all events; none where nobody knows them.
    #[must_use]
    pub fn hold_out_timed(self, times: Vec<Vec<Moment>>, stride: usize, limit: usize) -> Split {
        let mut split = Split { train: Self { items: self.items, sessions: Vec::new() }, ..Split::default() };
        let mut times = times.into_iter();
        for (i, session) in self.sessions.into_iter().enumerate() {
            let times = times.next();
            if i % stride == stride - 1 && session.len() > 1 && split.validation.len() < limit {
                split.validation.push(Case::after(&session, times.as_ref(), session.len() - 1));
            } else {
                split.train.sessions.push(session);
                split.times.extend(times);
            }
        }
        split
    }
}

impl Case {
    /// A question of unknown times.
    #[must_use]
    pub fn new(context: Vec<ItemIndex>, target: ItemIndex) -> Self {
        Self { context, times: Vec::new(), target }
    }

    /// What comes at a position of a session, after all that was before it?
    fn after(session: &[ItemIndex], times: Option<&Vec<Moment>>, at: usize) -> Self {
        let times = times.map(|times| times[..at].to_vec()).unwrap_or_default();
        Self { context: session[..at].to_vec(), times, target: session[at] }
    }
}

/// Splits chronological sessions so that the first `fraction` of all events comes before the rest; the session that straddles
/// the cut is cut. Nothing later ever stands in the first part.
#[must_use]
pub fn split_by_time<T: Clone>(sessions: &[Vec<T>], fraction: f64) -> (Vec<Vec<T>>, Vec<Vec<T>>) {
    let total: usize = sessions.iter().map(Vec::len).sum();
    split_at(sessions, (total as f64 * fraction).floor() as usize)
}

/// Splits chronological sessions after that many events.
#[must_use]
pub fn split_at<T: Clone>(sessions: &[Vec<T>], events: usize) -> (Vec<Vec<T>>, Vec<Vec<T>>) {
    let mut left = events;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for session in sessions {
        let cut = left.min(session.len());
        left -= cut;
        let (early, late) = session.split_at(cut);
        for (part, into) in [(early, &mut before), (late, &mut after)] {
            if !part.is_empty() {
                into.push(part.to_vec());
            }
        }
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(items: &[u32]) -> Vec<ItemIndex> {
        items.iter().map(|&i| ItemIndex(i)).collect()
    }

    #[test]
    fn an_index_outside_the_catalogue_is_refused() {
        let error = Sequences::new(2, vec![session(&[0, 2])]).unwrap_err();
        assert!(error.to_string().contains("item index 2 in a catalogue of 2"), "{error}");
    }

    #[test]
    fn the_repeat_rate_counts_targets_seen_in_their_own_session() {
        let sequences = Sequences::new(9, vec![session(&[1, 2, 1, 1, 3]), session(&[1, 2])]).unwrap();
        assert!((sequences.repeat_rate() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn leave_one_out_keeps_the_validation_item_in_the_tests_context() {
        let sequences = Sequences::new(9, vec![session(&[1, 2, 3, 4]), session(&[5, 6])]).unwrap();
        let split = sequences.leave_one_out();
        assert_eq!(split.train.sessions, [session(&[1, 2]), session(&[5, 6])]);
        assert_eq!(split.validation, [Case::new(session(&[1, 2]), ItemIndex(3))]);
        assert_eq!(split.test, [Case::new(session(&[1, 2, 3]), ItemIndex(4))]);
    }

    #[test]
    fn held_out_sessions_are_not_trained_on() {
        let sessions = (0..10).map(|i| session(&[i, i + 1])).collect();
        let split = Sequences::new(11, sessions).unwrap().hold_out(5, 10);
        assert_eq!(split.train.sessions.len(), 8);
        assert_eq!(split.validation.iter().map(|c| c.target.0).collect::<Vec<_>>(), [5, 10]);
    }

    #[test]
    fn moments_go_where_their_events_go() {
        let sequences = Sequences::new(9, vec![session(&[1, 2]), session(&[3, 4, 5]), session(&[6, 7])]).unwrap();
        let times = |seconds: &[u32]| seconds.iter().copied().map(Some).collect::<Vec<Moment>>();
        let all = vec![times(&[0, 3]), times(&[0, 60, 61]), times(&[0, 9])];
        let split = sequences.clone().hold_out_timed(all.clone(), 2, 10);
        assert_eq!(split.times, [times(&[0, 3]), times(&[0, 9])]);
        assert_eq!(split.validation[0].times, times(&[0, 60]), "not the target's");
        let split = sequences.leave_one_out_timed(&all);
        assert_eq!(split.times, [times(&[0, 3]), times(&[0]), times(&[0, 9])]);
        assert_eq!((&split.validation[0].times, &split.test[0].times), (&times(&[0]), &times(&[0, 60])));
    }

    #[test]
    fn a_split_by_time_cuts_the_session_that_straddles_it() {
        let (before, after) = split_by_time(&[vec![1, 2, 3], vec![4, 5]], 0.8);
        assert_eq!((before, after), (vec![vec![1, 2, 3], vec![4]], vec![vec![5]]));
    }
}
