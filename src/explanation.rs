//! Why an item is recommended: what the model looked at, and what it would not have recommended the item without.

use burn::tensor::Tensor;

use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;
use crate::sequences::{Context, Moment};

/// A counterfactual below this many nats of log-odds explains nothing: the odds would change by less than about a tenth.
pub const SMALLEST_DROP: f32 = 0.1;

/// At most this many events of a context are looked back on.
pub const REACH: usize = 50;

/// The item of the context whose removal lowers a recommendation most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cause {
    /// The item.
    pub item: ItemIndex,
    /// By how much the recommendation's log-odds against all rivals fall without it, in nats.
    pub drop: f32,
}

/// For each recommendation its [`Cause`], or `None` where no single item explains it.
///
/// Each distinct item of the context is taken away in turn (all its views at once) and the rest is scored again, all in one batch.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn causes(model: &Model, context: Context<'_>, recommended: &[ItemIndex]) -> Result<Vec<Option<Cause>>> {
    let context = context.last(REACH);
    let mut distinct: Vec<ItemIndex> = Vec::new();
    for item in context.items {
        if !distinct.contains(item) {
            distinct.push(*item);
        }
    }
    if distinct.is_empty() || recommended.is_empty() {
        return Ok(vec![None; recommended.len()]);
    }
    let without: Vec<_> = distinct.iter().map(|&gone| without(context, gone)).collect();
    let mut variants = vec![context];
    variants.extend(without.iter().map(|(items, times)| Context { items, times }));
    let odds = log_odds(model.scores_timed(&variants)?, recommended);
    let (whole, rest) = odds.split_at(1);
    Ok((0..recommended.len())
        .map(|r| {
            let drops = distinct.iter().zip(rest).map(|(&item, odds)| Cause { item, drop: whole[0][r] - odds[r] });
            drops.max_by(|a, b| a.drop.total_cmp(&b.drop)).filter(|cause| cause.drop >= SMALLEST_DROP)
        })
        .collect())
}

/// What is left of a context without an item; the others stay when they were.
fn without(context: Context<'_>, gone: ItemIndex) -> (Vec<ItemIndex>, Vec<Moment>) {
    let events = context.items.iter().enumerate().map(|(at, &item)| (item, context.moment(at)));
    events.filter(|(item, _)| *item != gone).unzip()
}

/// log(p / (1 − p)) of each recommended item, p being the softmax over the catalogue. `[variants][recommended]`
fn log_odds(scores: Tensor<2>, recommended: &[ItemIndex]) -> Vec<Vec<f32>> {
    let [_, items] = scores.dims();
    let values: Vec<f32> = scores.into_data().try_into_vec().expect("scores are f32");
    values
        .chunks_exact(items)
        .map(|row| {
            let peak = row.iter().copied().fold(f32::MIN, f32::max);
            let total: f64 = row.iter().map(|s| f64::from(s - peak).exp()).sum();
            recommended
                .iter()
                .map(|item| {
                    let own = f64::from(row[item.index()] - peak).exp();
                    (own.ln() - (total - own).max(f64::MIN_POSITIVE).ln()) as f32
                })
                .collect()
        })
        .collect()
}

/// The items that attention weighed most, largest first, at most `count`: `weights` are over the last events, oldest first, and views
/// of one item add up.
#[must_use]
pub fn attended(weights: &[f32], context: &[ItemIndex], count: usize) -> Vec<(ItemIndex, f32)> {
    let mut sums: Vec<(ItemIndex, f32)> = Vec::new();
    for (item, &weight) in context.iter().rev().zip(weights.iter().rev()) {
        match sums.iter_mut().find(|(known, _)| known == item) {
            Some((_, sum)) => *sum += weight,
            None => sums.push((*item, weight)),
        }
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums.truncate(count);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_one_item_add_up_and_the_last_weight_is_the_last_events() {
        let context = [ItemIndex(7), ItemIndex(3), ItemIndex(7)];
        let attended = attended(&[0.0, 0.0, 0.1, 0.5, 0.4], &context, 3);
        assert_eq!(attended, [(ItemIndex(7), 0.5), (ItemIndex(3), 0.5)]);
    }
}
