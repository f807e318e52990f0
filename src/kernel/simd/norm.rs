//! Layer normalisation, one row at a time.

use crate::lanes::{LANES, Lanes, eights, load, splat, store};

/// A row's mean and 1/√(variance + epsilon).
#[must_use]
pub fn moments(row: &[f32], epsilon: f32) -> [f32; 2] {
    let share = (row.len() as f32).recip();
    let mean = eights(row.len()).fold(splat(0.0), |sum, at| sum + load(row, at)).reduce_add() * share;
    let (whole, tail) = row.as_chunks::<LANES>();
    let squares = whole.iter().fold(splat(0.0), |sum, eight| {
        let centred = Lanes::from(*eight) - splat(mean);
        sum + centred * centred
    });
    let variance = tail.iter().fold(squares.reduce_add(), |sum, x| sum + (x - mean) * (x - mean)) * share;
    [mean, (variance + epsilon).sqrt().recip()]
}

/// `weight ∘ (row − mean) · scale + bias`
pub fn normalize(row: &[f32], [mean, scale]: [f32; 2], [weight, bias]: [&[f32]; 2], out: &mut [f32]) {
    for at in eights(row.len()) {
        let normal = (load(row, at) - splat(mean)) * splat(scale);
        store(normal * load(weight, at) + load(bias, at), out, at);
    }
}

/// The row's gradient; those of scale and shift are added to.
pub fn gradients(
    [row, weight, gradient]: [&[f32]; 3],
    [mean, scale]: [f32; 2],
    [d_row, d_weight, d_bias]: [&mut [f32]; 3],
) {
    let normal = |at| (load(row, at) - splat(mean)) * splat(scale);
    let (mut along_one, mut along_x) = (splat(0.0), splat(0.0));
    for at in eights(row.len()) {
        let (slope, normal) = (load(gradient, at), normal(at));
        store(load(d_weight, at) + slope * normal, d_weight, at);
        store(load(d_bias, at) + slope, d_bias, at);
        // Where a row ends, the gradient reads as zeros.
        let inner = slope * load(weight, at);
        along_one += inner;
        along_x += inner * normal;
    }
    let share = (row.len() as f32).recip();
    let along_one = splat(along_one.reduce_add() * share);
    let along_x = splat(along_x.reduce_add() * share);
    for at in eights(row.len()) {
        let inner = load(gradient, at) * load(weight, at);
        store(splat(scale) * (inner - along_one - normal(at) * along_x), d_row, at);
    }
}
