//! `GloVe`'s objective: the weighted squared error of each pair's product and biases (Pennington et al., 2014), with its gradients,
//! which are closed-form and need no graph.
//!
//! ```text
//! loss = Σ_p f_p ½ (w_p · w̃_p + b_p + b̃_p − y_p)²
//! ```

use burn::tensor::Tensor;

/// Pairs, already gathered.
#[derive(Debug, Clone)]
pub struct Input {
    /// \[w; b\] of each pair's one item. `[P, d + 1]`.
    pub centres: Tensor<2>,
    /// \[w̃; b̃\] of the other. `[P, d + 1]`.
    pub contexts: Tensor<2>,
    /// y. `[P]`.
    pub targets: Tensor<1>,
    /// f. `[P]`.
    pub weights: Tensor<1>,
}

/// The loss and its gradients.
#[derive(Debug, Clone)]
pub struct Output {
    /// `[1]`, summed.
    pub loss: Tensor<1>,
    /// `[P, d + 1]`.
    pub centres: Tensor<2>,
    /// `[P, d + 1]`.
    pub contexts: Tensor<2>,
}

/// Loss and gradients on any device.
///
/// # Shapes
/// See [`Input`] and [`Output`].
#[must_use]
pub fn weighted_squares(input: Input) -> Output {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.centres.device()) {
        return super::cpu::weighted_squares(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> Output {
    let [pairs, width] = input.centres.dims();
    let d = width - 1;
    let split = |rows: Tensor<2>| (rows.clone().slice([0..pairs, 0..d]), rows.slice([0..pairs, d..width]));
    let ((w, b), (w_tilde, b_tilde)) = (split(input.centres), split(input.contexts));
    let product = (w.clone() * w_tilde.clone()).sum_dim(1); // [P, 1]
    let error = product + b + b_tilde - input.targets.reshape([pairs, 1]);
    let slope = error.clone() * input.weights.reshape([pairs, 1]);
    let gradient = |other: Tensor<2>| Tensor::cat(vec![other * slope.clone(), slope.clone()], 1);
    let (centres, contexts) = (gradient(w_tilde), gradient(w));
    Output { loss: (slope * error).sum() * 0.5, centres, contexts }
}
