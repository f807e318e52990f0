//! One step of Adam (Kingma & Ba, 2015), with `PyTorch`'s placement of epsilon, fused over weights and moments.
//!
//! ```text
//! g ← factor · g    m ← β₁ m + (1−β₁) g    v ← β₂ v + (1−β₂) g²
//! w ← w · (1 − decay) − rate · m / (√v · scale + ε)
//! ```
//!
//! `rate = lr / (1−β₁^t)`, `scale = 1 / √(1−β₂^t)`, `decay` (decoupled, Loshchilov & Hutter, 2019) and `factor` (clipping) change
//! every step, so they arrive as a tensor, with the step's upload.

use burn::tensor::{IndexingUpdateOp, Tensor};

/// β₁.
pub const BETA_1: f32 = 0.9;
/// β₂.
pub const BETA_2: f32 = 0.999;
/// ε, `PyTorch`'s default (Burn's is 1e-5).
pub const EPSILON: f32 = 1e-8;

/// Everything a step reads and replaces; all of one shape `[N, M]` (but see [`adam_rows`]).
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
    /// `[rate, scale, decay, factor]`, see [`scalars`].
    pub scalars: Tensor<1>,
}

/// `[rate, scale, decay, factor]` of step `t`, counted from 1, without decay or clipping.
#[must_use]
pub fn scalars(learning_rate: f32, t: usize) -> [f32; 4] {
    let t = i32::try_from(t).unwrap_or(i32::MAX);
    let rate = f64::from(learning_rate) / (1.0 - f64::from(BETA_1).powi(t));
    let scale = (1.0 - f64::from(BETA_2).powi(t)).sqrt().recip();
    [rate as f32, scale as f32, 0.0, 1.0]
}

/// The new weights and moments `(w, m, v)`, in place where nobody else holds them.
#[must_use]
pub fn adam_step(input: Input) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    on_its_device!(input.weights, adam_step(input, None), plain(input))
}

/// The same for the rows named alone: the gradient is theirs, `[U, M]`, in the order of `rows`, `[U]`, each named once. What it costs does not
/// grow with the table. Moments of rows that a step leaves out stand still ("lazy" Adam). Weights and moments are a shard that begins at row
/// `first`; rows of other shards are left to those.
#[must_use]
pub fn adam_rows(input: Input, rows: Tensor<1>, first: usize) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    on_its_device!(input.weights, adam_step(input, Some((rows, first))), plain_rows(input, rows))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let scalar = |i: usize| input.scalars.clone().slice([i..=i]).reshape([1, 1]);
    let gradient = input.gradient * scalar(3);
    let first = input.first * BETA_1 + gradient.clone() * (1.0 - BETA_1);
    let second = input.second * BETA_2 + gradient.square() * (1.0 - BETA_2);
    let change = first.clone() * scalar(0) / (second.clone().sqrt() * scalar(1) + EPSILON);
    (input.weights * (scalar(2) * -1.0 + 1.0) - change, first, second)
}

/// [`adam_rows`] of a table in one piece, in Burn's own operations.
#[must_use]
pub fn plain_rows(input: Input, rows: Tensor<1>) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let rows = rows.int();
    let of = |tensor: &Tensor<2>| tensor.clone().select(0, rows.clone());
    let part =
        Input { weights: of(&input.weights), first: of(&input.first), second: of(&input.second), ..input.clone() };
    let (weights, first, second) = plain(part);
    let put = |whole: Tensor<2>, part| whole.select_assign(0, rows.clone(), part, IndexingUpdateOp::Assign);
    (put(input.weights, weights), put(input.first, first), put(input.second, second))
}
