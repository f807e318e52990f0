//! The recurrence of a long short-term memory over a window, all time steps at once (Hochreiter & Schmidhuber, 1997; with forget
//! gates, Gers et al., 2000; without peepholes, as in `PyTorch` and cuDNN):
//!
//! ```text
//! h⁻ = keep_t ∘ h_{t-1}    c⁻ = keep_t ∘ c_{t-1}
//! i, f, o = σ(x + U h⁻ + b)    g = tanh(x + U h⁻ + b)
//! c_t = f ∘ c⁻ + i ∘ g         h_t = o ∘ tanh(c_t)
//! ```

use burn::tensor::{Tensor, activation};

use super::linear::linear;

/// Everything one scan reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// The input projections `W x + b_ih`, gates in the order i, f, g, o. `[T, B, 4H]`, differentiable.
    pub projected: Tensor<3>,
    /// The recurrent weights `U` (`PyTorch`'s `weight_hh`). `[4H, H]`, differentiable.
    pub recurrent: Tensor<2>,
    /// The recurrent bias (`PyTorch`'s `bias_hh`). `[4H]`, differentiable.
    pub bias: Tensor<1>,
    /// The state carried in. `[B, H]`, a constant: back-propagation is truncated here.
    pub hidden: Tensor<2>,
    /// The cell carried in. `[B, H]`, a constant.
    pub cell: Tensor<2>,
    /// 0 where a session starts, 1 elsewhere. `[T, B]`, a constant.
    pub keep: Tensor<2>,
}

/// Runs the recurrence.
///
/// # Shapes
/// See [`Input`]; output `[2T, B, H]`: the T states, then the T cells.
#[must_use]
pub fn lstm_scan(input: Input) -> Tensor<3> {
    on_its_device!(input.projected, lstm_scan(input), plain(input))
}

/// The same in Burn's own operations, but for the products: a build for GPUs alone does without Burn's.
#[must_use]
pub fn plain(input: Input) -> Tensor<3> {
    let [steps, batch, gates] = input.projected.dims();
    let width = gates / 4;
    let bias = input.bias.unsqueeze::<2>(); // [1, 4H]
    let (mut h, mut c) = (input.hidden, input.cell); // [B, H]
    let (mut states, mut cells) = (Vec::with_capacity(2 * steps), Vec::with_capacity(steps));
    for t in 0..steps {
        let x = input.projected.clone().slice([t..t + 1]).reshape([batch, gates]);
        let keep = input.keep.clone().slice([t..t + 1]).reshape([batch, 1]);
        let sums = x + linear(h * keep.clone(), input.recurrent.clone(), Some(bias.clone())); // [B, 4H]
        let gate = |i: usize| sums.clone().slice([0..batch, i * width..(i + 1) * width]);
        let (i, f, o) = (activation::sigmoid(gate(0)), activation::sigmoid(gate(1)), activation::sigmoid(gate(3)));
        c = f * (c * keep) + i * gate(2).tanh();
        h = o * c.clone().tanh();
        states.push(h.clone());
        cells.push(c.clone());
    }
    states.append(&mut cells);
    Tensor::stack(states, 0)
}
