//! Additive attention (Bahdanau, Cho & Bengio, 2015) of each step over the last `K` states of its own session.
//!
//! ```text
//! e_ts = vᵀ tanh(q_t + k_s)    s in the K positions that end at t, same session
//! w_t  = softmax_s(e_ts)       c_t = Σ_s w_ts value_s
//! ```
//!
//! Keys and values are the `K` states carried from before the window, then the window's own `T`: position `K + t` is step `t`.

use burn::tensor::{Tensor, activation};

/// Everything attention reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// `W_q h_t`. `[T, B, A]`, differentiable.
    pub queries: Tensor<3>,
    /// `W_k h_s`, carried ones first. `[K + T, B, A]`, differentiable.
    pub keys: Tensor<3>,
    /// `h_s`, carried ones first. `[K + T, B, H]`, differentiable.
    pub values: Tensor<3>,
    /// `v`. `[A]`, differentiable.
    pub scorer: Tensor<1>,
    /// The session each position belongs to; attention never crosses sessions. `[K + T, B]`, a constant.
    pub sessions: Tensor<2>,
}

/// The context vectors.
///
/// # Shapes
/// See [`Input`]; output `[T, B, H]`.
#[must_use]
pub fn additive_attention(input: Input) -> Tensor<3> {
    on_its_device!(input.queries, additive_attention(input), plain(input).0)
}

/// Contexts `[T, B, H]` and weights `[T, K, B]` in Burn's own operations; the last of the K is the step itself.
///
/// Step by step: materialised for the whole window the scores' input would be `T·K·B·A`, 82 MB at 128 × 50 × 64 wide.
#[must_use]
pub fn plain(input: Input) -> (Tensor<3>, Tensor<3>) {
    const MASKED: f32 = -1e9;
    let [steps, batch, width] = input.queries.dims();
    let [positions, _, hidden] = input.values.dims();
    let window = positions - steps;
    let scorer = input.scorer.reshape([1, 1, width]);
    let (mut contexts, mut weights) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
    for t in 0..steps {
        let (first, own) = (t + 1, window + t);
        let query = input.queries.clone().slice([t..t + 1]); // [1, B, A]
        let keys = input.keys.clone().slice([first..=own]); // [K, B, A]
        let values = input.values.clone().slice([first..=own]); // [K, B, H]
        let elsewhere = input
            .sessions
            .clone()
            .slice([first..=own])
            .not_equal(input.sessions.clone().slice([own..=own]).expand([window, batch]));
        let scores = ((keys + query).tanh() * scorer.clone()).sum_dim(2).reshape([window, batch]);
        let attention = activation::softmax(scores.mask_fill(elsewhere, MASKED), 0); // [K, B]
        let context = (values * attention.clone().unsqueeze_dim::<3>(2)).sum_dim(0);
        contexts.push(context.reshape([batch, hidden]));
        weights.push(attention);
    }
    (Tensor::stack(contexts, 0), Tensor::stack(weights, 0))
}
