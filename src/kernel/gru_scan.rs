//! The recurrence of a gated recurrent unit over a window, all time steps at once.
//!
//! Variant: "v1", as in `PyTorch` and cuDNN (Cho et al., 2014, with the reset gate applied *after* the recurrent product):
//!
//! ```text
//! h⁻ = keep_t ∘ h_{t-1}
//! r = σ(x_r + U_r h⁻ + b_r)    z = σ(x_z + U_z h⁻ + b_z)    n = tanh(x_n + r ∘ (U_n h⁻ + b_n))
//! h_t = (1 - z) ∘ n + z ∘ h⁻
//! ```

use burn::tensor::{Tensor, activation};

use super::linear::linear;

/// Everything one scan reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// The input projections `W x + b_ih`, gates in the order r, z, n. `[T, B, 3H]`, differentiable.
    pub projected: Tensor<3>,
    /// The recurrent weights `U` (`PyTorch`'s `weight_hh`). `[3H, H]`, differentiable.
    pub recurrent: Tensor<2>,
    /// The recurrent bias (`PyTorch`'s `bias_hh`). `[3H]`, differentiable.
    pub bias: Tensor<1>,
    /// The state carried in. `[B, H]`, a constant: back-propagation is truncated here.
    pub carried: Tensor<2>,
    /// 0 where a session starts, 1 elsewhere. `[T, B]`, a constant.
    pub keep: Tensor<2>,
}

/// Runs the recurrence.
///
/// # Shapes
/// See [`Input`]; output `[T, B, H]`, the state after each step.
#[must_use]
pub fn gru_scan(input: Input) -> Tensor<3> {
    on_its_device!(input.projected, gru_scan(input), plain(input))
}

/// The same in Burn's own operations, but for the products: a build for GPUs alone does without Burn's.
#[must_use]
pub fn plain(input: Input) -> Tensor<3> {
    let [steps, batch, gates] = input.projected.dims();
    let hidden = gates / 3;
    let bias = input.bias.unsqueeze::<2>(); // [1, 3H]
    let mut h = input.carried; // [B, H]
    let mut states = Vec::with_capacity(steps);
    for t in 0..steps {
        let x = input.projected.clone().slice([t..t + 1]).reshape([batch, gates]);
        let keep = input.keep.clone().slice([t..t + 1]).reshape([batch, 1]);
        let before = h * keep;
        let u = linear(before.clone(), input.recurrent.clone(), Some(bias.clone())); // [B, 3H]
        let gate = |i: usize| {
            let range = i * hidden..(i + 1) * hidden;
            (x.clone().slice([0..batch, range.clone()]), u.clone().slice([0..batch, range]))
        };
        let ((x_r, u_r), (x_z, u_z), (x_n, u_n)) = (gate(0), gate(1), gate(2));
        let r = activation::sigmoid(x_r + u_r);
        let z = activation::sigmoid(x_z + u_z);
        let n = (x_n + r * u_n).tanh();
        h = n.clone() + z * (before - n);
        states.push(h.clone());
    }
    Tensor::stack(states, 0)
}
