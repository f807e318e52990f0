//! Additive attention, one query and key at a time.

use crate::lanes::{eights, load, splat, store};
use crate::math::{exp_and_sum, maximum, scale, tanh};

/// `vᵀ tanh(q + k)`.
#[must_use]
pub fn score(query: &[f32], key: &[f32], scorer: &[f32]) -> f32 {
    // Where a row ends, the scorer reads as zeros.
    let sum = eights(query.len()).map(|at| load(scorer, at) * tanh(load(query, at) + load(key, at)));
    sum.fold(splat(0.0), |sum, part| sum + part).reduce_add()
}

/// Scores to shares.
pub fn softmax(scores: &mut [f32]) {
    let peak = maximum(scores);
    let total = exp_and_sum(scores, peak);
    scale(scores, total.recip());
}

/// Adds `slope · ∂score` to the gradients of query, key and scorer.
pub fn score_gradient(slope: f32, [query, key, scorer]: [&[f32]; 3], [d_query, d_key, d_scorer]: [&mut [f32]; 3]) {
    let slope = splat(slope);
    for at in eights(query.len()) {
        let activation = tanh(load(query, at) + load(key, at));
        let inner = slope * load(scorer, at) * (splat(1.0) - activation * activation);
        store(load(d_scorer, at) + slope * activation, d_scorer, at);
        store(load(d_query, at) + inner, d_query, at);
        store(load(d_key, at) + inner, d_key, at);
    }
}
