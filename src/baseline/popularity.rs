//! What is viewed most.

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

    /// Scores of all items, whatever came before: their counts.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.counts
    }
}
