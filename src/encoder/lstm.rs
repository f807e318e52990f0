//! A long short-term memory (Hochreiter & Schmidhuber, 1997), the variant of `PyTorch` and cuDNN.

use burn::tensor::Tensor;

use super::parameters::Spec;
use crate::kernel::lstm_scan;

/// One layer's weights, laid out as `torch.nn.LSTM`'s: gates stacked in the order i, f, g, o.
#[derive(Debug, Clone)]
pub struct Lstm {
    /// `weight_ih_l*`, `[4H, I]`.
    weight_ih: Tensor<2>,
    /// `weight_hh_l*`, `[4H, H]`.
    weight_hh: Tensor<2>,
    /// `bias_ih_l*`, `[1, 4H]`.
    bias_ih: Tensor<2>,
    /// `bias_hh_l*`, `[1, 4H]`.
    bias_hh: Tensor<2>,
}

impl Lstm {
    /// A layer's matrices, in order. `PyTorch` draws them uniformly within ± 1/√H.
    pub(super) fn specs(name: &str, layer: usize, input: usize, hidden: usize) -> Vec<Spec> {
        let bound = (hidden as f32).sqrt().recip();
        let spec = |suffix: &str, shape| Spec::uniform(format!("{name}.{suffix}_l{layer}"), shape, bound);
        vec![
            spec("weight_ih", [4 * hidden, input]),
            spec("weight_hh", [4 * hidden, hidden]),
            spec("bias_ih", [1, 4 * hidden]),
            spec("bias_hh", [1, 4 * hidden]),
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

    /// States and cells after each step, `[T, B, H]` each.
    ///
    /// # Shapes
    /// - `x`: `[T, B, I]`
    /// - `carried`: state and cell before the first step, `[B, H]` each
    /// - `keep`: `[T, B]`, 0 where a session starts
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, carried: [Tensor<2>; 2], keep: Tensor<2>) -> [Tensor<3>; 2] {
        let [steps, batch, input] = x.dims();
        let [gates, _] = self.weight_ih.dims();
        let projected = x.reshape([steps * batch, input]).matmul(self.weight_ih.clone().transpose()); // [T·B, 4H]
        let [hidden, cell] = carried;
        let both = lstm_scan::lstm_scan(lstm_scan::Input {
            projected: (projected + self.bias_ih.clone()).reshape([steps, batch, gates]),
            recurrent: self.weight_hh.clone(),
            bias: self.bias_hh.clone().reshape([gates]),
            hidden,
            cell,
            keep,
        });
        [both.clone().slice([0..steps]), both.slice([steps..2 * steps])]
    }
}
