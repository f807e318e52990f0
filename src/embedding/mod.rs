//! Item embeddings: one vector per item, learned from who is viewed near whom.

pub mod co_occurrence;
pub mod content;
pub mod glove;
mod pairs;
pub mod skip_gram;
pub mod vectors;

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use crate::catalogue::ItemIndex;
use crate::error::Error;
use crate::kernel::linear::scores;
use crate::kernel::matmul::product;
use crate::kernel::shards::Shards;

/// Which neighbours of an event count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How far apart, at most.
    pub size: usize,
    /// Only those that come later: the two vectors of an item then tell apart what leads to it and what follows it, which is what
    /// recommending by vectors alone needs. Without, neighbours are alike, which is what similarity needs.
    pub directed: bool,
}

impl Window {
    /// The neighbours of the event at `at`, itself among them where both sides count, when the window is narrowed to `reach`.
    fn around(self, at: usize, reach: usize, length: usize) -> Range<usize> {
        let start = if self.directed { at + 1 } else { at.saturating_sub(reach) };
        start..(at + reach + 1).min(length)
    }
}

/// How fast the past fades when vectors alone recommend: the view before the last counts this much, the one before it its square.
/// Chosen between two kinds of data, on validation cases: long rating histories are best at 0.6, short browsing sessions at 0.1.
pub const RECENCY: f32 = 0.4;

/// Each context's items weighted by [`RECENCY`]; a row adds up to one, and is zero where the context is empty. `[contexts, items]`
fn recency_weights(contexts: &[&[ItemIndex]], items: usize, device: &Device) -> Tensor<2> {
    let mut weights = vec![0.0_f32; contexts.len() * items];
    for (row, context) in weights.chunks_exact_mut(items).zip(contexts) {
        let total: f32 = (1.0 - RECENCY.powi(context.len() as i32)) / (1.0 - RECENCY);
        let mut weight = 1.0;
        for item in context.iter().rev() {
            row[item.index()] += weight / total;
            weight *= RECENCY;
        }
    }
    Tensor::from_data(TensorData::new(weights, [contexts.len(), items]), device)
}

/// Scores of all items after each context: the recency-weighted mean of the context's input vectors, times output vectors.
/// `[contexts, n_items]`
fn context_scores(input: &Shards, output: &Shards, contexts: &[&[ItemIndex]]) -> Tensor<2> {
    let ([items, dim], device, rows) = (input.dims(), input.device(), contexts.len());
    let weights = recency_weights(contexts, items, &device);
    let parts = input.parts().map(|(first, part)| {
        let own = weights.clone().slice([0..rows, first..first + part.dims()[0]]);
        product(own, part.clone(), [false, false])
    });
    let mean = parts.reduce(|sum, part| sum + part).unwrap_or_else(|| Tensor::zeros([rows, dim], &device));
    scores(&mean, output)
}

fn too_little(min_count: u32) -> Error {
    Error::TooLittle {
        what: "Learning item vectors".into(),
        needed: format!("a session with two items that are viewed at least {min_count} times"),
        have: "none".into(),
        remedy: "Lower the minimal count, or bring a longer history".into(),
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_the_session_and_look_ahead_only_where_directed() {
        let both = Window { size: 3, directed: false };
        assert_eq!((both.around(1, 2, 9), both.around(8, 2, 9)), (0..4, 6..9));
        let ahead = Window { size: 3, directed: true };
        assert_eq!((ahead.around(1, 2, 9), ahead.around(7, 2, 9), ahead.around(8, 2, 9).len()), (2..4, 8..9, 0));
    }

    #[test]
    fn the_last_view_weighs_most_and_views_of_one_item_add_up() {
        let context = [ItemIndex(0), ItemIndex(2), ItemIndex(0)];
        let device = crate::device::cpu().unwrap();
        let weights = recency_weights(&[&context, &[]], 3, &device);
        let weights: Vec<f32> = weights.into_data().try_into_vec().unwrap();
        let total = 1.0 + RECENCY + RECENCY * RECENCY;
        let first = [(1.0 + RECENCY * RECENCY) / total, 0.0, RECENCY / total];
        for (ours, expected) in weights.iter().zip(first.into_iter().chain([0.0; 3])) {
            assert!((ours - expected).abs() < 1e-6, "{weights:?}");
        }
    }
}
