//! Scaled dot-product attention with several heads (Vaswani et al., 2017) of each step over its own session.
//!
//! ```text
//! w_ts = softmax_s(q_t · k_s / √(d/heads) + bias_ts)    c_t = Σ_s w_ts value_s    s in the session of t
//! ```
//!
//! Positions are the K carried from before the window, then the window's own T: position `K + t` is step `t`. Bidirectional attention sees
//! all of its session. Causal attention sees the last K positions that end at the query's own (all earlier ones of the window, where none
//! were carried in).

use burn::tensor::{Device, Int, Tensor, activation};

/// Everything attention reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Queries, keys and values of the window's steps, side by side. `[T, B, 3d]`, differentiable.
    pub stacked: Tensor<3>,
    /// Keys and values of the positions before the window, side by side. `[K, B, 2d]`, constants.
    pub carried: Option<Tensor<3>>,
    /// The session each position belongs to, carried ones first; sessions lie one after another. `[K + T, B]`, a constant.
    pub sessions: Tensor<2>,
    /// Does a step see none of the later ones?
    pub causal: bool,
    /// Added to each head's scores. `[B, heads, T, K + T]`, differentiable.
    pub bias: Option<Tensor<4>>,
    /// Heads, each `d / heads` wide: at most [`WIDEST`].
    pub heads: usize,
}

/// A head's greatest width: a wider one does not fit into a GPU's registers.
pub const WIDEST: usize = 128;

/// Added to the scores of positions that a query does not see.
const MASKED: f32 = -1e9;

/// The context vectors.
///
/// # Shapes
/// See [`Input`]; output `[T, B, d]`.
#[must_use]
pub fn dot_attention(input: Input) -> Tensor<3> {
    on_its_device!(input.stacked, dot_attention(input), plain(input))
}

/// The same in Burn's own operations.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "as its twins take it")]
pub fn plain(input: Input) -> Tensor<3> {
    let [steps, batch, columns] = input.stacked.dims();
    let dim = columns / 3;
    let width = dim / input.heads;
    let own = |i: usize| input.stacked.clone().slice([0..steps, 0..batch, i * dim..(i + 1) * dim]);
    let all = |i: usize| match &input.carried {
        None => own(i),
        Some(carried) => {
            let before = carried.clone().slice([0..carried.dims()[0], 0..batch, (i - 1) * dim..i * dim]);
            Tensor::cat(vec![before, own(i)], 0)
        }
    };
    let split = |x: Tensor<3>| {
        let [positions, ..] = x.dims();
        x.reshape([positions, batch, input.heads, width]).permute([1, 2, 0, 3]) // [B, heads, P, width]
    };
    let queries = split(own(0) * (width as f32).sqrt().recip());
    let mask = mask(input.sessions.clone(), steps, input.causal);
    let mut scores = queries.matmul(split(all(1)).swap_dims(2, 3)) + mask.unsqueeze_dim::<4>(1);
    if let Some(bias) = input.bias.clone() {
        scores = scores + bias;
    }
    let weights = activation::softmax(scores, 3); // [B, heads, T, P]
    weights.matmul(split(all(2))).permute([2, 0, 1, 3]).reshape([steps, batch, dim])
}

/// 0 where a query may look, a large negative number elsewhere. `[P, B]` to `[B, T, P]`
fn mask(sessions: Tensor<2>, steps: usize, causal: bool) -> Tensor<3> {
    let [positions, batch] = sessions.dims();
    let carried = positions - steps;
    let device = sessions.device();
    let shape = [batch, steps, positions];
    let by_lane = sessions.swap_dims(0, 1); // [B, P]
    let own = by_lane.clone().slice([0..batch, carried..positions]).reshape([batch, steps, 1]).expand(shape);
    let allowed = by_lane.reshape([batch, 1, positions]).expand(shape).equal(own).float();
    let allowed = if causal { allowed * band(steps, positions, &device).unsqueeze::<3>() } else { allowed };
    (allowed - 1.0) * -MASKED
}

/// 1 where position `p` is at most `P − steps − 1` before query `t`'s own position, and not after it. `[T, P]`
fn band(steps: usize, positions: usize, device: &Device) -> Tensor<2> {
    let carried = positions - steps;
    let count = |n: usize| Tensor::<1, Int>::arange(0..n as i64, device).float();
    let own = (count(steps) + carried as f32).reshape([steps, 1]).expand([steps, positions]);
    let back = own - count(positions).reshape([1, positions]).expand([steps, positions]);
    let not_after = back.clone().greater_equal_elem(0.0).float();
    if carried == 0 { not_after } else { not_after * back.lower_elem(carried as f32).float() }
}
