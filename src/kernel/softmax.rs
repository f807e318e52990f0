//! Softmax of each row, where no graph tracks it.

use burn::tensor::{Tensor, activation};

/// Probabilities of scores, `[N, S]`; in place where nobody else holds them.
#[must_use]
pub fn softmax(scores: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&scores.device()) {
        return super::cpu::softmax(scores);
    }
    plain(scores)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(scores: Tensor<2>) -> Tensor<2> {
    activation::softmax(scores, 1)
}
