//! How good a ranking is: full rankings only, never sampled ones.
//!
//! **Tie rule:** an item that scores the same as the target counts as ranked before it, so a model that scores all alike gains nothing.
//! A target whose score is not a number has the last rank.

use serde::Serialize;

use crate::baseline::{Markov, Popularity};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;
use crate::ranking::top_k;
use crate::sequences::Case;

/// Anything that scores all items after a context.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one per evaluation, never in a collection")]
pub enum Predictor {
    /// A trained model.
    Model(Model),
    /// Views per item.
    Popularity(Popularity),
    /// Successors of the last item.
    Markov(Markov),
}

impl Predictor {
    /// Scores, one row of all items per context.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where a model's weights are missing.
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::Popularity(popularity) => Ok(vec![popularity.scores().to_vec(); contexts.len()]),
            Self::Markov(chain) => Ok(contexts.iter().map(|context| chain.scores(context.last().copied())).collect()),
            Self::Model(model) => {
                let scores = model.scores(contexts)?;
                let [_, items] = scores.dims();
                let values: Vec<f32> = scores.into_data().try_into_vec().expect("scores are f32");
                Ok(values.chunks_exact(items).map(<[f32]>::to_vec).collect())
            }
        }
    }
}

/// The target's rank, from 1, among the items that are not `excluded` (the target never is).
#[must_use]
pub fn rank(scores: &[f32], target: ItemIndex, excluded: impl Fn(usize) -> bool) -> usize {
    let own = scores[target.index()];
    let before = |score: f32| if own.is_nan() { true } else { score >= own };
    1 + scores.iter().enumerate().filter(|&(i, &s)| i != target.index() && before(s) && !excluded(i)).count()
}

/// Sums over cases.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    cases: usize,
    hits_10: usize,
    hits_20: usize,
    ndcg_10: f64,
    mrr_10: f64,
    mrr_20: f64,
}

impl Tally {
    /// Counts one target's rank.
    pub fn add(&mut self, rank: usize) {
        self.cases += 1;
        let reciprocal = 1.0 / rank as f64;
        if rank <= 10 {
            self.hits_10 += 1;
            self.ndcg_10 += 1.0 / (rank as f64 + 1.0).log2();
            self.mrr_10 += reciprocal;
        }
        if rank <= 20 {
            self.hits_20 += 1;
            self.mrr_20 += reciprocal;
        }
    }

    /// Cases counted.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Targets in the top ten.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.hits_10
    }

    /// Mean reciprocal rank, 0 beyond the top ten.
    #[must_use]
    pub fn mrr(&self) -> f64 {
        self.mrr_10 / self.cases.max(1) as f64
    }
}

/// An evaluation's figures. With one target a case, recall and hit rate are the same thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Share of targets in the top 10.
    #[serde(rename = "hr@10")]
    pub hr_10: f64,
    /// 1 / log₂(1 + rank) in the top 10, averaged.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
    /// 1 / rank in the top 10, averaged.
    #[serde(rename = "mrr@10")]
    pub mrr_10: f64,
    /// Share of targets in the top 20.
    #[serde(rename = "recall@20")]
    pub recall_20: f64,
    /// 1 / rank in the top 20, averaged.
    #[serde(rename = "mrr@20")]
    pub mrr_20: f64,
    /// Share of the catalogue that appears in some top 10.
    #[serde(rename = "coverage@10")]
    pub coverage_10: f64,
    /// Cases.
    pub cases: usize,
}

impl Figures {
    /// The same with `misses` more cases that nothing could have answered: their items are not in the catalogue.
    #[must_use]
    pub fn with_misses(mut self, misses: usize) -> Self {
        let share = self.cases as f64 / (self.cases + misses).max(1) as f64;
        for figure in [&mut self.hr_10, &mut self.ndcg_10, &mut self.mrr_10, &mut self.recall_20, &mut self.mrr_20] {
            *figure *= share;
        }
        self.cases += misses;
        self
    }
}

/// Cases scored together.
const BATCH: usize = 128;

/// Ranks every case. With `filter_seen`, the items of a case's context are left out of its ranking (the target never is).
/// `progress` is told how many cases are done.
///
/// # Errors
/// As [`Predictor::scores`].
pub fn evaluate(
    predictor: &Predictor,
    cases: &[Case],
    items: usize,
    filter_seen: bool,
    mut progress: impl FnMut(usize),
) -> Result<Figures> {
    let mut tally = Tally::default();
    let mut recommended = vec![false; items];
    let mut seen = vec![false; items];
    // Contexts of like length share a batch, which is as long as its longest.
    let mut order: Vec<&Case> = cases.iter().collect();
    order.sort_by_key(|case| case.context.len());
    for batch in order.chunks(BATCH) {
        let contexts: Vec<&[ItemIndex]> = batch.iter().map(|case| case.context.as_slice()).collect();
        for (case, scores) in batch.iter().zip(predictor.scores(&contexts)?) {
            let filtered: &[ItemIndex] = if filter_seen { &case.context } else { &[] };
            filtered.iter().for_each(|item| seen[item.index()] = true);
            tally.add(rank(&scores, case.target, |i| seen[i]));
            for ranked in top_k(&scores, 10, |item| !seen[item.index()]) {
                recommended[ranked.item.index()] = true;
            }
            filtered.iter().for_each(|item| seen[item.index()] = false);
        }
        progress(tally.cases);
    }
    Ok(figures(&tally, recommended.iter().filter(|r| **r).count() as f64 / items.max(1) as f64))
}

fn figures(tally: &Tally, coverage: f64) -> Figures {
    let cases = tally.cases.max(1) as f64;
    Figures {
        hr_10: tally.hits_10 as f64 / cases,
        ndcg_10: tally.ndcg_10 / cases,
        mrr_10: tally.mrr_10 / cases,
        recall_20: tally.hits_20 as f64 / cases,
        mrr_20: tally.mrr_20 / cases,
        coverage_10: coverage,
        cases: tally.cases,
    }
}

/// A share and the bounds of its 95% interval (Wilson, 1927), which holds for small counts too.
#[must_use]
pub fn wilson(hits: usize, cases: usize) -> [f64; 3] {
    const Z: f64 = 1.959_964;
    if cases == 0 {
        return [0.0, 0.0, 1.0];
    }
    let n = cases as f64;
    let share = hits as f64 / n;
    let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [share, (centre - half).max(0.0), (centre + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_scores_that_are_no_numbers_count_against_the_target() {
        assert_eq!(rank(&[0.5, 0.5, 0.4, 0.9], ItemIndex(0), |_| false), 3);
        assert_eq!(rank(&[0.5, 0.5, 0.4, 0.9], ItemIndex(0), |i| i == 3), 2);
        assert_eq!(rank(&[f32::NAN, 0.5, f32::NAN], ItemIndex(0), |_| false), 3);
    }

    #[test]
    fn figures_follow_their_definitions() {
        let mut tally = Tally::default();
        [1, 3, 11, 25].into_iter().for_each(|rank| tally.add(rank));
        let figures = figures(&tally, 0.25);
        assert!((figures.hr_10 - 0.5).abs() < 1e-12);
        assert!((figures.ndcg_10 - (1.0 + 0.5) / 4.0).abs() < 1e-12);
        assert!((figures.mrr_10 - (1.0 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
        assert!((figures.recall_20 - 0.75).abs() < 1e-12);
        assert!((figures.mrr_20 - (1.0 + 1.0 / 3.0 + 1.0 / 11.0) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn intervals_are_wilsons() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson") = (0.4901625, 0.9433178)
        let [share, low, high] = wilson(8, 10);
        assert!((share - 0.8).abs() < 1e-12 && (low - 0.490_162_5).abs() < 1e-6 && (high - 0.943_317_8).abs() < 1e-6);
    }

    #[test]
    fn seen_items_are_filtered_only_where_asked() {
        let sequences = crate::sequences::Sequences {
            items: 3,
            sessions: vec![vec![ItemIndex(0); 3], vec![ItemIndex(1); 2], vec![ItemIndex(2)]],
        };
        let predictor = Predictor::Popularity(Popularity::new(&sequences));
        let cases = [Case { context: vec![ItemIndex(0)], target: ItemIndex(1) }];
        let mrr = |filter| evaluate(&predictor, &cases, 3, filter, |_| {}).unwrap().mrr_10;
        assert!((mrr(true) - 1.0).abs() < 1e-12 && (mrr(false) - 0.5).abs() < 1e-12);
    }
}
