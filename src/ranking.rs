//! From scores to the top k.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use crate::catalogue::ItemIndex;

/// May an item of the history be recommended?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepeatPolicy {
    /// Never: for catalogues that are larger than any history.
    #[default]
    Exclude,
    /// Yes: where coming back is normal (a shop's consumables, music, one's own browsing).
    Allow,
    /// Nothing else: "what will I return to?"
    Only,
}

impl RepeatPolicy {
    /// Does the policy let an item through that was, or was not, seen?
    #[must_use]
    pub fn allows(self, seen: bool) -> bool {
        match self {
            Self::Exclude => !seen,
            Self::Allow => true,
            Self::Only => seen,
        }
    }
}

/// An item and its score. The better one is the greater; equal scores rank the earlier item of the catalogue first, and a score that
/// is not a number ranks below all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// The item.
    pub item: ItemIndex,
    /// Its score.
    pub score: f32,
}

impl Ranked {
    fn key(self) -> f32 {
        if self.score.is_nan() { f32::NEG_INFINITY } else { self.score }
    }
}

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().total_cmp(&other.key()).then_with(|| other.item.cmp(&self.item))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The `k` best items that `allowed` lets through, best first: one pass with a heap of k.
pub fn top_k(scores: &[f32], k: usize, allowed: impl Fn(ItemIndex) -> bool) -> Vec<Ranked> {
    let mut heap = BinaryHeap::with_capacity(k + 1);
    for (index, &score) in scores.iter().enumerate() {
        let candidate = Ranked { item: ItemIndex(index as u32), score };
        let full = heap.len() >= k;
        if full && heap.peek().is_none_or(|worst: &std::cmp::Reverse<Ranked>| candidate <= worst.0) {
            continue;
        }
        if allowed(candidate.item) {
            heap.push(std::cmp::Reverse(candidate));
            if full {
                heap.pop();
            }
        }
    }
    heap.into_sorted_vec().into_iter().map(|reversed| reversed.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(ranked: &[Ranked]) -> Vec<u32> {
        ranked.iter().map(|r| r.item.0).collect()
    }

    #[test]
    fn the_best_come_first_and_ties_in_catalogue_order() {
        let scores = [1.0, 3.0, f32::NAN, 3.0, 2.0, -1.0];
        assert_eq!(items(&top_k(&scores, 4, |_| true)), [1, 3, 4, 0]);
        assert_eq!(items(&top_k(&scores, 10, |_| true)), [1, 3, 4, 0, 5, 2]);
        assert_eq!(items(&top_k(&scores, 2, |i| i.0 != 1)), [3, 4]);
        assert!(top_k(&scores, 0, |_| true).is_empty());
    }

    #[test]
    fn policies() {
        let allowed = |policy: RepeatPolicy| (policy.allows(true), policy.allows(false));
        assert_eq!(allowed(RepeatPolicy::Exclude), (false, true));
        assert_eq!(allowed(RepeatPolicy::Allow), (true, true));
        assert_eq!(allowed(RepeatPolicy::Only), (true, false));
    }
}
