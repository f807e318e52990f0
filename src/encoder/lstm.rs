//! A long short-term memory (Hochreiter & Schmidhuber, 1997), the variant of `PyTorch` and cuDNN.

use burn::tensor::Tensor;

use super::parameters::Spec;
use super::recurrent::Recurrent;
use crate::kernel::lstm_scan;

/// One layer, laid out as `torch.nn.LSTM`'s: gates stacked in the order i, f, g, o.
#[derive(Debug, Clone)]
pub struct Lstm(Recurrent);

impl Lstm {
    /// A layer's matrices, in order.
    pub(super) fn specs(name: &str, layer: usize, input: usize, hidden: usize) -> Vec<Spec> {
        Recurrent::specs(name, layer, 4, [input, hidden])
    }

    /// Takes its matrices, in the order of [`Self::specs`].
    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Recurrent::take(weights).map(Self)
    }

    /// States and cells after each step, `[T, B, H]` each.
    ///
    /// # Shapes
    /// - `x`: `[T, B, I]`
    /// - `carried`: state and cell before the first step, `[B, H]` each
    /// - `keep`: `[T, B]`, 0 where a session starts
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, [hidden, cell]: [Tensor<2>; 2], keep: Tensor<2>) -> [Tensor<3>; 2] {
        let [steps, ..] = x.dims();
        let (recurrent, bias) = self.0.recurrence();
        let projected = self.0.project(x);
        let both = lstm_scan::lstm_scan(lstm_scan::Input { projected, recurrent, bias, hidden, cell, keep });
        [both.clone().slice([0..steps]), both.slice([steps..2 * steps])]
    }
}
