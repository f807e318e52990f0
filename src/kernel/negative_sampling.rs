//! Skip-gram's objective: logistic loss of each (centre, context) pair against negatives (Mikolov et al., 2013), with its
//! gradients, which are closed-form and need no graph.
//!
//! ```text
//! loss = Σ_p w_p [ −log σ(c_p · o_p0) − Σ_{j≥1} log σ(−c_p · o_pj) ]
//! ```

use burn::tensor::{Tensor, activation};

/// Pairs, already gathered.
#[derive(Debug, Clone)]
pub struct Input {
    /// Input vectors of the centres. `[P, d]`.
    pub centres: Tensor<2>,
    /// Output vectors: the context first, then the negatives. `[P, 1 + negatives, d]`.
    pub outputs: Tensor<3>,
    /// Weight of each output's term: 0 masks padding and accidental hits. `[P, 1 + negatives]`.
    pub weights: Tensor<2>,
}

/// The loss and its gradients.
#[derive(Debug, Clone)]
pub struct Output {
    /// `[1]`, in nats, summed.
    pub loss: Tensor<1>,
    /// `[P, d]`.
    pub centres: Tensor<2>,
    /// `[P, 1 + negatives, d]`.
    pub outputs: Tensor<3>,
}

/// Loss and gradients on any device.
///
/// # Shapes
/// See [`Input`] and [`Output`].
#[must_use]
pub fn negative_sampling(input: Input) -> Output {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.centres.device()) {
        return super::cpu::negative_sampling(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> Output {
    let [pairs, width, _] = input.outputs.dims();
    let centres = input.centres.unsqueeze_dim::<3>(1); // [P, 1, d]
    let scores = (input.outputs.clone() * centres.clone()).sum_dim(2); // [P, 1 + n, 1]
    let device = scores.device();
    let label =
        Tensor::cat(vec![Tensor::<3>::ones([pairs, 1, 1], &device), Tensor::zeros([pairs, width - 1, 1], &device)], 1);
    let sign = label.clone() * 2.0 - 1.0;
    let weights = input.weights.unsqueeze_dim::<3>(2);
    let loss = (activation::log_sigmoid(scores.clone() * sign) * weights.clone()).sum().neg();
    let slope = (activation::sigmoid(scores) - label) * weights; // ∂loss/∂score
    Output { loss, centres: (input.outputs * slope.clone()).sum_dim(1).squeeze_dim(1), outputs: centres * slope }
}
