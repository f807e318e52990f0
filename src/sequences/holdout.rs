//! What is learned from and what is asked: the protocols of an evaluation, each with its rule against leaks.

use super::{Case, Moment, Sequences, Split, moments};
use crate::catalogue::ItemIndex;
use crate::error::{Error, Result};

/// Next-item: of every ten sessions the eighth is held out.
const TENTH: (usize, usize) = (10, 7);
/// One training session in this many is held out for early stopping.
const VALIDATION_STRIDE: usize = 20;
/// At most this many validation cases: enough to tell epochs apart.
const VALIDATION_CASES: usize = 2048;

/// Sessions, and when their events were where the log has times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dated {
    /// The sessions; in time they end one after the other.
    pub sequences: Sequences,
    /// Milliseconds since 1970, event by event; `None` where the log has an order but no times.
    pub times: Option<Vec<Vec<i64>>>,
}

/// A protocol's split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdout {
    /// All that may be learned from, the validation part included: what predictors count that have nothing to tune.
    pub known: Dated,
    /// Training, validation and test.
    pub split: Split,
}

impl Dated {
    /// Puts sessions in the order of their last events, where there are times; of equals, the one that came first stays first.
    #[must_use]
    pub fn in_order(self) -> Self {
        let Some(times) = self.times else { return self };
        let mut sessions: Vec<_> = self.sequences.sessions.into_iter().zip(times).collect();
        sessions.sort_by_key(|(_, times)| times.last().copied());
        let (sessions, times) = sessions.into_iter().unzip();
        Self { sequences: Sequences { items: self.sequences.items, sessions }, times: Some(times) }
    }

    /// All events, oldest first: by time, or where there are no times session by session.
    #[must_use]
    pub fn oldest_first(&self) -> Vec<ItemIndex> {
        let events = self.sequences.sessions.iter().flatten().copied();
        let Some(times) = &self.times else { return events.collect() };
        let mut events: Vec<_> = times.iter().flatten().copied().zip(events).collect();
        events.sort_by_key(|(time, _)| *time);
        events.into_iter().map(|(_, item)| item).collect()
    }

    /// Without sessions of fewer events.
    #[must_use]
    pub fn at_least(&self, events: usize) -> Self {
        self.first(|_, session| if session.len() < events { 0 } else { session.len() })
    }

    /// Leave-one-out, as [`Sequences::leave_one_out`]. What is known: all but each session's last item.
    #[must_use]
    pub fn leave_one_out(&self) -> Holdout {
        let mut split = self.sequences.leave_one_out_timed(&self.moments());
        split.validation.truncate(VALIDATION_CASES);
        let known = self.first(|_, session| if session.len() < 3 { session.len() } else { session.len() - 1 });
        Holdout { known, split }
    }

    /// Next item: of every ten sessions the eighth is held out (index i with i % 10 = 7), and every prefix of it is a case that asks for
    /// the item after it. Whole sessions are held out, so that nothing of one is learned from.
    #[must_use]
    pub fn next_item(&self) -> Holdout {
        let held_out = |at: usize| at % TENTH.0 == TENTH.1;
        let known = self.first(|at, session| if held_out(at) { 0 } else { session.len() });
        let sessions = self.sequences.sessions.iter().enumerate().filter(|(at, _)| held_out(*at));
        let times = self.moments();
        let test = sessions.flat_map(|(at, session)| prefixes(session, times.get(at), 1)).collect();
        known.validated(test)
    }

    /// Global time split: the latest `fraction` of all events is the test, what was before the earliest of them is known. A case's context
    /// is its session up to the target, events after the cut among them: they are in the past by then. A session's first event has no
    /// context and is no case.
    ///
    /// # Errors
    /// [`Error::Config`] for a fraction that leaves a part empty; [`Error::TooLittle`] for a log without times, or all at one moment.
    pub fn temporal(&self, fraction: f64) -> Result<Holdout> {
        let Some(times) = &self.times else { return Err(without_times()) };
        let cut = cut(times, fraction)?;
        let before = |at: usize| times[at].partition_point(|time| *time < cut);
        let known = self.first(|at, _| before(at));
        if known.sequences.sessions.is_empty() {
            return Err(one_moment());
        }
        let sessions = self.sequences.sessions.iter().enumerate();
        let moments = self.moments();
        let test = sessions.flat_map(|(at, session)| prefixes(session, moments.get(at), before(at).max(1))).collect();
        Ok(known.validated(test))
    }

    /// The moments of all events, session by session; none where the log has no times.
    #[must_use]
    pub fn moments(&self) -> Vec<Vec<Moment>> {
        self.times.iter().flatten().map(|times| moments(times.iter().copied().map(Some))).collect()
    }

    /// Sets whole sessions aside for early stopping, as [`Sequences::hold_out`].
    #[must_use]
    pub fn hold_out(self, stride: usize, limit: usize) -> Split {
        let times = self.moments();
        self.sequences.hold_out_timed(times, stride, limit)
    }

    /// The first events of each session, as many as `length` says; sessions of none are left out.
    fn first(&self, length: impl Fn(usize, &[ItemIndex]) -> usize) -> Self {
        let lengths: Vec<usize> =
            self.sequences.sessions.iter().enumerate().map(|(at, session)| length(at, session)).collect();
        let times = self.times.as_deref().map(|times| cut_short(times, &lengths));
        let sessions = cut_short(&self.sequences.sessions, &lengths);
        Self { sequences: Sequences { items: self.sequences.items, sessions }, times }
    }

    /// Sets whole sessions aside for early stopping.
    fn validated(self, test: Vec<Case>) -> Holdout {
        let split = Split { test, ..self.clone().hold_out(VALIDATION_STRIDE, VALIDATION_CASES) };
        Holdout { known: self, split }
    }
}

impl From<Dated> for Holdout {
    /// Everything is known; the test is elsewhere.
    fn from(known: Dated) -> Self {
        known.validated(Vec::new())
    }
}

fn cut_short<T: Copy>(lists: &[Vec<T>], lengths: &[usize]) -> Vec<Vec<T>> {
    lists
        .iter()
        .zip(lengths)
        .filter(|(_, length)| **length > 0)
        .map(|(list, length)| list[..*length].to_vec())
        .collect()
}

/// A case per item from position `from` on.
fn prefixes(session: &[ItemIndex], times: Option<&Vec<Moment>>, from: usize) -> impl Iterator<Item = Case> {
    (from..session.len()).map(move |at| Case::after(session, times, at))
}

/// The moment of the first event of the latest `fraction`.
fn cut(times: &[Vec<i64>], fraction: f64) -> Result<i64> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(Error::Config {
            name: "test-fraction".into(),
            value: fraction.to_string(),
            legal: "give a number above 0 and below 1".into(),
        });
    }
    let mut moments: Vec<i64> = times.iter().flatten().copied().collect();
    moments.sort_unstable();
    let at = (moments.len() as f64 * (1.0 - fraction)).floor();
    moments.get(at as usize).copied().ok_or_else(one_moment)
}

fn without_times() -> Error {
    Error::TooLittle {
        what: "A split by time".into(),
        needed: "a time for every event".into(),
        have: "a log that has an order but no times".into(),
        remedy: "Give a log with a column of times, or choose the protocol leave-one-out or next-item".into(),
    }
}

fn one_moment() -> Error {
    Error::TooLittle {
        what: "A split by time".into(),
        needed: "events before and after the cut".into(),
        have: "none before it".into(),
        remedy: "Give a longer log, or a smaller test fraction".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(list: &[u32]) -> Vec<ItemIndex> {
        list.iter().map(|&item| ItemIndex(item)).collect()
    }

    fn dated(sessions: &[(&[u32], &[i64])]) -> Dated {
        let (sessions, times) = sessions.iter().map(|(session, times)| (items(session), times.to_vec())).unzip();
        Dated { sequences: Sequences::new(100, sessions).unwrap(), times: Some(times) }
    }

    fn case(context: &[u32], target: u32) -> Case {
        Case::new(items(context), ItemIndex(target))
    }

    /// The same at these seconds.
    fn at(seconds: &[u32], case: Case) -> Case {
        Case { times: seconds.iter().copied().map(Some).collect(), ..case }
    }

    #[test]
    fn a_split_by_time_lets_nothing_later_into_what_is_known() {
        let log = dated(&[
            (&[1, 2, 3, 4], &[10_000, 20_000, 70_000, 80_000]),
            (&[5, 6], &[30_000, 40_000]),
            (&[7, 8, 9, 1], &[65_000, 66_000, 90_000, 91_000]),
        ]);
        let Holdout { known, split } = log.temporal(0.4).unwrap();
        // The latest 4 of 10 events begin at 70 s.
        assert_eq!(known.sequences.sessions, [items(&[1, 2]), items(&[5, 6]), items(&[7, 8])]);
        assert_eq!(known.times, Some(vec![vec![10_000, 20_000], vec![30_000, 40_000], vec![65_000, 66_000]]));
        let cases = [case(&[1, 2], 3), case(&[1, 2, 3], 4), case(&[7, 8], 9), case(&[7, 8, 9], 1)];
        let seconds: [&[u32]; 4] = [&[0, 10], &[0, 10, 60], &[0, 1], &[0, 1, 25]];
        assert_eq!(split.test, std::array::from_fn::<_, 4, _>(|i| at(seconds[i], cases[i].clone())));
    }

    #[test]
    fn equal_moments_stay_on_one_side_and_a_first_event_is_no_case() {
        let log = dated(&[(&[1], &[1]), (&[2, 3, 4], &[5, 5, 6])]);
        let Holdout { known, split } = log.temporal(0.5).unwrap();
        assert_eq!(known.sequences.sessions, [items(&[1])]);
        assert_eq!(split.test, [at(&[0], case(&[2], 3)), at(&[0, 0], case(&[2, 3], 4))]);
    }

    #[test]
    fn a_split_by_time_needs_times_and_a_fraction() {
        let log = dated(&[(&[1, 2], &[5, 5])]);
        assert!(log.temporal(0.5).unwrap_err().to_string().contains("none before it"));
        for fraction in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(log.temporal(fraction).unwrap_err().to_string().contains("test-fraction"), "{fraction}");
        }
        let error = Dated { times: None, ..log }.temporal(0.5).unwrap_err();
        assert!(error.to_string().contains("a log that has an order but no times"), "{error}");
    }

    #[test]
    fn every_prefix_of_the_eighth_session_of_ten_is_a_case() {
        let sessions = (0..20).map(|at| items(&[at, at + 1, at + 2])).collect();
        let log = Dated { sequences: Sequences::new(100, sessions).unwrap(), times: None };
        let Holdout { known, split } = log.next_item();
        assert_eq!(split.test, [case(&[7], 8), case(&[7, 8], 9), case(&[17], 18), case(&[17, 18], 19)]);
        assert_eq!(known.sequences.sessions.len(), 18);
        assert!(!known.sequences.sessions.iter().any(|session| [7, 17].contains(&session[0].0)));
    }

    #[test]
    fn leave_one_out_knows_all_but_the_last_item() {
        let log = dated(&[(&[1, 2, 3], &[1, 2, 3]), (&[4, 5], &[1, 2])]);
        let Holdout { known, split } = log.leave_one_out();
        assert_eq!(known.sequences.sessions, [items(&[1, 2]), items(&[4, 5])]);
        assert_eq!(split.test, [at(&[0, 0], case(&[1, 2], 3))]);
    }

    #[test]
    fn order_is_that_of_time_and_of_the_log_where_there_is_none() {
        let log = dated(&[(&[1, 2], &[30, 40]), (&[3, 4], &[10, 35])]);
        assert_eq!(log.oldest_first(), items(&[3, 1, 4, 2]));
        assert_eq!(log.clone().in_order().sequences.sessions, [items(&[3, 4]), items(&[1, 2])]);
        assert_eq!(Dated { times: None, ..log }.in_order().oldest_first(), items(&[1, 2, 3, 4]));
    }
}
