//! Back to what was just seen: the context's items, the last first; then by popularity.

use super::{Baseline, Popularity, latest_first};
use crate::catalogue::ItemIndex;
use crate::sequences::Sequences;

/// The context from its end, then popularity. Strong where people go back; where seen items are not ranked it is popularity.
#[derive(Debug, Clone)]
pub struct SessionRecency {
    popularity: Popularity,
}

impl SessionRecency {
    /// Counts views, for what is not in a context.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        Self { popularity: Popularity::new(sequences) }
    }
}

impl Baseline for SessionRecency {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let recent = latest_first(context);
        let score = |(step, item): (usize, &ItemIndex)| (item.0, (recent.len() - step) as f32);
        self.popularity.under(recent.iter().enumerate().map(score))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{order, sequences};
    use super::*;

    #[test]
    fn the_last_item_comes_first_and_the_unseen_by_popularity() {
        let recency = SessionRecency::new(&sequences(5, &[&[4, 4, 3, 4, 3, 0]]));
        assert_eq!(order(&recency, &[1, 0, 1, 2]), [2, 1, 0, 4, 3]);
    }
}
