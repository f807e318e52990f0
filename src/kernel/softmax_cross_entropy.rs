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
    /// Scores of the candidates. `[N, S]`
    pub logits: Tensor<2>,
    /// Each row's target column, as a whole number. `[N]`, a constant.
    pub targets: Tensor<1>,
    /// Each row's weight: 0 leaves a row out. `[N]`, a constant.
    pub weights: Tensor<1>,
    /// Added to every column that is not the row's target. `[S]`, a constant.
    pub bias: Option<Tensor<1>>,
}

/// The weighted sum of the rows' losses, in nats, `[1]`, and its gradient with respect to the logits, `[N, S]`. Both are closed-form and
/// need no graph; the logits are overwritten where nobody else holds them.
#[must_use]
pub fn softmax_cross_entropy(input: Input) -> (Tensor<1>, Tensor<2>) {
    on_its_device!(input.logits, softmax_cross_entropy(input), differentiate(input))
}

/// The same by automatic differentiation of [`plain`].
#[must_use]
pub fn differentiate(input: Input) -> (Tensor<1>, Tensor<2>) {
    let logits = input.logits.autodiff().require_grad();
    let loss = plain(Input { logits: logits.clone(), ..input });
    let gradient = logits.grad_remove(&mut loss.backward()).unwrap_or_else(|| logits.inner().zeros_like());
    (loss.inner(), gradient)
}

/// The loss in Burn's own operations, differentiable in the logits. `[1]`
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
