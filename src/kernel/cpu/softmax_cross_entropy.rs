//! Softmax cross-entropy in one pass over the logits, which become their own gradient.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::super::math::exp;
use super::{Cpu, numbers, tensor};

/// The loss `[1]` and ∂loss/∂logits `[N, S]`.
pub(super) fn forward(logits: Cpu, targets: &Cpu, weights: &Cpu, bias: &Cpu) -> (Cpu, Cpu) {
    let [_, columns] = logits.shape().dims();
    let (targets, weights, bias) = (targets.to_contiguous(), weights.to_contiguous(), bias.to_contiguous());
    let mut gradient = logits.to_contiguous();
    drop(logits); // the last owner writes in place
    let mut loss = 0.0_f64;
    let rows = gradient.storage_mut::<f32>().chunks_exact_mut(columns);
    for ((row, &target), &weight) in rows.zip(numbers(&targets)).zip(numbers(&weights)) {
        loss += f64::from(row_loss(row, target as usize, weight, numbers(&bias)));
    }
    (tensor(vec![loss as f32], [1]), gradient)
}

/// One row's weighted loss; the row becomes its gradient.
fn row_loss(row: &mut [f32], target: usize, weight: f32, bias: &[f32]) -> f32 {
    if weight == 0.0 {
        row.fill(0.0);
        return 0.0;
    }
    let own = row[target];
    if !bias.is_empty() {
        row.iter_mut().zip(bias).for_each(|(a, b)| *a += b);
        row[target] = own;
    }
    let peak = maximum(row);
    let total = exp_and_sum(row, peak);
    let scale = weight / total;
    row.iter_mut().for_each(|p| *p *= scale);
    row[target] -= weight;
    weight * (peak + total.ln() - own)
}

/// The row's maximum, in eight lanes; NaN propagates through the sum that follows, not here.
fn maximum(row: &[f32]) -> f32 {
    let mut lanes = [f32::MIN; 8];
    let chunks = row.chunks_exact(8);
    let tail = chunks.remainder().iter().copied().fold(f32::MIN, f32::max);
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    lanes.into_iter().fold(tail, f32::max)
}

/// Replaces each x by e^(x − peak) and returns their sum.
fn exp_and_sum(row: &mut [f32], peak: f32) -> f32 {
    let mut sums = [0.0_f32; 8];
    let mut chunks = row.chunks_exact_mut(8);
    for chunk in &mut chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *x = exp(*x - peak);
            *sum += *x;
        }
    }
    let mut total: f32 = sums.iter().sum();
    for x in chunks.into_remainder() {
        *x = exp(*x - peak);
        total += *x;
    }
    total
}

#[derive(Debug)]
struct CrossEntropyBackward;

impl Backward<Flex, 1> for CrossEntropyBackward {
    type State = Cpu;

    fn backward(self, ops: Ops<Cpu, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let upstream = grads.consume::<Flex>(&ops.node);
        let [node] = ops.parents;
        if let Some(node) = node {
            let factor = numbers(&upstream.to_contiguous())[0];
            let gradient = if factor == 1.0 { ops.state } else { Flex::float_mul_scalar(ops.state, factor.into()) };
            grads.register::<Flex>(node.id, gradient);
        }
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    logits: FloatTensor<Autodiff<Flex, C>>,
    targets: FloatTensor<Autodiff<Flex, C>>,
    weights: FloatTensor<Autodiff<Flex, C>>,
    bias: FloatTensor<Autodiff<Flex, C>>,
) -> FloatTensor<Autodiff<Flex, C>> {
    let (logits, node) = logits.into_parts();
    let (loss, gradient) = forward(logits, targets.primitive(), weights.primitive(), bias.primitive());
    match CrossEntropyBackward.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(gradient, loss),
        OpsKind::UnTracked(prep) => prep.finish(loss),
    }
}
