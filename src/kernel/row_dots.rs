//! Dot products of rows: the own logits of rows whose targets are no candidates.

use burn::tensor::Tensor;

/// `a_n · b_n`, untracked.
///
/// # Shapes
/// `a`, `b`: `[N, d]`; output `[N]`.
#[must_use]
pub fn row_dots(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    on_its_device!(a, row_dots(a, b), plain(a, b))
}

/// Adds the gradient of `a` to `d_a` and gives it and that of `b`.
///
/// # Shapes
/// `slopes`: `[N]`; the others `[N, d]`.
#[must_use]
pub fn gradients([a, b]: [Tensor<2>; 2], slopes: Tensor<1>, d_a: Tensor<2>) -> [Tensor<2>; 2] {
    on_its_device!(a, row_dot_gradients([a, b], slopes, d_a), plain_gradients([a, b], slopes, d_a))
}

/// [`row_dots`] in Burn's own operations.
#[must_use]
pub fn plain(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let [rows, _] = a.dims();
    (a * b).sum_dim(1).reshape([rows])
}

/// [`gradients`] in Burn's own operations.
#[must_use]
pub fn plain_gradients([a, b]: [Tensor<2>; 2], slopes: Tensor<1>, d_a: Tensor<2>) -> [Tensor<2>; 2] {
    let slopes = slopes.unsqueeze_dim::<2>(1);
    [d_a + b * slopes.clone(), a * slopes]
}
