//! How good a ranking is: full rankings only, never sampled ones.
//!
//! **Tie rule:** an item that scores the same as the target counts as ranked before it, so a model that scores all alike gains nothing.
//! A target whose score is not a number has the last rank.
//!
//! [`evaluate`] gives the figures alone; an [`Evaluator`] a whole [`Report`]. `docs/evaluation.md` says what each figure is.

mod evaluator;
mod figures;
mod interval;
mod overlap;
mod percentile;
mod predictor;
mod ranks;

pub use evaluator::{Evaluator, Report, Slice};
pub use figures::{Figures, Tally};
pub use interval::wilson;
pub use predictor::Predictor;
pub use ranks::rank;

use crate::error::Result;
use crate::sequences::Case;

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
    ranks::each(predictor, cases, items, filter_seen, |_, rank, top| {
        tally.add(rank);
        top.iter().for_each(|ranked| recommended[ranked.item.index()] = true);
        progress(tally.cases());
    })?;
    Ok(tally.figures(recommended.iter().filter(|r| **r).count() as f64 / items.max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Popularity;
    use crate::baseline::fixtures::{items, sequences};
    use crate::catalogue::ItemIndex;

    #[test]
    fn seen_items_are_filtered_only_where_asked() {
        let popularity = Popularity::new(&sequences(3, &[&[0, 0, 0], &[1, 1], &[2]]));
        let predictor = Predictor::Baseline(Box::new(popularity));
        let cases = [Case::new(items(&[0]), ItemIndex(1))];
        let mrr = |filter| evaluate(&predictor, &cases, 3, filter, |_| {}).unwrap().mrr_10;
        assert!((mrr(true) - 1.0).abs() < 1e-12 && (mrr(false) - 0.5).abs() < 1e-12);
    }
}
