//! What an item would not have been recommended without: views are taken away and the rest is scored again.

use super::{Odds, REACH, distinct, log_odds, scored_without};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::{Alternatives, Model};
use crate::sequences::Context;

/// A cause has to lower the log-odds by this many nats more than the context's other items do (their median): else the odds would change by
/// less than about a tenth, or would fall whatever is taken away, as the session gets shorter, and no single item explains anything.
pub const SMALLEST_EXCESS: f32 = 0.1;

/// A set of more items than this is no explanation that anyone reads.
pub const MOST: usize = 4;

/// The item of the context whose removal lowers a recommendation most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cause {
    /// The item.
    pub item: ItemIndex,
    /// By how much the recommendation's log-odds against all rivals fall without it, in nats.
    pub drop: f32,
}

/// For each recommendation and each distinct item of the context, in order of first view, how much it falls without that item.
/// `[recommended][distinct]`
///
/// Each item is taken away in turn, all its views at once, and the rest is scored again, all in one batch.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn drops(model: &Model, context: Context<'_>, recommended: &[ItemIndex]) -> Result<Vec<Vec<Cause>>> {
    let context = context.last(REACH);
    let distinct = distinct(context.items);
    if distinct.is_empty() || recommended.is_empty() {
        return Ok(vec![Vec::new(); recommended.len()]);
    }
    let scores = scored_without(model, context, std::iter::once(Vec::new()).chain(distinct.iter().map(|&i| vec![i])))?;
    let scores: Vec<&[f32]> = scores.iter().map(Vec::as_slice).collect();
    Ok(fallen(&scores, &distinct, recommended))
}

/// How much each recommendation falls from the first row of scores to the others, which do without one item each.
fn fallen(scores: &[&[f32]], without: &[ItemIndex], recommended: &[ItemIndex]) -> Vec<Vec<Cause>> {
    let odds: Vec<Odds<'_>> = scores.iter().map(|scores| Odds::new(scores)).collect();
    let (whole, rest) = odds.split_at(1);
    let of = |&item: &ItemIndex| {
        let before = whole[0].of(item);
        let drop = |(&gone, odds): (&ItemIndex, &Odds<'_>)| Cause { item: gone, drop: before - odds.of(item) };
        without.iter().zip(rest).map(drop).collect()
    };
    recommended.iter().map(of).collect()
}

/// For each recommendation its [`Cause`], or `None` where no single item explains it.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn causes(model: &Model, context: Context<'_>, recommended: &[ItemIndex]) -> Result<Vec<Option<Cause>>> {
    Ok(drops(model, context, recommended)?.into_iter().map(cause).collect())
}

/// [`causes`] in a session that goes on, of whose items the last ones are taken away; the events before them stay what they are.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn causes_in(
    alternatives: &mut Alternatives,
    model: &Model,
    recommended: &[ItemIndex],
) -> Result<Vec<Option<Cause>>> {
    let scores = alternatives.scores(model)?;
    let without: Vec<ItemIndex> = alternatives.without().collect();
    let rows: Vec<&[f32]> = scores.chunks_exact((scores.len() / (without.len() + 1)).max(1)).collect();
    Ok(fallen(&rows, &without, recommended).into_iter().map(cause).collect())
}

/// The largest drop, if it stands out.
fn cause(mut drops: Vec<Cause>) -> Option<Cause> {
    drops.sort_by(|a, b| b.drop.total_cmp(&a.drop));
    let (largest, others) = drops.split_first()?;
    let usual = others.get(others.len() / 2).map_or(0.0, |other| other.drop.max(0.0));
    (largest.drop - usual >= SMALLEST_EXCESS).then_some(*largest)
}

/// The smallest set of the context's items, of at most [`MOST`], without which a recommendation would not be among the `k` first;
/// `None` where no such set was found. In order of how early they were picked.
///
/// The search is greedy: the item whose removal lowers the recommendation's log-odds most goes first, and in the end those that turn out
/// not to be needed come back. No item of the answer can be left out of it; a smaller set of other items may exist.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn smallest_set(
    model: &Model,
    context: Context<'_>,
    recommended: ItemIndex,
    k: usize,
    allowed: impl Fn(ItemIndex) -> bool,
) -> Result<Option<Vec<ItemIndex>>> {
    let context = context.last(REACH);
    let falls_out = |scores: &[f32]| {
        let own = scores[recommended.index()];
        let above = scores.iter().zip(0..).filter(|&(&score, i)| score > own && allowed(ItemIndex(i))).count();
        above >= k
    };
    let mut gone: Vec<ItemIndex> = Vec::new();
    while gone.len() < MOST {
        let mut left = distinct(context.items);
        left.retain(|item| !gone.contains(item));
        let with = |&item: &ItemIndex| gone.iter().copied().chain([item]).collect();
        let scores = scored_without(model, context, left.iter().map(with))?;
        let odds = scores.iter().map(|scores| log_odds(scores, recommended));
        let Some((at, _)) = odds.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)) else { return Ok(None) };
        gone.push(left[at]);
        if falls_out(&scores[at]) {
            return needed(model, context, gone, falls_out).map(Some);
        }
    }
    Ok(None)
}

/// Puts back what the set does without, the earliest picked first.
fn needed(
    model: &Model,
    context: Context<'_>,
    mut gone: Vec<ItemIndex>,
    falls_out: impl Fn(&[f32]) -> bool,
) -> Result<Vec<ItemIndex>> {
    for item in gone.clone() {
        let fewer: Vec<ItemIndex> = gone.iter().copied().filter(|&other| other != item).collect();
        if !fewer.is_empty() && falls_out(&scored_without(model, context, std::iter::once(fewer.clone()))?[0]) {
            gone = fewer;
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_stands_out_from_what_any_removal_does() {
        let of =
            |drops: &[f32]| cause(drops.iter().zip(0..).map(|(&drop, i)| Cause { item: ItemIndex(i), drop }).collect());
        let item = |drops: &[f32]| of(drops).map(|cause| cause.item.0);
        assert_eq!(item(&[0.2, 2.0, 0.1]), Some(1));
        assert_eq!(item(&[5.05, 5.0, 5.01]), None, "everything matters alike");
        assert_eq!(item(&[0.3]), Some(0), "the only item");
        assert_eq!(item(&[0.05, -3.0]), None, "removals that help explain nothing");
        assert_eq!(item(&[]), None);
    }
}
