//! What is viewed most.

use super::Baseline;
use crate::catalogue::ItemIndex;
use crate::sequences::Sequences;

/// Views per item.
#[derive(Debug, Clone)]
pub struct Popularity {
    counts: Vec<f32>,
}

impl Popularity {
    /// Counts views.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        Self { counts: sequences.counts().iter().map(|&c| c as f32).collect() }
    }

    /// Counts one more.
    pub fn learn(&mut self, item: ItemIndex) {
        self.counts[item.index()] += 1.0;
    }

    /// Views of each item, `[items]`.
    #[must_use]
    pub fn counts(&self) -> &[f32] {
        &self.counts
    }

    /// Shares of the most viewed item's views, `[items]`, none above `most`: small enough, they only break ties.
    pub(super) fn up_to(&self, most: f32) -> Vec<f32> {
        let highest = self.counts.iter().copied().fold(1.0, f32::max);
        self.counts.iter().map(|count| most * count / highest).collect()
    }

    /// Evidence (above 0) in its own order, and below it, by popularity, the items that there is none for. `[items]`
    pub(super) fn under(&self, evidence: impl IntoIterator<Item = (u32, f32)>) -> Vec<f32> {
        let mut scores: Vec<f32> = self.up_to(1.0).iter().map(|share| share - 1.0).collect();
        for (item, score) in evidence {
            if score > 0.0 {
                scores[item as usize] = score;
            }
        }
        scores
    }
}

impl Baseline for Popularity {
    fn scores(&self, _: &[ItemIndex]) -> Vec<f32> {
        self.counts.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{order, sequences};
    use super::*;

    #[test]
    fn the_most_viewed_comes_first_whatever_the_context() {
        let popularity = Popularity::new(&sequences(3, &[&[2, 1, 2], &[1, 2]]));
        assert_eq!(popularity.scores(&[]), [0.0, 2.0, 3.0]);
        assert_eq!(order(&popularity, &[0]), [2, 1, 0]);
    }

    #[test]
    fn evidence_stands_above_the_most_popular() {
        let popularity = Popularity::new(&sequences(4, &[&[3, 3, 2]]));
        assert_eq!(popularity.under([(0, 1e-9), (1, 2.0)]), [1e-9, 2.0, -0.5, 0.0]);
    }
}
