//! Optimizer steps, in place.

use crate::lanes::{eights, load, splat, store};

/// Adam's constants.
#[derive(Debug, Clone, Copy)]
pub struct Decay {
    /// β₁.
    pub first: f32,
    /// β₂.
    pub second: f32,
    /// ε.
    pub epsilon: f32,
}

/// Adam, with `[rate, scale, decay, factor]`.
pub fn adam(
    betas: Decay,
    [rate, scale, decay, factor]: [f32; 4],
    gradient: &[f32],
    [weights, first, second]: [&mut [f32]; 3],
) {
    let [rate, scale, kept, factor] = [rate, scale, 1.0 - decay, factor].map(splat);
    for at in eights(weights.len()) {
        let g = factor * load(gradient, at);
        let m = splat(betas.first) * load(first, at) + splat(1.0 - betas.first) * g;
        let v = splat(betas.second) * load(second, at) + splat(1.0 - betas.second) * g * g;
        let w = load(weights, at) * kept - rate * m / (v.sqrt() * scale + splat(betas.epsilon));
        store(m, first, at);
        store(v, second, at);
        store(w, weights, at);
    }
}

/// `AdaGrad`.
pub fn adagrad(learning_rate: f32, epsilon: f32, gradient: &[f32], weights: &mut [f32], squares: &mut [f32]) {
    for at in eights(weights.len()) {
        let g = load(gradient, at);
        let s = load(squares, at) + g * g;
        let w = load(weights, at) - splat(learning_rate) * g / (s.sqrt() + splat(epsilon));
        store(s, squares, at);
        store(w, weights, at);
    }
}
