//! LSTM scan: all steps in one dispatch, forward and backward; laid out as the GRU's.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::layout::{Scan, contiguous, new, numbers, register, reshaped, transposed};
use super::math::{sigmoid, tanh};
use super::matmul::weight_gradients;
use super::{Gpu, V4};

/// What a scan reads; see [`crate::kernel::lstm_scan::Input`].
pub(super) struct Operands {
    pub(super) projected: Gpu,
    pub(super) recurrent: Gpu,
    pub(super) bias: Gpu,
    pub(super) hidden: Gpu,
    pub(super) cell: Gpu,
    pub(super) keep: Gpu,
}

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// h⁻, c⁻, i, f, g, o and tanh(c) of each step. `[T·B, 7H]`
    gates: Gpu,
    recurrent: Gpu,
    keep: Gpu,
}

/// The states and cells `[2T, B, H]` and what the backward needs.
pub(super) fn forward(operands: Operands) -> (Gpu, Saved) {
    let Operands { projected, recurrent, bias, hidden, cell, keep } = operands;
    let [steps, batch, rows]: [usize; 3] = projected.meta.shape().dims();
    let scan = Scan::new(rows / 4, batch, 1);
    let out = new(&projected, [2 * steps, batch, scan.hidden]);
    let gates = new(&projected, [steps * batch, 7 * scan.hidden]);
    let keep = contiguous(keep);
    // A kernel of its own for the bias: with it the scan would bind a buffer more than every device has.
    let projected = CubeBackend::float_add(projected, reshaped(contiguous(bias), [1, 1, rows]));
    // SAFETY: lanes past the last are read from it and not written; `Scan` covers all hidden units.
    unsafe {
        forward_kernel::launch_unchecked(
            &out.client,
            scan.count(),
            scan.dim(),
            contiguous(projected).into_buffer_arg(),
            transposed(recurrent.clone()).into_buffer_arg(),
            contiguous(hidden).into_buffer_arg(),
            contiguous(cell).into_buffer_arg(),
            keep.clone().into_buffer_arg(),
            out.clone().into_buffer_arg(),
            gates.clone().into_buffer_arg(),
            steps,
            batch,
            scan.hidden / 4,
            scan.groups,
            scan.lanes,
        );
    }
    (out, Saved { gates, recurrent, keep })
}

/// Gradients of `projected`, `recurrent` and `bias` from those of states and cells.
fn backward(saved: Saved, gradient: Gpu) -> [Gpu; 3] {
    let [twice, batch, hidden]: [usize; 3] = gradient.meta.shape().dims();
    let steps = twice / 2;
    let scan = Scan::new(hidden, batch, 4);
    let d_gates = new(&gradient, [steps * batch, 4 * hidden]);
    // SAFETY: as in `forward`.
    unsafe {
        backward_kernel::launch_unchecked(
            &gradient.client.clone(),
            scan.count(),
            scan.dim(),
            contiguous(gradient).into_buffer_arg(),
            saved.gates.clone().into_buffer_arg(),
            saved.keep.into_buffer_arg(),
            contiguous(saved.recurrent).into_buffer_arg(),
            d_gates.clone().into_buffer_arg(),
            steps,
            batch,
            hidden / 4,
            scan.groups,
            scan.lanes,
        );
    }
    let mut before = saved.gates;
    before.meta.shape[1] = hidden;
    let (d_weights, d_bias) = weight_gradients(&d_gates, &before);
    [reshaped(d_gates, [steps, batch, 4 * hidden]), d_weights, d_bias]
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn forward_kernel(
    projected: &[V4],
    recurrent: &[V4],
    hidden: &[V4],
    cell: &[V4],
    keep: &[f32],
    out: &mut [V4],
    gates: &mut [V4],
    steps: usize,
    batch: usize,
    #[comptime] fours: usize,
    #[comptime] groups: usize,
    #[comptime] lanes: usize,
) {
    let unit = UNIT_POS_X as usize;
    let group = UNIT_POS_Y as usize * lanes;
    let first = CUBE_POS_X as usize * comptime!(groups * lanes) + group;
    let mut shared = Shared::<[V4]>::new_slice(comptime!(groups * lanes * fours));
    let mut before = Array::<V4>::new(lanes);
    let mut cells = Array::<V4>::new(lanes);
    #[unroll]
    for i in 0..lanes {
        let lane = select(first + i < batch, first + i, batch - 1);
        before[i] = hidden[lane * fours + unit];
        cells[i] = cell[lane * fours + unit];
    }
    for t in 0..steps {
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            let kept = V4::new(keep[t * batch + lane]);
            before[i] *= kept;
            cells[i] *= kept;
            shared[(group + i) * fours + unit] = before[i];
        }
        sync_cube();
        let mut sums = Array::<V4>::new(4 * lanes);
        #[unroll]
        for i in 0..4 * lanes {
            sums[i] = V4::new(0.0);
        }
        for at in 0..fours {
            #[unroll]
            for c in 0..4usize {
                let row = (at * 4 + c) * comptime!(4 * fours) + unit;
                #[unroll]
                for gate in 0..4usize {
                    let weight = recurrent[row + comptime!(gate * fours)];
                    #[unroll]
                    for i in 0..lanes {
                        let h = shared[(group + i) * fours + at].extract(c);
                        sums[gate * lanes + i] += V4::new(h) * weight;
                    }
                }
            }
        }
        #[unroll]
        for i in 0..lanes {
            if first + i < batch {
                let row = t * batch + first + i;
                let x = row * comptime!(4 * fours) + unit;
                let input = sigmoid(projected[x] + sums[i]);
                let forget = sigmoid(projected[x + fours] + sums[comptime!(lanes + i)]);
                let g = tanh(projected[x + comptime!(2 * fours)] + sums[comptime!(2 * lanes + i)]);
                let output = sigmoid(projected[x + comptime!(3 * fours)] + sums[comptime!(3 * lanes + i)]);
                let saved = row * comptime!(7 * fours) + unit;
                gates[saved] = before[i];
                gates[saved + fours] = cells[i];
                gates[saved + comptime!(2 * fours)] = input;
                gates[saved + comptime!(3 * fours)] = forget;
                gates[saved + comptime!(4 * fours)] = g;
                gates[saved + comptime!(5 * fours)] = output;
                cells[i] = forget * cells[i] + input * g;
                let squashed = tanh(cells[i]);
                gates[saved + comptime!(6 * fours)] = squashed;
                before[i] = output * squashed;
                out[row * fours + unit] = before[i];
                out[(steps * batch + row) * fours + unit] = cells[i];
            }
        }
        sync_cube();
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn backward_kernel(
    gradient: &[V4],
    gates: &[V4],
    keep: &[f32],
    recurrent: &[V4],
    d_gates: &mut [V4],
    steps: usize,
    batch: usize,
    #[comptime] fours: usize,
    #[comptime] groups: usize,
    #[comptime] lanes: usize,
) {
    let unit = UNIT_POS_X as usize;
    let group = UNIT_POS_Y as usize * lanes;
    let first = CUBE_POS_X as usize * comptime!(groups * lanes) + group;
    let one = V4::new(1.0);
    let mut shared = Shared::<[V4]>::new_slice(comptime!(groups * lanes * 4 * fours));
    let mut carry = Array::<V4>::new(lanes);
    let mut cell_carry = Array::<V4>::new(lanes);
    #[unroll]
    for i in 0..lanes {
        carry[i] = V4::new(0.0);
        cell_carry[i] = V4::new(0.0);
    }
    for back in 0..steps {
        let t = steps - 1 - back;
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            let row = t * batch + lane;
            let saved = row * comptime!(7 * fours) + unit;
            let cell_before = gates[saved + fours];
            let input = gates[saved + comptime!(2 * fours)];
            let forget = gates[saved + comptime!(3 * fours)];
            let g = gates[saved + comptime!(4 * fours)];
            let output = gates[saved + comptime!(5 * fours)];
            let squashed = gates[saved + comptime!(6 * fours)];
            let dh = carry[i] + gradient[row * fours + unit];
            let of_cell = gradient[(steps * batch + row) * fours + unit];
            let dc = cell_carry[i] + of_cell + dh * output * (one - squashed * squashed);
            let d_i = dc * g * input * (one - input);
            let d_f = dc * cell_before * forget * (one - forget);
            let d_g = dc * input * (one - g * g);
            let d_o = dh * squashed * output * (one - output);
            cell_carry[i] = dc * forget;
            carry[i] = V4::new(0.0);
            let local = (group + i) * comptime!(4 * fours) + unit;
            shared[local] = d_i;
            shared[local + fours] = d_f;
            shared[local + comptime!(2 * fours)] = d_g;
            shared[local + comptime!(3 * fours)] = d_o;
            if first + i < batch {
                let to = row * comptime!(4 * fours) + unit;
                d_gates[to] = d_i;
                d_gates[to + fours] = d_f;
                d_gates[to + comptime!(2 * fours)] = d_g;
                d_gates[to + comptime!(3 * fours)] = d_o;
            }
        }
        sync_cube();
        for at in 0..comptime!(4 * fours) {
            #[unroll]
            for c in 0..4usize {
                let weight = recurrent[(at * 4 + c) * fours + unit];
                #[unroll]
                for i in 0..lanes {
                    let gate = shared[(group + i) * comptime!(4 * fours) + at].extract(c);
                    carry[i] += V4::new(gate) * weight;
                }
            }
        }
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            let kept = V4::new(keep[t * batch + lane]);
            carry[i] *= kept;
            cell_carry[i] *= kept;
        }
        sync_cube();
    }
}

#[derive(Debug)]
struct LstmScanBackward;

impl Backward<CubeBackend, 3> for LstmScanBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let gradients = backward(ops.state.clone(), gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation; `[hidden, cell, keep]` are constants.
pub(super) fn tracked<C: CheckpointStrategy>(
    projected: FloatTensor<Autodiff<CubeBackend, C>>,
    recurrent: FloatTensor<Autodiff<CubeBackend, C>>,
    bias: FloatTensor<Autodiff<CubeBackend, C>>,
    constants: [FloatTensor<Autodiff<CubeBackend, C>>; 3],
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = [projected.node(), recurrent.node(), bias.node()];
    let [hidden, cell, keep] = constants.map(numbers::<C>);
    let [projected, recurrent, bias] = [projected, recurrent, bias].map(numbers::<C>);
    let (out, saved) = forward(Operands { projected, recurrent, bias, hidden, cell, keep });
    match LstmScanBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    }
}
