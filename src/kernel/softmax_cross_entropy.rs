//! Softmax cross-entropy over candidate columns, with a per-column bias for sampled candidates.
//!
//! ```text
//! a_ij = logit_ij + bias_j·[j ≠ target_i]        loss = Σ_i weight_i · (log Σ_j exp a_ij − a_i,target_i)
//! ```
//!
//! With all items as columns and no bias it is full softmax. With sampled negatives the bias is the logQ correction
//! −log E\[`count_j`\] (Bengio & Senécal, 2008), which leaves the target's own logit alone, and that masks accidental hits: a negative
//! that is the row's target stands in the sum once, as the target.

use burn::tensor::{Int, Tensor, activation};

/// Everything the loss reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Scores of the candidates. `[N, S]`, differentiable.
    pub logits: Tensor<2>,
    /// Each row's target column, as a whole number. `[N]`, a constant.
    pub targets: Tensor<1>,
    /// Each row's weight: 0 leaves a row out. `[N]`, a constant.
    pub weights: Tensor<1>,
    /// Added to every column that is not the row's target. `[S]`, a constant.
    pub bias: Option<Tensor<1>>,
}

/// The weighted sum of the rows' losses, in nats.
///
/// # Shapes
/// See [`Input`]; output `[1]`.
#[must_use]
pub fn softmax_cross_entropy(input: Input) -> Tensor<1> {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.logits.device()) {
        return super::cpu::softmax_cross_entropy(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> Tensor<1> {
    let [rows, columns] = input.logits.dims();
    let targets: Tensor<2, Int> = input.targets.int().reshape([rows, 1]);
    let logits = match input.bias {
        None => input.logits,
        Some(bias) => {
            let bias = bias.reshape([1, columns]).expand([rows, columns]);
            let of_target = bias.clone().gather(1, targets.clone()); // [N, 1]
            let target_only = Tensor::zeros([rows, columns], &bias.device()).scatter(
                1,
                targets.clone(),
                of_target,
                burn::tensor::IndexingUpdateOp::Add,
            );
            input.logits + bias - target_only
        }
    };
    let log_probability = activation::log_softmax(logits, 1).gather(1, targets); // [N, 1]
    (log_probability.reshape([rows]) * input.weights).sum().neg()
}
