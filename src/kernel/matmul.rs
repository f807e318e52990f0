//! A matrix product that no graph tracks.

use burn::tensor::Tensor;

/// `a · b`, either of them transposed first.
///
/// # Shapes
/// As meant: `[M, K] · [K, N] → [M, N]`.
#[must_use]
pub fn product(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    #[cfg(all(feature = "cpu", target_arch = "wasm32"))]
    if crate::device::is_cpu(&a.device()) {
        return super::cpu::product(a, b, transposed);
    }
    on_a_gpu!(a, product(a, b, transposed), plain(a, b, transposed))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    let of = |tensor: Tensor<2>, transposed| if transposed { tensor.transpose() } else { tensor };
    of(a, transposed[0]).matmul(of(b, transposed[1]))
}
