//! The whole report on one predictor.

use rand::RngExt;
use serde::Serialize;

use super::figures::{Figures, Tally};
use super::overlap::{Known, Overlap};
use super::percentile::percentiles;
use super::{Predictor, ranks};
use crate::error::Result;
use crate::ranking::Ranked;
use crate::rng::{Stream, generator};
use crate::sequences::{Case, Sequences};

/// Lists that diversity is averaged over, at most: those of evenly spaced cases.
const LISTS: usize = 2000;
/// Contexts of fewer events than the first are cold, of fewer than the second medium, all others heavy.
const ACTIVITY: [usize; 2] = [5, 20];

/// Figures on a part of the cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Slice {
    /// How many cases.
    pub cases: usize,
    /// Share of targets in the top 10.
    #[serde(rename = "hr@10")]
    pub hr_10: f64,
    /// 1 / log₂(1 + rank) in the top 10, averaged.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
    /// 95% interval of `ndcg@10` over the cases (normal).
    #[serde(rename = "ndcg@10_ci95")]
    pub ndcg_10_interval: [f64; 2],
}

impl From<&Tally> for Slice {
    fn from(tally: &Tally) -> Self {
        let cases = tally.cases();
        let Figures { ndcg_10, ndcg_10_interval, .. } = tally.figures(0.0);
        Self { cases, hr_10: tally.hits() as f64 / cases.max(1) as f64, ndcg_10, ndcg_10_interval }
    }
}

/// All that is said about a predictor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Over all cases.
    #[serde(flatten)]
    pub figures: Figures,
    /// 1 − the mean cosine of a top 10's pairs, over the training sessions that hold them, averaged over up to 2,000 lists.
    #[serde(rename = "diversity@10")]
    pub diversity_10: f64,
    /// Mean percentile of training views in the top 10: 0 the least viewed, 1 the most.
    #[serde(rename = "popularity@10")]
    pub popularity_10: f64,
    /// Targets that are in the context.
    pub repeats: Slice,
    /// Targets that are not, and were trained on.
    pub first_views: Slice,
    /// Targets that were never trained on: no context holds what there is to know about them.
    pub new_items: Slice,
    /// Contexts of fewer than 5 events.
    pub cold: Slice,
    /// Contexts of 5 to 19 events.
    pub medium: Slice,
    /// Contexts of 20 events and more.
    pub heavy: Slice,
}

/// Judges predictors on the same cases.
#[derive(Debug)]
pub struct Evaluator<'a> {
    cases: &'a [Case],
    filter_seen: bool,
    misses: usize,
    views: Vec<u32>,
    percentiles: Vec<f64>,
    overlap: Overlap,
}

/// What a walk over the cases gathers.
#[derive(Default)]
struct Gathered {
    all: Tally,
    repeats: Tally,
    first_views: Tally,
    new_items: Tally,
    /// Cold, medium, heavy.
    activity: [Tally; 3],
    recommended: Vec<bool>,
    /// Sums over lists, and how many there were.
    diversity: (f64, usize),
    popularity: (f64, usize),
    known: Known,
}

impl<'a> Evaluator<'a> {
    /// Judges on `cases` of `train`'s catalogue. With `filter_seen`, a context's items are not ranked. `misses` more cases have targets
    /// that the catalogue lacks.
    #[must_use]
    pub fn new(cases: &'a [Case], train: &Sequences, filter_seen: bool, misses: usize) -> Self {
        let views = train.counts();
        Self { cases, filter_seen, misses, percentiles: percentiles(&views), views, overlap: Overlap::new(train) }
    }

    /// Ranks every case; `progress` is told how many are done.
    ///
    /// # Errors
    /// As [`Predictor::scores`].
    pub fn report(&self, predictor: &Predictor, mut progress: impl FnMut(usize)) -> Result<Report> {
        let mut gathered = Gathered { recommended: vec![false; self.views.len()], ..Gathered::default() };
        ranks::each(predictor, self.cases, self.views.len(), self.filter_seen, |at, rank, top| {
            self.gather(&mut gathered, at, rank, top);
            progress(gathered.all.cases());
        })?;
        gathered.all.miss(self.misses);
        gathered.new_items.miss(self.misses);
        Ok(gathered.report())
    }

    /// The control: the same with the events of every context in a random order. What is lost is what the order told.
    ///
    /// # Errors
    /// As [`Predictor::scores`].
    pub fn shuffled(&self, predictor: &Predictor, seed: u64) -> Result<Slice> {
        let cases: Vec<Case> = self.cases.iter().zip(0..).map(|(case, at)| shuffled(case, seed, at)).collect();
        let mut tally = Tally::default();
        ranks::each(predictor, &cases, self.views.len(), self.filter_seen, |_, rank, _| tally.add(rank))?;
        tally.miss(self.misses);
        Ok(Slice::from(&tally))
    }

    fn gather(&self, gathered: &mut Gathered, at: usize, rank: usize, top: &[Ranked]) {
        let case = &self.cases[at];
        gathered.all.add(rank);
        let novelty = if case.context.contains(&case.target) {
            &mut gathered.repeats
        } else if self.views[case.target.index()] == 0 {
            &mut gathered.new_items
        } else {
            &mut gathered.first_views
        };
        novelty.add(rank);
        gathered.activity[ACTIVITY.iter().filter(|least| case.context.len() >= **least).count()].add(rank);
        for ranked in top {
            gathered.recommended[ranked.item.index()] = true;
            gathered.popularity.0 += self.percentiles[ranked.item.index()];
        }
        gathered.popularity.1 += top.len();
        if at.is_multiple_of(self.cases.len().div_ceil(LISTS))
            && let Some(diversity) = self.overlap.diversity(top, &mut gathered.known)
        {
            gathered.diversity.0 += diversity;
            gathered.diversity.1 += 1;
        }
    }
}

/// A case with its context in a random order; what happened when is taken away, when something happened is not.
fn shuffled(case: &Case, seed: u64, at: u64) -> Case {
    let mut random = generator(seed, Stream::Control, at);
    let mut context = case.context.clone();
    for last in (1..context.len()).rev() {
        context.swap(last, random.random_range(0..=last as u32) as usize);
    }
    Case { context, ..case.clone() }
}

impl Gathered {
    fn report(&self) -> Report {
        let mean = |(sum, count): (f64, usize)| sum / count.max(1) as f64;
        let covered = self.recommended.iter().filter(|recommended| **recommended).count();
        Report {
            figures: self.all.figures(covered as f64 / self.recommended.len().max(1) as f64),
            diversity_10: mean(self.diversity),
            popularity_10: mean(self.popularity),
            repeats: Slice::from(&self.repeats),
            first_views: Slice::from(&self.first_views),
            new_items: Slice::from(&self.new_items),
            cold: Slice::from(&self.activity[0]),
            medium: Slice::from(&self.activity[1]),
            heavy: Slice::from(&self.activity[2]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::fixtures::{items, sequences};
    use crate::baseline::{Markov, Popularity};
    use crate::catalogue::ItemIndex;

    fn case(context: &[u32], target: u32) -> Case {
        Case::new(items(context), ItemIndex(target))
    }

    /// Twelve items around a ring, item 12 never trained on.
    fn ring() -> Sequences {
        let walk: Vec<u32> = (0..48).map(|step| step % 12).collect();
        sequences(13, &[&walk])
    }

    #[test]
    fn repeats_new_items_and_activity_are_told_apart() {
        let walk: Vec<u32> = (0..24).map(|step| step % 12).collect();
        let cases = [case(&[0, 1], 2), case(&[0, 1], 12), case(&walk[..6], 6), case(&walk, 0), case(&[1, 0], 5)];
        let train = ring();
        let evaluator = Evaluator::new(&cases, &train, false, 3);
        let report = evaluator.report(&Predictor::Baseline(Box::new(Markov::new(&train))), |_| {}).unwrap();
        let slice = |slice: Slice| (slice.cases, (slice.hr_10 * slice.cases as f64).round() as usize);
        assert_eq!(slice(report.repeats), (1, 1));
        // 1 → 2 and 5 → 6 are known; 0 → 5 never was: it ties with 11 items.
        assert_eq!(slice(report.first_views), (3, 2));
        assert_eq!(slice(report.new_items), (1 + 3, 0));
        assert_eq!((slice(report.cold), slice(report.medium), slice(report.heavy)), ((3, 1), (1, 1), (1, 1)));
        assert_eq!(report.figures.cases, 8);
        assert!((report.figures.hr_10 - 3.0 / 8.0).abs() < 1e-12);
    }

    #[test]
    fn popularity_is_the_mean_percentile_of_what_is_recommended() {
        let train = sequences(12, &[&[0, 0, 0], &[1, 1], &[2, 3, 4, 5, 6, 7, 8, 9]]);
        let cases = [case(&[0], 1)];
        let predictor = Predictor::Baseline(Box::new(Popularity::new(&train)));
        let report = Evaluator::new(&cases, &train, false, 0).report(&predictor, |_| {}).unwrap();
        // Items 0 and 1 stand at 11/11 and 10/11, items 2 to 9 in the middle of 2 to 9; items 10 and 11 are not recommended.
        assert!((report.popularity_10 - (11.0 + 10.0 + 8.0 * 5.5) / 11.0 / 10.0).abs() < 1e-12);
        assert!((report.figures.coverage_10 - 10.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn the_control_takes_away_what_order_told_and_nothing_else() {
        let train = ring();
        let walk: Vec<u32> = (0..10).collect();
        let cases: Vec<Case> = (0..50).map(|_| case(&walk, 10)).collect();
        let evaluator = Evaluator::new(&cases, &train, true, 0);
        let ordered = Predictor::Baseline(Box::new(Markov::new(&train)));
        let control = evaluator.shuffled(&ordered, 1).unwrap();
        assert!(control.ndcg_10 < 0.8, "{control:?}");
        assert!((evaluator.report(&ordered, |_| {}).unwrap().figures.ndcg_10 - 1.0).abs() < 1e-12);
        assert_eq!(control, evaluator.shuffled(&ordered, 1).unwrap());
        let popularity = Predictor::Baseline(Box::new(Popularity::new(&train)));
        let report = evaluator.report(&popularity, |_| {}).unwrap();
        assert_eq!(evaluator.shuffled(&popularity, 1).unwrap().ndcg_10, report.figures.ndcg_10);
        let mut order = shuffled(&cases[0], 1, 0).context;
        order.sort_unstable();
        assert_eq!(order, items(&walk), "nothing is lost");
    }
}
