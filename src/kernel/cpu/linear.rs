//! A linear layer; a few rows are read against the weights as they lie, without packing them: one event against a million items costs what
//! reading the table costs.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::matmul::product;
use super::{Cpu, numbers, register, tensor};
use homebody_simd::dots;

/// Up to so many rows.
const FEW: usize = 2;

/// `x Wᵀ`, `[N, O]`.
pub(super) fn forward(x: &Cpu, weight: &Cpu) -> Cpu {
    let ([rows, input], [outputs, _]) = (x.shape().dims(), weight.shape().dims());
    if rows > FEW || input == 0 {
        return product(x, weight, [false, true]);
    }
    let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
    let each = |row| dots(row, numbers(&weight));
    tensor(numbers(&x).chunks_exact(input).flat_map(each).collect(), [rows, outputs])
}

#[derive(Debug)]
struct LinearBackward;

impl Backward<Flex, 2> for LinearBackward {
    type State = [Cpu; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let [x, weight] = &ops.state;
        let gradients = [product(&gradient, weight, [false, false]), product(&gradient, x, [true, false])];
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: &FloatTensor<Autodiff<Flex, C>>,
    weight: &FloatTensor<Autodiff<Flex, C>>,
) -> FloatTensor<Autodiff<Flex, C>> {
    let output = forward(x.primitive(), weight.primitive());
    let saved = [x.primitive().clone(), weight.primitive().clone()];
    match LinearBackward.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
