//! Rotary positions: a unit for each number.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, numbers, register};
use crate::kernel::rotary::{LOG_BASE, Turn};

const FULL_TURN: f32 = std::f32::consts::TAU;

/// Turned forward or, for gradients, backward.
pub(super) fn rotate(x: Gpu, turn: Turn, forward: bool) -> Gpu {
    let [_, batch, columns]: [usize; 3] = x.meta.shape().dims();
    let out = new(&x, x.meta.shape().clone());
    let size = x.meta.num_elements();
    let (cubes, dim) = grid(size);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        kernel::launch_unchecked(
            &out.client,
            cubes,
            dim,
            contiguous(x).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            size,
            batch,
            turn.first as f32,
            columns,
            turn.columns,
            turn.width / 2,
            forward,
        );
    }
    out
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn kernel(
    x: &[f32],
    out: &mut [f32],
    size: usize,
    batch: usize,
    first: f32,
    #[comptime] columns: usize,
    #[comptime] turning: usize,
    #[comptime] half: usize,
    #[comptime] forward: bool,
) {
    let at = ABSOLUTE_POS;
    if at >= size {
        terminate!();
    }
    let column = at % columns;
    if column >= turning {
        out[at] = x[at];
    } else {
        let within = column % comptime!(2 * half);
        let is_real = within < half;
        let pair = select(is_real, within, within - half);
        let position = first + f32::cast_from(at / columns / batch);
        let angle = position * f32::exp(f32::cast_from(pair) * comptime!(-LOG_BASE / half as f32));
        // Some devices' sine is exact within one turn only.
        let angle = angle - f32::floor(angle * comptime!(1.0 / FULL_TURN) + 0.5) * FULL_TURN;
        let turn = if comptime!(forward) { f32::sin(angle) } else { 0.0 - f32::sin(angle) };
        let other = x[select(is_real, at + half, at - half)];
        out[at] = x[at] * f32::cos(angle) + select(is_real, 0.0 - turn, turn) * other;
    }
}

#[derive(Debug)]
struct RotaryBackward;

impl Backward<CubeBackend, 1> for RotaryBackward {
    type State = Turn;

    fn backward(self, ops: Ops<Turn, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let gradients = [rotate(gradient, ops.state, false)];
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<CubeBackend, C>>,
    turn: Turn,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let node = x.node();
    let out = rotate(numbers::<C>(x), turn, true);
    match RotaryBackward.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(turn, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    }
}
