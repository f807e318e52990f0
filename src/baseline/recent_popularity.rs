//! What was viewed most lately (`DecayPop` of Ji et al., "A Re-visit of the Popularity Baseline in Recommender Systems", SIGIR 2020).

use super::Baseline;
use crate::catalogue::ItemIndex;

/// The log has this many half-lives: a view counts half as much as one that is a twentieth of the log younger.
const HALF_LIVES: f64 = 20.0;

/// Views per item, each weighted by `0.5^(age / half-life)`; age counts the events since.
#[derive(Debug, Clone)]
pub struct RecentPopularity {
    weights: Vec<f32>,
}

impl RecentPopularity {
    /// Weighs the events of a log, oldest first, over a catalogue of `items`.
    #[must_use]
    pub fn new(items: usize, oldest_first: &[ItemIndex]) -> Self {
        let half_life = (oldest_first.len() as f64 / HALF_LIVES).max(1.0);
        let mut weights = vec![0.0_f64; items];
        for (age, item) in oldest_first.iter().rev().enumerate() {
            weights[item.index()] += (-(age as f64) / half_life).exp2();
        }
        Self { weights: weights.into_iter().map(|weight| weight as f32).collect() }
    }
}

impl Baseline for RecentPopularity {
    fn scores(&self, _: &[ItemIndex]) -> Vec<f32> {
        self.weights.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items};
    use super::*;

    #[test]
    fn weight_halves_with_every_half_life() {
        // 40 events: a half-life is 2 of them.
        let mut log = items(&[0; 40]);
        log[39] = ItemIndex(1);
        log[37] = ItemIndex(2);
        log[35] = ItemIndex(2);
        let scores = RecentPopularity::new(4, &log).scores(&[]);
        close(scores[1], 1.0);
        close(scores[2], 0.5 + 0.25);
        close(scores[3], 0.0);
    }
}
