//! Sums over cases, and what becomes of them.

use serde::Serialize;

use super::interval::{Gains, wilson};

/// Ranks up to this are hits; figures come for each.
const CUTOFFS: [usize; 3] = [5, 10, 20];

/// Sums over cases.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    cases: usize,
    cutoffs: [Cutoff; CUTOFFS.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct Cutoff {
    hits: usize,
    /// 1 / log₂(1 + rank)
    ndcg: Gains,
    /// 1 / rank
    mrr: Gains,
}

impl Tally {
    /// Counts one target's rank.
    pub fn add(&mut self, rank: usize) {
        self.cases += 1;
        for (cutoff, _) in self.cutoffs.iter_mut().zip(CUTOFFS).filter(|(_, k)| rank <= *k) {
            cutoff.hits += 1;
            cutoff.ndcg.add(1.0 / (rank as f64 + 1.0).log2());
            cutoff.mrr.add(1.0 / rank as f64);
        }
    }

    /// Counts cases that nothing could have answered: their items are not in the catalogue.
    pub fn miss(&mut self, cases: usize) {
        self.cases += cases;
    }

    /// Cases counted.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Targets in the top ten.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.cutoffs[1].hits
    }

    /// Mean reciprocal rank, 0 beyond the top ten.
    #[must_use]
    pub fn mrr(&self) -> f64 {
        self.cutoffs[1].mrr.mean(self.cases)
    }

    /// The figures, with the `coverage` that only the whole rankings tell.
    pub(super) fn figures(&self, coverage: f64) -> Figures {
        let [five, ten, twenty] = &self.cutoffs;
        let [hr_10, low, high] = wilson(ten.hits, self.cases);
        let share = |hits: usize| hits as f64 / self.cases.max(1) as f64;
        Figures {
            hr_5: share(five.hits),
            hr_10,
            hr_20: share(twenty.hits),
            ndcg_5: five.ndcg.mean(self.cases),
            ndcg_10: ten.ndcg.mean(self.cases),
            ndcg_20: twenty.ndcg.mean(self.cases),
            mrr_5: five.mrr.mean(self.cases),
            mrr_10: ten.mrr.mean(self.cases),
            mrr_20: twenty.mrr.mean(self.cases),
            recall_20: share(twenty.hits),
            coverage_10: coverage,
            hr_10_interval: [low, high],
            ndcg_10_interval: ten.ndcg.interval(self.cases),
            mrr_10_interval: ten.mrr.interval(self.cases),
            cases: self.cases,
        }
    }
}

/// An evaluation's figures. With one target a case, recall and hit rate are the same thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Share of targets in the top 5.
    #[serde(rename = "hr@5")]
    pub hr_5: f64,
    /// Share of targets in the top 10.
    #[serde(rename = "hr@10")]
    pub hr_10: f64,
    /// Share of targets in the top 20.
    #[serde(rename = "hr@20")]
    pub hr_20: f64,
    /// 1 / log₂(1 + rank) in the top 5, averaged.
    #[serde(rename = "ndcg@5")]
    pub ndcg_5: f64,
    /// 1 / log₂(1 + rank) in the top 10, averaged.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
    /// 1 / log₂(1 + rank) in the top 20, averaged.
    #[serde(rename = "ndcg@20")]
    pub ndcg_20: f64,
    /// 1 / rank in the top 5, averaged.
    #[serde(rename = "mrr@5")]
    pub mrr_5: f64,
    /// 1 / rank in the top 10, averaged.
    #[serde(rename = "mrr@10")]
    pub mrr_10: f64,
    /// 1 / rank in the top 20, averaged.
    #[serde(rename = "mrr@20")]
    pub mrr_20: f64,
    /// Share of targets in the top 20: `hr@20` under the name that papers on sessions use.
    #[serde(rename = "recall@20")]
    pub recall_20: f64,
    /// Share of the catalogue that appears in some top 10.
    #[serde(rename = "coverage@10")]
    pub coverage_10: f64,
    /// 95% interval of `hr@10` over the cases (Wilson).
    #[serde(rename = "hr@10_ci95")]
    pub hr_10_interval: [f64; 2],
    /// 95% interval of `ndcg@10` over the cases (normal).
    #[serde(rename = "ndcg@10_ci95")]
    pub ndcg_10_interval: [f64; 2],
    /// 95% interval of `mrr@10` over the cases (normal).
    #[serde(rename = "mrr@10_ci95")]
    pub mrr_10_interval: [f64; 2],
    /// Cases.
    pub cases: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn figures_follow_their_definitions() {
        let mut tally = Tally::default();
        [1, 3, 7, 11, 25].into_iter().for_each(|rank| tally.add(rank));
        let figures = tally.figures(0.25);
        close(figures.hr_5, 0.4);
        close(figures.hr_10, 0.6);
        close(figures.hr_20, 0.8);
        close(figures.recall_20, 0.8);
        close(figures.ndcg_5, (1.0 + 0.5) / 5.0);
        close(figures.ndcg_10, (1.0 + 0.5 + 1.0 / 3.0) / 5.0);
        close(figures.ndcg_20, (1.0 + 0.5 + 1.0 / 3.0 + 1.0 / 12.0_f64.log2()) / 5.0);
        close(figures.mrr_5, (1.0 + 1.0 / 3.0) / 5.0);
        close(figures.mrr_10, (1.0 + 1.0 / 3.0 + 1.0 / 7.0) / 5.0);
        close(figures.mrr_20, (1.0 + 1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 11.0) / 5.0);
    }

    #[test]
    fn what_cannot_be_answered_counts_as_a_miss() {
        let mut tally = Tally::default();
        tally.add(1);
        tally.miss(3);
        let figures = tally.figures(0.0);
        close(figures.hr_10, 0.25);
        close(figures.ndcg_10, 0.25);
        assert_eq!(figures.cases, 4);
    }
}
