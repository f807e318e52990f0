//! What followed what, directly: the counts of a first-order Markov chain, cut to each item's most frequent successors.

use std::collections::BTreeMap;

use crate::catalogue::ItemIndex;
use crate::error::{Error, Result};
use crate::lists::Lists;

/// Successors that are kept of an item, the most frequent: of Wikispeedia's steps they are 98%. More make steps and files larger.
pub const SUCCESSORS: usize = 64;

/// How often which item followed which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transitions {
    /// Steps from each item, also to successors that are not kept. `[items]`
    totals: Vec<u32>,
    /// Each item's successors and their counts, the most frequent first.
    successors: Lists<(u32, u32)>,
}

impl Transitions {
    /// Counts the steps of sessions.
    #[must_use]
    pub fn new(items: usize, sessions: &[Vec<ItemIndex>]) -> Self {
        let none = Lists::from_rows(std::iter::repeat_n(Vec::new(), items));
        Self { totals: vec![0; items], successors: none }.and(sessions)
    }

    /// With the steps of more sessions of the same catalogue. A successor that was not kept counts from anew.
    #[must_use]
    pub fn and(&self, sessions: &[Vec<ItemIndex>]) -> Self {
        let mut totals = self.totals.clone();
        let mut counts: Vec<BTreeMap<u32, u32>> =
            (0..totals.len()).map(|item| self.successors.of(item).iter().copied().collect()).collect();
        for step in sessions.iter().flat_map(|session| session.windows(2)) {
            totals[step[0].index()] += 1;
            *counts[step[0].index()].entry(step[1].0).or_default() += 1;
        }
        let most_frequent = |counts: BTreeMap<u32, u32>| {
            let mut counts: Vec<_> = counts.into_iter().collect();
            counts.sort_by_key(|&(item, count)| (std::cmp::Reverse(count), item));
            counts.truncate(SUCCESSORS);
            counts
        };
        Self { totals, successors: Lists::from_rows(counts.into_iter().map(most_frequent)) }
    }

    /// Over other items: `from` says where each of them stands among these.
    #[must_use]
    pub fn over(&self, from: &[Option<ItemIndex>]) -> Self {
        let mut places = vec![None; self.totals.len()];
        for (old, new) in from.iter().zip(0_u32..).filter_map(|(old, new)| Some((old.as_ref()?, new))) {
            places[old.index()] = Some(new);
        }
        let row = |old: &Option<ItemIndex>| -> Vec<(u32, u32)> {
            let kept = old.iter().flat_map(|old| self.successors.of(old.index()));
            kept.filter_map(|&(item, count)| Some((places[item as usize]?, count))).collect()
        };
        let total = |old: &Option<ItemIndex>| old.map_or(0, |old| self.totals[old.index()]);
        Self { totals: from.iter().map(total).collect(), successors: Lists::from_rows(from.iter().map(row)) }
    }

    /// An item's successors with their counts, the most frequent first, and how many steps there are from it; none for items of no
    /// training session.
    #[must_use]
    pub fn after(&self, item: ItemIndex) -> (&[(u32, u32)], u32) {
        match self.totals.get(item.index()) {
            Some(&total) => (self.successors.of(item.index()), total),
            None => (&[], 0),
        }
    }

    /// Size of the catalogue.
    #[must_use]
    pub fn items(&self) -> usize {
        self.totals.len()
    }

    /// Each item's steps and successors, item by item.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &[(u32, u32)])> {
        self.totals.iter().enumerate().map(|(item, &total)| (total, self.successors.of(item)))
    }

    /// Of such rows.
    ///
    /// # Errors
    /// [`Error::Format`] where they are not counts of steps between as many items.
    pub(crate) fn from_rows(rows: Vec<(u32, Vec<(u32, u32)>)>) -> Result<Self> {
        let items = rows.len();
        // Twice the same column would lose one of the sums on a GPU.
        let distinct = |row: &[(u32, u32)]| (1..row.len()).all(|i| row[..i].iter().all(|(item, _)| *item != row[i].0));
        let legal = |(total, row): &(u32, Vec<(u32, u32)>)| {
            row.len() <= SUCCESSORS
                && distinct(row)
                && row.iter().all(|&(item, count)| (item as usize) < items && (1..=*total).contains(&count))
        };
        if !rows.iter().all(legal) {
            return Err(Error::Format {
                what: "transitions".into(),
                cause: "they are not counts of steps between the items".into(),
                remedy: "Train again".into(),
            });
        }
        let totals = rows.iter().map(|(total, _)| *total).collect();
        Ok(Self { totals, successors: Lists::from_rows(rows.into_iter().map(|(_, row)| row)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(lists: &[&[u32]]) -> Vec<Vec<ItemIndex>> {
        lists.iter().map(|list| list.iter().map(|&i| ItemIndex(i)).collect()).collect()
    }

    #[test]
    fn the_most_frequent_successors_come_first_and_more_sessions_add_up() {
        let first = Transitions::new(4, &sessions(&[&[0, 1, 0, 2, 0, 2], &[3]]));
        assert_eq!(first.after(ItemIndex(0)), ([(2, 2), (1, 1)].as_slice(), 3));
        assert_eq!(first.after(ItemIndex(3)), ([].as_slice(), 0));
        assert_eq!(first.after(ItemIndex(9)), ([].as_slice(), 0), "an item of a later catalogue");
        let more = first.and(&sessions(&[&[0, 1, 0, 1]]));
        assert_eq!(more.after(ItemIndex(0)), ([(1, 3), (2, 2)].as_slice(), 5));
        assert_eq!(more, Transitions::new(4, &sessions(&[&[0, 1, 0, 2, 0, 2], &[0, 1, 0, 1]])));
    }

    #[test]
    fn only_the_most_frequent_are_kept_and_all_are_counted() {
        let walk: Vec<u32> = (1..=100).flat_map(|i| [0, i]).chain([0, 100]).collect();
        let transitions = Transitions::new(101, &sessions(&[&walk]));
        let (kept, total) = transitions.after(ItemIndex(0));
        assert_eq!((kept.len(), total, kept[0]), (SUCCESSORS, 101, (100, 2)));
    }

    #[test]
    fn other_items_keep_the_steps_between_them() {
        let steps = Transitions::new(4, &sessions(&[&[0, 1, 0, 2, 0, 2, 3]]));
        let moved = steps.over(&[Some(ItemIndex(2)), None, Some(ItemIndex(0))]);
        assert_eq!(moved.items(), 3);
        assert_eq!(moved.after(ItemIndex(2)), ([(0, 2)].as_slice(), 3), "the step to what is gone still counts");
        assert_eq!(moved.after(ItemIndex(0)), ([(2, 1)].as_slice(), 2));
        assert_eq!(moved.after(ItemIndex(1)), ([].as_slice(), 0));
    }

    #[test]
    fn what_is_no_count_of_steps_is_refused() {
        let legal = vec![(2, vec![(1, 1), (2, 1)]), (0, vec![]), (0, vec![])];
        assert_eq!(
            Transitions::from_rows(legal.clone()).unwrap().after(ItemIndex(0)),
            ([(1, 1), (2, 1)].as_slice(), 2)
        );
        for row in [[(1, 1), (1, 1)], [(1, 1), (3, 1)], [(1, 1), (2, 3)], [(1, 1), (2, 0)]] {
            let rows = [vec![(2, row.to_vec())], legal[1..].to_vec()].concat();
            let error = Transitions::from_rows(rows).unwrap_err().to_string();
            assert!(error.contains("not counts of steps"), "{error}");
        }
    }
}
