//! A gated recurrent unit (Cho et al., 2014), the variant of `PyTorch` and cuDNN: the reset gate acts after the product.

use burn::tensor::Tensor;

use super::parameters::Spec;
use super::recurrent::Recurrent;
use crate::kernel::gru_scan;

/// One layer, laid out as `torch.nn.GRU`'s: gates stacked in the order r, z, n.
#[derive(Debug, Clone)]
pub struct Gru(Recurrent);

impl Gru {
    /// A layer's matrices, in order.
    pub(super) fn specs(name: &str, layer: usize, input: usize, hidden: usize) -> Vec<Spec> {
        Recurrent::specs(name, layer, 3, [input, hidden])
    }

    /// Takes its matrices, in the order of [`Self::specs`].
    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Recurrent::take(weights).map(Self)
    }

    /// States after each step.
    ///
    /// # Shapes
    /// - `x`: `[T, B, I]`
    /// - `carried`: `[B, H]`, the state before the first step
    /// - `keep`: `[T, B]`, 0 where a session starts
    /// - output: `[T, B, H]`
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, carried: Tensor<2>, keep: Tensor<2>) -> Tensor<3> {
        let (recurrent, bias) = self.0.recurrence();
        gru_scan::gru_scan(gru_scan::Input { projected: self.0.project(x), recurrent, bias, carried, keep })
    }
}
