//! Ranks of targets, case by case.

use super::Predictor;
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::ranking::{Ranked, top_k};
use crate::sequences::{Case, Context};

/// How many items a list of recommendations has.
const LIST: usize = 10;

/// The target's rank, from 1, among the items that are not `excluded` (the target never is).
#[must_use]
pub fn rank(scores: &[f32], target: ItemIndex, excluded: impl Fn(usize) -> bool) -> usize {
    let own = scores[target.index()];
    let before = |score: f32| if own.is_nan() { true } else { score >= own };
    1 + scores.iter().enumerate().filter(|&(i, &s)| i != target.index() && before(s) && !excluded(i)).count()
}

/// Ranks every case, short contexts first, and hands out its position among the cases, its target's rank and the top ten.
pub(super) fn each(
    predictor: &Predictor,
    cases: &[Case],
    items: usize,
    filter_seen: bool,
    mut take: impl FnMut(usize, usize, &[Ranked]),
) -> Result<()> {
    // Contexts of like length share a batch, which is as long as its longest.
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|&at| cases[at].context.len());
    let contexts: Vec<Context<'_>> = order.iter().map(|&at| Context::from(&cases[at])).collect();
    let mut seen = vec![false; items];
    predictor.each_row(&contexts, |place, scores| {
        let case = &cases[order[place]];
        let filtered: &[ItemIndex] = if filter_seen { &case.context } else { &[] };
        filtered.iter().for_each(|item| seen[item.index()] = true);
        let rank = rank(scores, case.target, |i| seen[i]);
        let top = top_k(scores, LIST, |item| !seen[item.index()]);
        filtered.iter().for_each(|item| seen[item.index()] = false);
        take(order[place], rank, &top);
    })
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
}
