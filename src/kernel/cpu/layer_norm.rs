//! Layer normalisation, a row at a time.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::{Cpu, numbers, register, tensor};
use crate::kernel::layer_norm::EPSILON;
use homebody_simd::norm;

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    x: Cpu,
    weight: Cpu,
    /// Of each row: mean and 1/√(var + ε).
    moments: Vec<[f32; 2]>,
}

/// The normalised rows `[N, d]` and what the backward needs.
pub(super) fn forward(x: &Cpu, weight: &Cpu, bias: &Cpu) -> (Cpu, Saved) {
    let [rows, width] = x.shape().dims();
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let mut out = vec![0.0; rows * width];
    let each = numbers(&x).chunks_exact(width).zip(out.chunks_exact_mut(width));
    let moments = each
        .map(|(row, out)| {
            let moments = norm::moments(row, EPSILON);
            norm::normalize(row, moments, [numbers(&weight), numbers(&bias)], out);
            moments
        })
        .collect();
    (tensor(out, [rows, width]), Saved { x, weight, moments })
}

/// Gradients of rows, scale and shift.
fn backward(saved: &Saved, gradient: &Cpu) -> [Cpu; 3] {
    let [rows, width] = saved.x.shape().dims();
    let gradient = gradient.to_contiguous();
    let mut d_x = vec![0.0; rows * width];
    let (mut d_weight, mut d_bias) = (vec![0.0; width], vec![0.0; width]);
    let each = numbers(&saved.x).chunks_exact(width).zip(&saved.moments);
    let each = each.zip(numbers(&gradient).chunks_exact(width)).zip(d_x.chunks_exact_mut(width));
    for (((row, moments), gradient), d_row) in each {
        norm::gradients([row, numbers(&saved.weight), gradient], *moments, [d_row, &mut d_weight, &mut d_bias]);
    }
    [tensor(d_x, [rows, width]), tensor(d_weight, [1, width]), tensor(d_bias, [1, width])]
}

#[derive(Debug)]
struct LayerNormBackward;

impl Backward<Flex, 3> for LayerNormBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let gradients = backward(&ops.state, &gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: &FloatTensor<Autodiff<Flex, C>>,
    weight: &FloatTensor<Autodiff<Flex, C>>,
    bias: &FloatTensor<Autodiff<Flex, C>>,
) -> FloatTensor<Autodiff<Flex, C>> {
    let (out, saved) = forward(x.primitive(), weight.primitive(), bias.primitive());
    match LayerNormBackward.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    }
}
