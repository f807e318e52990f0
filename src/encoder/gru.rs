//! A gated recurrent unit (Cho et al., 2014), the variant of `PyTorch` and cuDNN: the reset gate acts after the product.

use burn::tensor::Tensor;

use super::parameters::Spec;
use crate::kernel::gru_scan;

/// One layer's weights, laid out as `torch.nn.GRU`'s: gates stacked in the order r, z, n.
#[derive(Debug, Clone)]
pub struct Gru {
    /// `weight_ih_l*`, `[3H, I]`.
    weight_ih: Tensor<2>,
    /// `weight_hh_l*`, `[3H, H]`.
    weight_hh: Tensor<2>,
    /// `bias_ih_l*`, `[1, 3H]`.
    bias_ih: Tensor<2>,
    /// `bias_hh_l*`, `[1, 3H]`.
    bias_hh: Tensor<2>,
}

impl Gru {
    /// A layer's matrices, in order. `PyTorch` draws them uniformly within ± 1/√H.
    pub(super) fn specs(name: &str, layer: usize, input: usize, hidden: usize) -> Vec<Spec> {
        let bound = (hidden as f32).sqrt().recip();
        let spec = |suffix: &str, shape| Spec::uniform(format!("{name}.{suffix}_l{layer}"), shape, bound);
        vec![
            spec("weight_ih", [3 * hidden, input]),
            spec("weight_hh", [3 * hidden, hidden]),
            spec("bias_ih", [1, 3 * hidden]),
            spec("bias_hh", [1, 3 * hidden]),
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

    /// States after each step.
    ///
    /// # Shapes
    /// - `x`: `[T, B, I]`
    /// - `carried`: `[B, H]`, the state before the first step
    /// - `keep`: `[T, B]`, 0 where a session starts
    /// - output: `[T, B, H]`
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, carried: Tensor<2>, keep: Tensor<2>) -> Tensor<3> {
        let [steps, batch, input] = x.dims();
        let [gates, _] = self.weight_ih.dims();
        let projected = x.reshape([steps * batch, input]).matmul(self.weight_ih.clone().transpose()); // [T·B, 3H]
        gru_scan::gru_scan(gru_scan::Input {
            projected: (projected + self.bias_ih.clone()).reshape([steps, batch, gates]),
            recurrent: self.weight_hh.clone(),
            bias: self.bias_hh.clone().reshape([gates]),
            carried,
            keep,
        })
    }
}
