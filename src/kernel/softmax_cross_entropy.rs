//! Softmax cross-entropy over candidate columns, with a per-column bias for sampled candidates.
//!
//! ```text
//! a_ij = logit_ij + bias_j·[j ≠ target_i]        loss = Σ_i weight_i · (log Σ_j exp a_ij − a_i,target_i)
//! ```
//!
//! With all items as columns and no bias it is full softmax. With sampled negatives the bias is the logQ correction
//! −log E\[`count_j`\] (Bengio & Senécal, 2008), which leaves the target's own logit alone. The targets' logits come beside the columns then
//! (as columns they would multiply the work: each row needs but one of them), and a negative that is the row's target is left out.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, activation};

/// Everything the loss reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Scores of the candidates. `[N, S]`
    pub logits: Tensor<2>,
    /// Each row's target column, as a whole number. With `own`: the column to leave out of the row's sum; S: none. `[N]`
    pub targets: Tensor<1>,
    /// The targets' logits, where they are no columns. `[N]`
    pub own: Option<Tensor<1>>,
    /// Each row's weight: 0 leaves a row out. `[N]`
    pub weights: Tensor<1>,
    /// Added to every column that is not the row's target. `[S]`
    pub bias: Option<Tensor<1>>,
}

/// The loss and its gradients.
#[derive(Debug, Clone)]
pub struct Output {
    /// The weighted sum of the rows' losses, in nats. `[1]`
    pub loss: Tensor<1>,
    /// `[N, S]`
    pub logits: Tensor<2>,
    /// Where the input had them. `[N]`
    pub own: Option<Tensor<1>>,
}

/// Both are closed-form and need no graph; the logits are overwritten where nobody else holds them.
#[must_use]
pub fn softmax_cross_entropy(input: Input) -> Output {
    on_its_device!(input.logits, softmax_cross_entropy(input), differentiate(input, plain))
}

/// A loss that is differentiable in `logits` and `own`, with its gradients.
#[must_use]
pub fn differentiate(input: Input, loss: impl FnOnce(Input) -> Tensor<1>) -> Output {
    let logits = input.logits.autodiff().require_grad();
    let own = input.own.map(|own| own.autodiff().require_grad());
    let loss = loss(Input { logits: logits.clone(), own: own.clone(), ..input });
    let mut gradients = loss.backward();
    let of_logits = logits.grad_remove(&mut gradients).unwrap_or_else(|| logits.inner().zeros_like());
    let of_own = own.map(|own| own.grad_remove(&mut gradients).unwrap_or_else(|| own.inner().zeros_like()));
    Output { loss: loss.inner(), logits: of_logits, own: of_own }
}

/// 1 where a column is the row's, all 0 where that is S. `[N, S]`
#[must_use]
pub fn one_hot(columns: Tensor<1>, [rows, width]: [usize; 2]) -> Tensor<2> {
    let device = columns.device();
    let columns: Tensor<2, Int> = columns.int().reshape([rows, 1]);
    let ones = Tensor::ones([rows, 1], &device);
    let wider = Tensor::zeros([rows, width + 1], &device).scatter(1, columns, ones, IndexingUpdateOp::Add);
    wider.slice([0..rows, 0..width])
}

/// The loss in Burn's own operations, differentiable in `logits` and `own`. `[1]`
#[must_use]
pub fn plain(input: Input) -> Tensor<1> {
    const LEFT_OUT: f32 = -1e9;
    let [rows, columns] = input.logits.dims();
    let target = one_hot(input.targets.clone(), [rows, columns]);
    let logits = match input.bias {
        None => input.logits,
        Some(bias) => input.logits + bias.reshape([1, columns]) * (target.clone() * -1.0 + 1.0),
    };
    let (logits, targets) = match input.own {
        None => (logits, input.targets),
        Some(own) => {
            let logits = Tensor::cat(vec![logits + target * LEFT_OUT, own.reshape([rows, 1])], 1);
            (logits, input.targets.full_like(columns as f32))
        }
    };
    let log_probability = activation::log_softmax(logits, 1).gather(1, targets.int().reshape([rows, 1])); // [N, 1]
    (log_probability.reshape([rows]) * input.weights).sum().neg()
}
