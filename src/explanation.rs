//! Why an item is recommended: what it would not have been recommended without, which views push it up, what the model looked at.
//!
//! Only the first of these is an experiment on the model, and only it is worded as a cause. Attention is shown as what it is, where the
//! model looked: its weights need not be what moves the scores (Jain & Wallace, 2019). [`deletion`] measures how well each of them orders a
//! context.

mod counterfactual;
mod deletion;
mod gradient;

pub use counterfactual::{Cause, MOST, SMALLEST_EXCESS, causes, causes_in, drops, smallest_set};
pub use deletion::deletion;
pub use gradient::gradients;
use homebody_simd::{exp_of, maximum, sum_of_powers};

use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;
use crate::sequences::{Context, Moment};

/// At most this many events of a context are looked back on.
pub const REACH: usize = 50;

/// The context's items, each once, in order of their first view.
fn distinct(context: &[ItemIndex]) -> Vec<ItemIndex> {
    let mut distinct = Vec::new();
    for item in context {
        if !distinct.contains(item) {
            distinct.push(*item);
        }
    }
    distinct
}

/// What is left of a context without some items; the others stay when they were.
fn without(context: Context<'_>, gone: &[ItemIndex]) -> (Vec<ItemIndex>, Vec<Moment>) {
    let events = context.items.iter().enumerate().map(|(at, &item)| (item, context.moment(at)));
    events.filter(|(item, _)| !gone.contains(item)).unzip()
}

/// Scores of all items after the context without each of these sets.
fn scored_without(
    model: &Model,
    context: Context<'_>,
    sets: impl Iterator<Item = Vec<ItemIndex>>,
) -> Result<Vec<Vec<f32>>> {
    let variants: Vec<_> = sets.map(|gone| without(context, &gone)).collect();
    if variants.is_empty() {
        return Ok(Vec::new());
    }
    let variants: Vec<_> = variants.iter().map(|(items, times)| Context { items, times }).collect();
    let scores = model.scores_of_alike(&variants)?;
    Ok(scores.chunks_exact(scores.len() / variants.len()).map(<[f32]>::to_vec).collect())
}

/// log(p / (1 − p)) of an item, p being the softmax of the scores: how far it is above all its rivals together.
fn log_odds(scores: &[f32], item: ItemIndex) -> f32 {
    Odds::new(scores).of(item)
}

/// Log-odds of a row's items: all of them share one sum over the catalogue.
struct Odds<'a> {
    scores: &'a [f32],
    peak: f32,
    total: f64,
}

impl<'a> Odds<'a> {
    fn new(scores: &'a [f32]) -> Self {
        let peak = maximum(scores);
        Self { scores, peak, total: sum_of_powers(scores, 1.0, peak) }
    }

    fn of(&self, item: ItemIndex) -> f32 {
        let own = f64::from(exp_of(self.scores[item.index()] - self.peak));
        let rivals = if 2.0 * own < self.total { self.total - own } else { self.rivals(item) };
        (own.max(f64::MIN_POSITIVE).ln() - rivals.max(f64::MIN_POSITIVE).ln()) as f32
    }

    /// What is left of the sum without an item that is most of it.
    fn rivals(&self, item: ItemIndex) -> f64 {
        let (before, after) = (&self.scores[..item.index()], &self.scores[item.index() + 1..]);
        sum_of_powers(before, 1.0, self.peak) + sum_of_powers(after, 1.0, self.peak)
    }
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
