//! What GRU and LSTM layers share: four matrices laid out as `PyTorch`'s, and the product with the input for all steps at once.

use burn::tensor::Tensor;

use super::parameters::Spec;
use crate::kernel::linear::linear;

/// One layer's weights; G gates of H rows are stacked.
#[derive(Debug, Clone)]
pub(super) struct Recurrent {
    /// `weight_ih_l*`, `[G·H, I]`.
    weight_ih: Tensor<2>,
    /// `weight_hh_l*`, `[G·H, H]`.
    weight_hh: Tensor<2>,
    /// `bias_ih_l*`, `[1, G·H]`.
    bias_ih: Tensor<2>,
    /// `bias_hh_l*`, `[1, G·H]`.
    bias_hh: Tensor<2>,
}

impl Recurrent {
    /// A layer's matrices, in order. `PyTorch` draws them uniformly within ± 1/√H.
    pub(super) fn specs(name: &str, layer: usize, gates: usize, [input, hidden]: [usize; 2]) -> Vec<Spec> {
        let bound = (hidden as f32).sqrt().recip();
        let spec = |suffix: &str, shape| Spec::uniform(format!("{name}.{suffix}_l{layer}"), shape, bound);
        vec![
            spec("weight_ih", [gates * hidden, input]),
            spec("weight_hh", [gates * hidden, hidden]),
            spec("bias_ih", [1, gates * hidden]),
            spec("bias_hh", [1, gates * hidden]),
        ]
    }

    /// Takes its matrices, in the order of [`Self::specs`].
    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self {
            weight_ih: weights.next()?,
            weight_hh: weights.next()?,
            bias_ih: weights.next()?,
            bias_hh: weights.next()?,
        })
    }

    /// `W x + b_ih`. `[T, B, I] → [T, B, G·H]`
    pub(super) fn project(&self, x: Tensor<3>) -> Tensor<3> {
        let [steps, batch, input] = x.dims();
        let [rows, _] = self.weight_ih.dims();
        let x = x.reshape([steps * batch, input]);
        linear(x, self.weight_ih.clone(), Some(self.bias_ih.clone())).reshape([steps, batch, rows])
    }

    /// `U`, `[G·H, H]`, and `b_hh`, `[G·H]`.
    pub(super) fn recurrence(&self) -> (Tensor<2>, Tensor<1>) {
        let [_, rows] = self.bias_hh.dims();
        (self.weight_hh.clone(), self.bias_hh.clone().reshape([rows]))
    }
}
