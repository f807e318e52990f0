//! Scaled dot-product attention with several heads (Vaswani et al., 2017).
//!
//! ```text
//! w_ts = softmax_s(q_t · k_s / √(d/heads) + bias_ts + mask_ts)    c_t = Σ_s w_ts value_s
//! ```

use burn::tensor::{Device, Int, Tensor, activation};

/// Everything attention reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// `[T, B, d]`, differentiable.
    pub queries: Tensor<3>,
    /// `[P, B, d]`, differentiable.
    pub keys: Tensor<3>,
    /// `[P, B, d]`, differentiable.
    pub values: Tensor<3>,
    /// Added to the scores: 0 where a query may look, a large negative number elsewhere. `[B, T, P]`, a constant.
    pub mask: Tensor<3>,
    /// Added to each head's scores. `[B, heads, T, P]`, differentiable.
    pub bias: Option<Tensor<4>>,
    /// Heads, each `d / heads` wide.
    pub heads: usize,
}

/// Added to the scores of positions that a query may not look at.
pub const MASKED: f32 = -1e9;

/// The context vectors.
///
/// # Shapes
/// See [`Input`]; output `[T, B, d]`.
#[must_use]
pub fn dot_attention(input: Input) -> Tensor<3> {
    let [steps, batch, dim] = input.queries.dims();
    let width = dim / input.heads;
    let split = |x: Tensor<3>| {
        let [positions, ..] = x.dims();
        x.reshape([positions, batch, input.heads, width]).permute([1, 2, 0, 3]) // [B, heads, P, width]
    };
    let queries = split(input.queries * (width as f32).sqrt().recip());
    let mut scores = queries.matmul(split(input.keys).swap_dims(2, 3)) + input.mask.unsqueeze_dim::<4>(1);
    if let Some(bias) = input.bias {
        scores = scores + bias;
    }
    let weights = activation::softmax(scores, 3); // [B, heads, T, P]
    weights.matmul(split(input.values)).permute([2, 0, 1, 3]).reshape([steps, batch, dim])
}

/// The mask of a window of `steps` queries over `P` positions, of which the first `P − steps` were carried in.
///
/// A position is seen by the queries of its own session. Causal attention sees the last `P − steps` positions that end at the query's
/// own (all earlier ones of the window, where none were carried in).
///
/// # Shapes
/// `sessions`: `[P, B]`; output `[B, T, P]`.
#[must_use]
pub fn mask(sessions: Tensor<2>, steps: usize, causal: bool) -> Tensor<3> {
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
