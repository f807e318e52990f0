//! Vectors laid one after another.

use burn::tensor::Tensor;

/// One vector of all numbers, untracked. `[Σ sizes]`
///
/// # Panics
/// Without parts.
#[must_use]
pub fn join(parts: Vec<Tensor<1>>) -> Tensor<1> {
    on_a_gpu!(parts[0], join(parts), Tensor::cat(parts, 0))
}
