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

/// Of candidates, best first, `k` that are likely and unlike each other: maximal marginal relevance (Carbonell & Goldstein, "The Use of MMR,
/// Diversity-Based Reranking for Reordering Documents and Producing Summaries", 1998). `(1 − diversity) · score / best score − diversity ·
/// likeness to the most alike above`. Scores are not negative; likeness is a cosine.
pub fn diverse(
    candidates: &[Ranked],
    k: usize,
    diversity: f32,
    likeness: impl Fn(ItemIndex, ItemIndex) -> f32,
) -> Vec<Ranked> {
    let best = candidates.first().map_or(1.0, |first| first.score.max(f32::MIN_POSITIVE));
    let mut left: Vec<(Ranked, f32)> = candidates.iter().map(|ranked| (*ranked, 0.0)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < k && !left.is_empty() {
        let worth = |(ranked, like): &(Ranked, f32)| (1.0 - diversity) * ranked.score / best - diversity * like;
        let mut first = 0;
        for at in 1..left.len() {
            if worth(&left[at]) > worth(&left[first]) {
                first = at;
            }
        }
        let (next, _) = left.remove(first);
        left.iter_mut().for_each(|(ranked, like)| *like = like.max(likeness(ranked.item, next.item)));
        chosen.push(next);
    }
    chosen
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
    fn diversity_puts_another_kind_before_more_of_the_same() {
        let ranked =
            [(0, 0.5), (1, 0.4), (2, 0.3), (3, 0.1)].map(|(item, score)| Ranked { item: ItemIndex(item), score });
        // 0 to 2 are alike.
        let alike = |a: ItemIndex, b: ItemIndex| if a.0 < 3 && b.0 < 3 { 0.9 } else { 0.0 };
        assert_eq!(items(&diverse(&ranked, 4, 0.0, alike)), [0, 1, 2, 3]);
        assert_eq!(items(&diverse(&ranked, 2, 0.5, alike)), [0, 3]);
        assert_eq!(items(&diverse(&ranked, 9, 0.5, alike)), [0, 3, 1, 2]);
        assert!(diverse(&[], 3, 0.5, alike).is_empty());
    }

    #[test]
    fn policies() {
        let allowed = |policy: RepeatPolicy| (policy.allows(true), policy.allows(false));
        assert_eq!(allowed(RepeatPolicy::Exclude), (false, true));
        assert_eq!(allowed(RepeatPolicy::Allow), (true, true));
        assert_eq!(allowed(RepeatPolicy::Only), (true, false));
    }
}
