//! Starts a backward pass inside a graph, where a gradient is known already.

use burn::tensor::Tensor;

/// A root whose `backward` gives `output` the gradient `gradient`; its own value means nothing.
///
/// # Shapes
/// Both `[N, M]`.
#[must_use]
pub fn seed(output: Tensor<2>, gradient: Tensor<2>) -> Tensor<1> {
    on_a_gpu!(gradient, seed(output, gradient), plain(output, gradient))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(output: Tensor<2>, gradient: Tensor<2>) -> Tensor<1> {
    (output * Tensor::from_inner(gradient)).sum()
}
