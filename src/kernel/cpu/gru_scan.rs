//! GRU scan, forward and backward: two small products a step, everything else in one fused pass.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::matmul::{Matrix, multiply};
use super::{Cpu, numbers, register, tensor};
use homebody_simd::gates::{gru, gru_gradients};
use homebody_simd::{add, axpy, scale};

/// What the backward needs, all `[T, B, H]` but the weights.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    before: Vec<f32>,
    r: Vec<f32>,
    z: Vec<f32>,
    n: Vec<f32>,
    /// `U_n h⁻ + b_n`.
    recurrent_n: Vec<f32>,
    recurrent: Cpu,
    keep: Cpu,
}

/// The states `[T, B, H]` and what the backward needs.
pub(super) fn forward(projected: &Cpu, recurrent: &Cpu, bias: &Cpu, carried: &Cpu, keep: &Cpu) -> (Cpu, Saved) {
    let [steps, batch, gates] = projected.shape().dims();
    let hidden = gates / 3;
    let recurrent = recurrent.to_contiguous();
    let (projected, bias, carried, keep) =
        (projected.to_contiguous(), bias.to_contiguous(), carried.to_contiguous(), keep.to_contiguous());
    let (x, b, keeps) = (numbers(&projected), numbers(&bias), numbers(&keep));
    let block = batch * hidden;
    let fill = || vec![0.0; steps * block];
    let mut saved = Saved {
        before: fill(),
        r: fill(),
        z: fill(),
        n: fill(),
        recurrent_n: fill(),
        recurrent: recurrent.clone(),
        keep: keep.clone(),
    };
    let mut states = fill();
    let weights = Matrix::new(numbers(&recurrent), [gates, hidden]).transpose();
    for t in 0..steps {
        let span = t * block..(t + 1) * block;
        let previous = if t == 0 { numbers(&carried) } else { &states[span.start - block..span.start] };
        for lane in 0..batch {
            let row = lane * hidden..(lane + 1) * hidden;
            let kept = keeps[t * batch + lane];
            axpy(kept, &previous[row.clone()], &mut saved.before[span.clone()][row]);
        }
        let u = multiply(Matrix::new(&saved.before[span.clone()], [batch, hidden]), weights);
        for lane in 0..batch {
            let row = span.start + lane * hidden..span.start + (lane + 1) * hidden;
            let gate = |i: usize| lane * gates + i * hidden..lane * gates + (i + 1) * hidden;
            let x_t = &x[t * batch * gates..];
            gru(
                [&x_t[gate(0)], &x_t[gate(1)], &x_t[gate(2)]],
                [&u[gate(0)], &u[gate(1)], &u[gate(2)]],
                [&b[..hidden], &b[hidden..2 * hidden], &b[2 * hidden..]],
                &saved.before[row.clone()],
                [
                    &mut saved.r[row.clone()],
                    &mut saved.z[row.clone()],
                    &mut saved.n[row.clone()],
                    &mut saved.recurrent_n[row.clone()],
                    &mut states[row],
                ],
            );
        }
    }
    (tensor(states, [steps, batch, hidden]), saved)
}

/// Gradients of `projected`, `recurrent` and `bias` from that of the states.
fn backward(saved: &Saved, gradient: &Cpu) -> (Cpu, Cpu, Cpu) {
    let [steps, batch, hidden] = gradient.shape().dims();
    let (gates, block) = (3 * hidden, batch * hidden);
    let gradient = gradient.to_contiguous();
    let keeps = numbers(&saved.keep);
    let weights = Matrix::new(numbers(&saved.recurrent), [gates, hidden]);
    let mut d_projected = vec![0.0; steps * batch * gates];
    let mut d_recurrent = vec![0.0; steps * batch * gates]; // of U h⁻ + b
    let mut carry = vec![0.0; block]; // ∂loss/∂h_t from the steps after t
    for t in (0..steps).rev() {
        add(&mut carry, &numbers(&gradient)[t * block..(t + 1) * block]);
        for lane in 0..batch {
            let row = t * block + lane * hidden..t * block + (lane + 1) * hidden;
            let wide = (t * batch + lane) * gates..(t * batch + lane + 1) * gates;
            gru_gradients(
                [&saved.before[row.clone()], &saved.r[row.clone()], &saved.z[row.clone()]],
                [&saved.n[row.clone()], &saved.recurrent_n[row]],
                &mut carry[lane * hidden..(lane + 1) * hidden],
                &mut d_projected[wide.clone()],
                &mut d_recurrent[wide],
            );
        }
        let wide = t * batch * gates..(t + 1) * batch * gates;
        let through = multiply(Matrix::new(&d_recurrent[wide], [batch, gates]), weights);
        for lane in 0..batch {
            let (row, kept) = (lane * hidden..(lane + 1) * hidden, keeps[t * batch + lane]);
            add(&mut carry[row.clone()], &through[row.clone()]);
            scale(&mut carry[row], kept);
        }
    }
    let mut d_bias = vec![0.0; gates];
    d_recurrent.chunks_exact(gates).for_each(|row| add(&mut d_bias, row));
    let d_gates = Matrix::new(&d_recurrent, [steps * batch, gates]).transpose();
    let d_weights = multiply(d_gates, Matrix::new(&saved.before, [steps * batch, hidden]));
    (tensor(d_projected, [steps, batch, gates]), tensor(d_weights, [gates, hidden]), tensor(d_bias, [gates]))
}

#[derive(Debug)]
struct GruScanBackward;

impl Backward<Flex, 3> for GruScanBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let (d_projected, d_recurrent, d_bias) = backward(&ops.state, &gradient);
        register(ops, [d_projected, d_recurrent, d_bias], grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    projected: FloatTensor<Autodiff<Flex, C>>,
    recurrent: FloatTensor<Autodiff<Flex, C>>,
    bias: FloatTensor<Autodiff<Flex, C>>,
    carried: FloatTensor<Autodiff<Flex, C>>,
    keep: FloatTensor<Autodiff<Flex, C>>,
) -> FloatTensor<Autodiff<Flex, C>> {
    let nodes = [projected.node(), recurrent.node(), bias.node()];
    let (states, saved) =
        forward(projected.primitive(), recurrent.primitive(), bias.primitive(), carried.primitive(), keep.primitive());
    match GruScanBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, states),
        OpsKind::UnTracked(prep) => prep.finish(states),
    }
}
