//! Layer normalisation (Ba et al., 2016): each row at mean 0 and variance 1, then scaled and shifted.
//!
//! ```text
//! y = weight ∘ (x − mean(x)) / √(var(x) + ε) + bias
//! ```

use burn::tensor::{Tensor, module};

/// ε, `PyTorch`'s default.
pub const EPSILON: f32 = 1e-5;

/// Differentiable in all three.
///
/// # Shapes
/// - `x`: `[N, d]`
/// - `weight`, `bias`: `[1, d]`
/// - output: `[N, d]`
#[must_use]
pub fn layer_norm(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    on_its_device!(x, layer_norm(x, weight, bias), plain(x, weight, bias))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let [_, width] = x.dims();
    module::layer_norm(x, weight.reshape([width]), Some(bias.reshape([width])), f64::from(EPSILON))
}
