//! Dot-product attention of one head of one lane. Rows lie one after another, as wide as the head; keys and values that are multiplied
//! number by number lie transposed, so that products of eight of them need no sums across lanes.

use crate::attention::softmax;
use crate::math::{axpy, dot, scale};
use crate::rows::weighted_sum;

/// Rows transposed. `[width, rows]`
#[must_use]
pub fn transposed(rows: &[f32], width: usize) -> Vec<f32> {
    let count = rows.len() / width;
    let mut columns = vec![0.0; rows.len()];
    for (at, row) in rows.chunks_exact(width).enumerate() {
        for (column, &number) in row.iter().enumerate() {
            columns[column * count + at] = number;
        }
    }
    columns
}

/// A query's weights of the keys from `first` on, as many as there is room for; `weights` comes in holding what is added to the scores.
pub fn weigh(query: &[f32], keys: &[f32], first: usize, weights: &mut [f32]) {
    let positions = keys.len() / query.len();
    weighted_sum(&query.iter().copied().zip(0..), &keys[first..], positions, weights);
    softmax(weights);
}

/// Adds the weighted rows from `first` on.
pub fn add_rows(weights: &[f32], rows: &[f32], first: usize, sum: &mut [f32]) {
    let width = sum.len();
    weighted_sum(&weights.iter().copied().zip(0..), &rows[first * width..], width, sum);
}

/// The slopes of a query's scores, from its weights and its context's gradient; `values` lie transposed.
pub fn slopes(weights: &[f32], gradient: &[f32], values: &[f32], first: usize, slopes: &mut [f32]) {
    slopes.fill(0.0);
    let positions = values.len() / gradient.len();
    weighted_sum(&gradient.iter().copied().zip(0..), &values[first..], positions, slopes);
    let mean = dot(weights, slopes);
    for (slope, weight) in slopes.iter_mut().zip(weights) {
        *slope = weight * (*slope - mean);
    }
}

/// Adds a query's part to the gradients of the rows from `first` on: `d_row += share · query`.
pub fn spread(shares: &[f32], query: &[f32], first: usize, d_rows: &mut [f32]) {
    let width = query.len();
    for (share, d_row) in shares.iter().zip(d_rows[first * width..].chunks_exact_mut(width)) {
        axpy(*share, query, d_row);
    }
}

/// Copies rows of a head out of wider ones, times a factor.
pub fn pick(from: &[f32], stride: usize, factor: f32, rows: &mut [f32], width: usize) {
    for (at, row) in rows.chunks_exact_mut(width).enumerate() {
        row.copy_from_slice(&from[at * stride..][..width]);
    }
    if factor != 1.0 {
        scale(rows, factor);
    }
}
