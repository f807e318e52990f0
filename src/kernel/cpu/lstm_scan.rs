//! LSTM scan, forward and backward: one small product a step, everything else in one fused pass.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::matmul::{Matrix, multiply};
use super::{Cpu, numbers, register, tensor};
use homebody_simd::add;
use homebody_simd::gates::{lstm, lstm_gradients};

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// `h⁻`, `[T, B, H]`.
    before: Vec<f32>,
    /// `c⁻`, `[T, B, H]`.
    cell_before: Vec<f32>,
    /// i, f, g, o after their functions, `[T, B, 4H]`.
    gates: Vec<f32>,
    /// tanh(c), `[T, B, H]`.
    squashed: Vec<f32>,
    recurrent: Cpu,
    keep: Cpu,
}

/// The operands, as the extension passes them.
pub(super) struct Operands {
    pub(super) projected: Cpu,
    pub(super) recurrent: Cpu,
    pub(super) bias: Cpu,
    pub(super) hidden: Cpu,
    pub(super) cell: Cpu,
    pub(super) keep: Cpu,
}

/// States, then cells, `[2T, B, H]`, and what the backward needs.
pub(super) fn forward(operands: &Operands) -> (Cpu, Saved) {
    let [steps, batch, wide] = operands.projected.shape().dims();
    let width = wide / 4;
    let (projected, bias, keep) =
        (operands.projected.to_contiguous(), operands.bias.to_contiguous(), operands.keep.to_contiguous());
    let carried = [operands.hidden.to_contiguous(), operands.cell.to_contiguous()];
    let recurrent = operands.recurrent.to_contiguous();
    let block = batch * width;
    let mut saved = Saved {
        before: vec![0.0; steps * block],
        cell_before: vec![0.0; steps * block],
        gates: vec![0.0; steps * batch * wide],
        squashed: vec![0.0; steps * block],
        recurrent: recurrent.clone(),
        keep: keep.clone(),
    };
    let mut output = vec![0.0; 2 * steps * block];
    let (states, cells) = output.split_at_mut(steps * block);
    let weights = Matrix::new(numbers(&recurrent), [wide, width]).transpose();
    for t in 0..steps {
        let span = t * block..(t + 1) * block;
        let keeps = &numbers(&keep)[t * batch..(t + 1) * batch];
        let previous = |kept: &[f32], which: usize| {
            if t == 0 { numbers(&carried[which]).to_vec() } else { kept[span.start - block..span.start].to_vec() }
        };
        keep_rows(&previous(states, 0), keeps, &mut saved.before[span.clone()]);
        keep_rows(&previous(cells, 1), keeps, &mut saved.cell_before[span.clone()]);
        let product = multiply(Matrix::new(&saved.before[span.clone()], [batch, width]), weights);
        for lane in 0..batch {
            let row = span.start + lane * width..span.start + (lane + 1) * width;
            let gates = (t * batch + lane) * wide..(t * batch + lane + 1) * wide;
            lstm(
                &numbers(&projected)[gates.clone()],
                &product[lane * wide..(lane + 1) * wide],
                numbers(&bias),
                &saved.cell_before[row.clone()],
                [&mut saved.gates[gates], &mut cells[row.clone()], &mut saved.squashed[row.clone()], &mut states[row]],
            );
        }
    }
    (tensor(output, [2 * steps, batch, width]), saved)
}

/// Each lane's row, or zeros where its session starts.
fn keep_rows(rows: &[f32], keeps: &[f32], into: &mut [f32]) {
    let width = rows.len() / keeps.len().max(1);
    for ((into, row), &kept) in into.chunks_exact_mut(width).zip(rows.chunks_exact(width)).zip(keeps) {
        into.iter_mut().zip(row).for_each(|(a, b)| *a = kept * b);
    }
}

/// Gradients of `projected`, `recurrent` and `bias` from those of states and cells.
fn backward(saved: &Saved, gradient: &Cpu) -> (Cpu, Cpu, Cpu) {
    let [twice, batch, width] = gradient.shape().dims();
    let (steps, wide, block) = (twice / 2, 4 * width, batch * width);
    let gradient = gradient.to_contiguous();
    let (d_states, d_cells) = numbers(&gradient).split_at(steps * block);
    let keeps = numbers(&saved.keep);
    let weights = Matrix::new(numbers(&saved.recurrent), [wide, width]);
    let mut d_gates = vec![0.0; steps * batch * wide];
    let (mut carry, mut cell_carry) = (vec![0.0; block], vec![0.0; block]);
    for t in (0..steps).rev() {
        let span = t * block..(t + 1) * block;
        add(&mut carry, &d_states[span.clone()]);
        add(&mut cell_carry, &d_cells[span.clone()]);
        for lane in 0..batch {
            let row = span.start + lane * width..span.start + (lane + 1) * width;
            let local = lane * width..(lane + 1) * width;
            let gates = (t * batch + lane) * wide..(t * batch + lane + 1) * wide;
            lstm_gradients(
                &saved.gates[gates.clone()],
                [&saved.cell_before[row.clone()], &saved.squashed[row]],
                &carry[local.clone()],
                &mut cell_carry[local],
                &mut d_gates[gates],
            );
        }
        let rows = t * batch * wide..(t + 1) * batch * wide;
        let through = multiply(Matrix::new(&d_gates[rows], [batch, wide]), weights);
        let kept = &keeps[t * batch..(t + 1) * batch];
        keep_rows(&through, kept, &mut carry);
        let cells = cell_carry.clone();
        keep_rows(&cells, kept, &mut cell_carry);
    }
    let mut d_bias = vec![0.0; wide];
    d_gates.chunks_exact(wide).for_each(|row| add(&mut d_bias, row));
    let transposed = Matrix::new(&d_gates, [steps * batch, wide]).transpose();
    let d_weights = multiply(transposed, Matrix::new(&saved.before, [steps * batch, width]));
    (tensor(d_gates, [steps, batch, wide]), tensor(d_weights, [wide, width]), tensor(d_bias, [wide]))
}

#[derive(Debug)]
struct LstmScanBackward;

impl Backward<Flex, 3> for LstmScanBackward {
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
    constants: [FloatTensor<Autodiff<Flex, C>>; 3],
) -> FloatTensor<Autodiff<Flex, C>> {
    let nodes = [projected.node(), recurrent.node(), bias.node()];
    let [hidden, cell, keep] = constants.map(|constant| constant.primitive().clone());
    let operands = Operands {
        projected: projected.primitive().clone(),
        recurrent: recurrent.primitive().clone(),
        bias: bias.primitive().clone(),
        hidden,
        cell,
        keep,
    };
    let (output, saved) = forward(&operands);
    match LstmScanBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
