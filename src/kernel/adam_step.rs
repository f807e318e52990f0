//! One step of Adam (Kingma & Ba, 2015), with `PyTorch`'s placement of epsilon, fused over weights and moments.
//!
//! ```text
//! m ← β₁ m + (1−β₁) g    v ← β₂ v + (1−β₂) g²    w ← w − rate · m / (√v · scale + ε)
//! ```
//!
//! `rate = lr / (1−β₁^t)` and `scale = 1 / √(1−β₂^t)` change every step, so they arrive as a tensor, with the step's upload.

use burn::tensor::Tensor;

/// β₁.
pub const BETA_1: f32 = 0.9;
/// β₂.
pub const BETA_2: f32 = 0.999;
/// ε, `PyTorch`'s default (Burn's is 1e-5).
pub const EPSILON: f32 = 1e-8;

/// Everything a step reads and replaces; all of one shape `[N, M]`.
#[derive(Debug, Clone)]
pub struct Input {
    /// w.
    pub weights: Tensor<2>,
    /// g.
    pub gradient: Tensor<2>,
    /// m.
    pub first: Tensor<2>,
    /// v.
    pub second: Tensor<2>,
    /// `[rate, scale]`, see [`scalars`].
    pub scalars: Tensor<1>,
}

/// `[rate, scale]` of step `t`, counted from 1.
#[must_use]
pub fn scalars(learning_rate: f32, t: usize) -> [f32; 2] {
    let t = i32::try_from(t).unwrap_or(i32::MAX);
    let rate = f64::from(learning_rate) / (1.0 - f64::from(BETA_1).powi(t));
    let scale = (1.0 - f64::from(BETA_2).powi(t)).sqrt().recip();
    [rate as f32, scale as f32]
}

/// The new weights and moments `(w, m, v)`.
#[must_use]
pub fn adam_step(input: Input) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.weights.device()) {
        return super::cpu::adam_step(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let scalar = |i: usize| input.scalars.clone().slice([i..=i]).reshape([1, 1]);
    let first = input.first * BETA_1 + input.gradient.clone() * (1.0 - BETA_1);
    let second = input.second * BETA_2 + input.gradient.square() * (1.0 - BETA_2);
    let change = first.clone() * scalar(0) / (second.clone().sqrt() * scalar(1) + EPSILON);
    (input.weights - change, first, second)
}
