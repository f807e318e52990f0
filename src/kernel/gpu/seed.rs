//! Starts a backward pass at a tensor inside the graph.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;

use super::Gpu;
use super::layout::{new, numbers, register};

#[derive(Debug)]
struct Seed;

impl Backward<CubeBackend, 1> for Seed {
    type State = Gpu;

    fn backward(self, ops: Ops<Gpu, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        grads.consume::<CubeBackend>(&ops.node);
        let gradient = ops.state.clone();
        register(ops, [gradient], grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    output: FloatTensor<Autodiff<CubeBackend, C>>,
    gradient: FloatTensor<Autodiff<CubeBackend, C>>,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let (output, node) = output.into_parts();
    let root = new(&output, [1]);
    match Seed.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(numbers::<C>(gradient), root),
        OpsKind::UnTracked(prep) => prep.finish(root),
    }
}
