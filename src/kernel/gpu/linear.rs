//! `x Wᵀ + b`, with its gradients.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;

use super::Gpu;
use super::layout::{numbers, register, reshaped};
use super::matmul::{Operand, matmul, weight_gradients};

/// `[N, I] · [O, I]ᵀ + [1, O]`; an empty bias is none.
pub(super) fn forward(x: &Gpu, weight: &Gpu, bias: &Gpu) -> Gpu {
    let bias = (bias.meta.num_elements() > 0).then_some(bias);
    let bias = bias.map(|bias| reshaped(bias.clone(), [bias.meta.num_elements()]));
    matmul(Operand::plain(x), Operand::transposed(weight), bias.as_ref())
}

#[derive(Debug, Clone)]
struct Saved {
    x: Gpu,
    weight: Gpu,
}

#[derive(Debug)]
struct WithBias;

impl Backward<CubeBackend, 3> for WithBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let columns = gradient.meta.shape()[1];
        let (d_weight, d_bias) = weight_gradients(&gradient, &ops.state.x);
        let gradients = [d_x(&ops.state, &gradient), d_weight, reshaped(d_bias, [1, columns])];
        register(ops, gradients, grads);
    }
}

#[derive(Debug)]
struct WithoutBias;

impl Backward<CubeBackend, 2> for WithoutBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let d_weight = matmul(Operand::transposed(&gradient), Operand::plain(&ops.state.x), None);
        let gradients = [d_x(&ops.state, &gradient), d_weight];
        register(ops, gradients, grads);
    }
}

fn d_x(saved: &Saved, gradient: &Gpu) -> Gpu {
    matmul(Operand::plain(gradient), Operand::plain(&saved.weight), None)
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<CubeBackend, C>>,
    weight: FloatTensor<Autodiff<CubeBackend, C>>,
    bias: FloatTensor<Autodiff<CubeBackend, C>>,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = (x.node(), weight.node(), bias.node());
    let [x, weight, bias] = [x, weight, bias].map(numbers::<C>);
    let out = forward(&x, &weight, &bias);
    let has_bias = bias.meta.num_elements() > 0;
    let saved = Saved { x, weight };
    if has_bias {
        match WithBias.prepare::<C>([nodes.0, nodes.1, nodes.2]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(saved, out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    } else {
        match WithoutBias.prepare::<C>([nodes.0, nodes.1]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(saved, out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }
}
