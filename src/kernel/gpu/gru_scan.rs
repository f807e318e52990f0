//! GRU scan: all steps in one dispatch, forward and backward. A unit holds four hidden units of a few lanes in registers; the state, of
//! which every unit needs all, passes through workgroup memory.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::layout::{Scan, contiguous, new, numbers, register, reshaped, transposed};
use super::math::{sigmoid, tanh};
use super::matmul::weight_gradients;
use super::{Gpu, V4};

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// h⁻, r, z, n and `U_n h⁻ + b_n` of each step. `[T·B, 5H]`
    gates: Gpu,
    recurrent: Gpu,
    keep: Gpu,
}

/// The states `[T, B, H]` and what the backward needs.
pub(super) fn forward(projected: Gpu, recurrent: Gpu, bias: Gpu, carried: Gpu, keep: Gpu) -> (Gpu, Saved) {
    let [steps, batch, rows]: [usize; 3] = projected.meta.shape().dims();
    let scan = Scan::new(rows / 3, batch, 1);
    let states = new(&projected, [steps, batch, scan.hidden]);
    let gates = new(&projected, [steps * batch, 5 * scan.hidden]);
    let keep = contiguous(keep);
    // SAFETY: lanes past the last are read from it and not written; `Scan` covers all hidden units.
    unsafe {
        forward_kernel::launch_unchecked(
            &states.client,
            scan.count(),
            scan.dim(),
            contiguous(projected).into_buffer_arg(),
            transposed(recurrent.clone()).into_buffer_arg(),
            contiguous(bias).into_buffer_arg(),
            contiguous(carried).into_buffer_arg(),
            keep.clone().into_buffer_arg(),
            states.clone().into_buffer_arg(),
            gates.clone().into_buffer_arg(),
            steps,
            batch,
            scan.hidden / 4,
            scan.groups,
            scan.lanes,
        );
    }
    (states, Saved { gates, recurrent, keep })
}

/// Gradients of `projected`, `recurrent` and `bias` from that of the states.
fn backward(saved: Saved, gradient: Gpu) -> [Gpu; 3] {
    let [steps, batch, hidden]: [usize; 3] = gradient.meta.shape().dims();
    let scan = Scan::new(hidden, batch, 3);
    let shape = [steps * batch, 3 * hidden];
    let (d_projected, d_recurrent) = (new(&gradient, shape), new(&gradient, shape));
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
            d_projected.clone().into_buffer_arg(),
            d_recurrent.clone().into_buffer_arg(),
            steps,
            batch,
            hidden / 4,
            scan.groups,
            scan.lanes,
        );
    }
    let mut before = saved.gates;
    before.meta.shape[1] = hidden;
    let (d_weights, d_bias) = weight_gradients(&d_recurrent, &before);
    [reshaped(d_projected, [steps, batch, 3 * hidden]), d_weights, d_bias]
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn forward_kernel(
    projected: &[V4],
    recurrent: &[V4],
    bias: &[V4],
    carried: &[V4],
    keep: &[f32],
    states: &mut [V4],
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
    #[unroll]
    for i in 0..lanes {
        let lane = select(first + i < batch, first + i, batch - 1);
        before[i] = carried[lane * fours + unit];
    }
    for t in 0..steps {
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            before[i] *= V4::new(keep[t * batch + lane]);
            shared[(group + i) * fours + unit] = before[i];
        }
        sync_cube();
        let mut sums = Array::<V4>::new(3 * lanes);
        #[unroll]
        for i in 0..lanes {
            #[unroll]
            for gate in 0..3usize {
                sums[gate * lanes + i] = bias[gate * fours + unit];
            }
        }
        for at in 0..fours {
            #[unroll]
            for c in 0..4usize {
                let row = (at * 4 + c) * comptime!(3 * fours) + unit;
                #[unroll]
                for gate in 0..3usize {
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
                let x = row * comptime!(3 * fours) + unit;
                let r = sigmoid(projected[x] + sums[i]);
                let z = sigmoid(projected[x + fours] + sums[comptime!(lanes + i)]);
                let recurrent_n = sums[comptime!(2 * lanes + i)];
                let n = tanh(projected[x + comptime!(2 * fours)] + r * recurrent_n);
                let saved = row * comptime!(5 * fours) + unit;
                gates[saved] = before[i];
                gates[saved + fours] = r;
                gates[saved + comptime!(2 * fours)] = z;
                gates[saved + comptime!(3 * fours)] = n;
                gates[saved + comptime!(4 * fours)] = recurrent_n;
                before[i] = n + z * (before[i] - n);
                states[row * fours + unit] = before[i];
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
    d_projected: &mut [V4],
    d_recurrent: &mut [V4],
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
    let mut shared = Shared::<[V4]>::new_slice(comptime!(groups * lanes * 3 * fours));
    // ∂loss/∂h_t from the steps after t.
    let mut carry = Array::<V4>::new(lanes);
    #[unroll]
    for i in 0..lanes {
        carry[i] = V4::new(0.0);
    }
    for back in 0..steps {
        let t = steps - 1 - back;
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            let row = t * batch + lane;
            let saved = row * comptime!(5 * fours) + unit;
            let before = gates[saved];
            let r = gates[saved + fours];
            let z = gates[saved + comptime!(2 * fours)];
            let n = gates[saved + comptime!(3 * fours)];
            let recurrent_n = gates[saved + comptime!(4 * fours)];
            let dh = carry[i] + gradient[row * fours + unit];
            let d_n = dh * (one - z) * (one - n * n);
            let d_z = dh * (before - n) * z * (one - z);
            let d_r = d_n * recurrent_n * r * (one - r);
            carry[i] = dh * z;
            let local = (group + i) * comptime!(3 * fours) + unit;
            shared[local] = d_r;
            shared[local + fours] = d_z;
            shared[local + comptime!(2 * fours)] = d_n * r;
            if first + i < batch {
                let to = row * comptime!(3 * fours) + unit;
                d_projected[to] = d_r;
                d_projected[to + fours] = d_z;
                d_projected[to + comptime!(2 * fours)] = d_n;
                d_recurrent[to] = d_r;
                d_recurrent[to + fours] = d_z;
                d_recurrent[to + comptime!(2 * fours)] = d_n * r;
            }
        }
        sync_cube();
        for at in 0..comptime!(3 * fours) {
            #[unroll]
            for c in 0..4usize {
                let weight = recurrent[(at * 4 + c) * fours + unit];
                #[unroll]
                for i in 0..lanes {
                    let gate = shared[(group + i) * comptime!(3 * fours) + at].extract(c);
                    carry[i] += V4::new(gate) * weight;
                }
            }
        }
        #[unroll]
        for i in 0..lanes {
            let lane = select(first + i < batch, first + i, batch - 1);
            carry[i] *= V4::new(keep[t * batch + lane]);
        }
        sync_cube();
    }
}

#[derive(Debug)]
struct GruScanBackward;

impl Backward<CubeBackend, 3> for GruScanBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let gradients = backward(ops.state.clone(), gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    projected: FloatTensor<Autodiff<CubeBackend, C>>,
    recurrent: FloatTensor<Autodiff<CubeBackend, C>>,
    bias: FloatTensor<Autodiff<CubeBackend, C>>,
    carried: FloatTensor<Autodiff<CubeBackend, C>>,
    keep: FloatTensor<Autodiff<CubeBackend, C>>,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = [projected.node(), recurrent.node(), bias.node()];
    let [projected, recurrent, bias, carried, keep] = [projected, recurrent, bias, carried, keep].map(numbers::<C>);
    let (states, saved) = forward(projected, recurrent, bias, carried, keep);
    match GruScanBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, states),
        OpsKind::UnTracked(prep) => prep.finish(states),
    }
}
