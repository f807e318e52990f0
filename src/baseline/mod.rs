//! Simple predictors: the rows that an honest table needs beside the model.
//!
//! All of them count sessions and rank by what they counted. Where a baseline has nothing to say about an item, popularity ranks it, below
//! the items that it has evidence for. What "recent" means to one of them is the order of the sessions: oldest first.

mod bpr_mf;
mod content_knn;
mod item_knn;
mod markov;
mod popularity;
mod recent_popularity;
mod sequential_rules;
mod session_recency;
mod sums;
mod vsknn;

use std::collections::HashSet;
use std::fmt::Debug;

pub use bpr_mf::BprMf;
pub use content_knn::ContentKnn;
pub use item_knn::ItemKnn;
pub use markov::Markov;
pub use popularity::Popularity;
pub use recent_popularity::RecentPopularity;
pub use sequential_rules::SequentialRules;
pub use session_recency::SessionRecency;
pub use vsknn::VsKnn;

use crate::catalogue::ItemIndex;
use crate::lists::Lists;
use crate::sequences::Sequences;

/// Something simple that scores all items after a context.
pub trait Baseline: Debug {
    /// Scores of all items, `[items]`: the higher, the likelier to come next. The context is oldest first and may be empty.
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32>;
}

/// Each item of a context once, the latest view first.
fn latest_first(context: &[ItemIndex]) -> Vec<ItemIndex> {
    let mut seen = HashSet::with_capacity(context.len());
    context.iter().rev().copied().filter(|item| seen.insert(*item)).collect()
}

/// The sessions that hold each item, oldest first.
pub(crate) fn sessions_of_items(sequences: &Sequences) -> Lists<u32> {
    let pairs: Vec<(usize, u32)> = sequences
        .sessions
        .iter()
        .enumerate()
        .flat_map(|(at, session)| distinct(session).into_iter().map(move |item| (item as usize, at as u32)))
        .collect();
    Lists::grouped(sequences.items, &pairs)
}

/// A session's items, each once, in the catalogue's order.
fn distinct(session: &[ItemIndex]) -> Vec<u32> {
    let mut items: Vec<u32> = session.iter().map(|item| item.0).collect();
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(test)]
pub(crate) mod fixtures {
    use super::{Baseline, ItemIndex, Sequences};

    pub(crate) fn items(list: &[u32]) -> Vec<ItemIndex> {
        list.iter().map(|&i| ItemIndex(i)).collect()
    }

    pub(crate) fn sequences(count: usize, sessions: &[&[u32]]) -> Sequences {
        Sequences::new(count, sessions.iter().map(|session| items(session)).collect()).unwrap()
    }

    /// All items, best first.
    pub(crate) fn order(baseline: &impl Baseline, context: &[u32]) -> Vec<u32> {
        let scores = baseline.scores(&items(context));
        crate::ranking::top_k(&scores, scores.len(), |_| true).iter().map(|ranked| ranked.item.0).collect()
    }

    pub(crate) fn close(value: f32, expected: f32) {
        assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{items, sequences};
    use super::*;

    #[test]
    fn a_context_is_walked_back_from_its_end_without_repeats() {
        assert_eq!(latest_first(&items(&[1, 2, 1, 3, 2])), items(&[2, 3, 1]));
    }

    #[test]
    fn an_item_that_repeats_within_a_session_counts_one_session() {
        let sessions = sessions_of_items(&sequences(3, &[&[0, 1, 0], &[2], &[1, 1]]));
        assert_eq!(
            (sessions.of(0), sessions.of(1), sessions.of(2)),
            ([0].as_slice(), [0, 2].as_slice(), [1].as_slice())
        );
    }
}
