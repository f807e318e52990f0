//! One step of `AdaGrad` (Duchi et al., 2011), with `PyTorch`'s placement of epsilon.
//!
//! ```text
//! G ← G + g²    w ← w − η · g / (√G + ε)
//! ```

use burn::tensor::Tensor;

/// ε, `PyTorch`'s default.
pub const EPSILON: f32 = 1e-10;

/// Everything a step reads and replaces; the tensors are of one shape `[N, M]`.
#[derive(Debug, Clone)]
pub struct Input {
    /// w.
    pub weights: Tensor<2>,
    /// g.
    pub gradient: Tensor<2>,
    /// G.
    pub squares: Tensor<2>,
    /// η. It does not change during a run, and may therefore be passed as a kernel's argument.
    pub learning_rate: f32,
}

/// The new weights and accumulators `(w, G)`.
#[must_use]
pub fn adagrad_step(input: Input) -> (Tensor<2>, Tensor<2>) {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.weights.device()) {
        return super::cpu::adagrad_step(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> (Tensor<2>, Tensor<2>) {
    let squares = input.squares + input.gradient.clone().square();
    let change = input.gradient * input.learning_rate / (squares.clone().sqrt() + EPSILON);
    (input.weights - change, squares)
}
