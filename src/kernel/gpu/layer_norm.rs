//! Layer normalisation: a unit for each row, without barriers. The gradients of scale and shift are summed in two stages, in one order.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, numbers, part, register, reshaped};
use super::math::total;
use super::matmul::vector;
use super::reduce::column_sums;
use crate::kernel::layer_norm::EPSILON;

/// Rows whose share of the gradients of scale and shift one unit sums.
const CHUNK: usize = 64;

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    x: Gpu,
    weight: Gpu,
    /// Mean and 1/√(var + ε) of each row. `[N, 2]`
    moments: Gpu,
}

/// The normalised rows `[N, d]` and what the backward needs.
pub(super) fn forward(x: Gpu, weight: Gpu, bias: Gpu) -> (Gpu, Saved) {
    let [rows, width]: [usize; 2] = x.meta.shape().dims();
    let [x, weight, bias] = [x, weight, bias].map(contiguous);
    let (out, moments) = (new(&x, [rows, width]), new(&x, [rows, 2]));
    let (cubes, dim) = grid(rows);
    let lines = vector(width);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        forward_kernel::launch_unchecked(
            &out.client,
            cubes,
            dim,
            lines,
            x.clone().into_buffer_arg(),
            weight.clone().into_buffer_arg(),
            bias.into_buffer_arg(),
            out.clone().into_buffer_arg(),
            moments.clone().into_buffer_arg(),
            rows,
            width / lines,
            (width as f32).recip(),
        );
    }
    (out, Saved { x, weight, moments })
}

/// Gradients of rows, scale and shift.
fn backward(saved: &Saved, gradient: Gpu) -> [Gpu; 3] {
    let Saved { x, weight, moments } = saved;
    let [rows, width]: [usize; 2] = x.meta.shape().dims();
    let gradient = contiguous(gradient);
    let d_x = new(x, [rows, width]);
    let chunks = rows.div_ceil(CHUNK);
    let parts = new(x, [chunks, 2 * width]);
    let lines = vector(width);
    let (of_rows, of_parts) = (grid(rows), grid(chunks * width / lines));
    // SAFETY: both kernels check their bounds.
    unsafe {
        rows_kernel::launch_unchecked(
            &d_x.client,
            of_rows.0,
            of_rows.1,
            lines,
            x.clone().into_buffer_arg(),
            weight.clone().into_buffer_arg(),
            moments.clone().into_buffer_arg(),
            gradient.clone().into_buffer_arg(),
            d_x.clone().into_buffer_arg(),
            rows,
            width / lines,
            (width as f32).recip(),
        );
        parts_kernel::launch_unchecked(
            &d_x.client,
            of_parts.0,
            of_parts.1,
            lines,
            x.clone().into_buffer_arg(),
            moments.clone().into_buffer_arg(),
            gradient.into_buffer_arg(),
            parts.clone().into_buffer_arg(),
            rows,
            chunks,
            width / lines,
        );
    }
    let sums = column_sums(&parts);
    let of = |start| reshaped(part(sums.clone(), start, start + width), [1, width]);
    [d_x, of(0), of(width)]
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn forward_kernel<N: Size>(
    x: &[Vector<f32, N>],
    weight: &[Vector<f32, N>],
    bias: &[Vector<f32, N>],
    out: &mut [Vector<f32, N>],
    moments: &mut [f32],
    rows: usize,
    #[comptime] lines: usize,
    share: f32,
) {
    if ABSOLUTE_POS >= rows {
        terminate!();
    }
    let start = ABSOLUTE_POS * lines;
    let mut sum = Vector::<f32, N>::new(0.0);
    for at in 0..lines {
        sum += x[start + at];
    }
    let mean = total(sum) * share;
    let mut squares = Vector::<f32, N>::new(0.0);
    for at in 0..lines {
        let centred = x[start + at] - Vector::new(mean);
        squares += centred * centred;
    }
    let scale = 1.0 / f32::sqrt(total(squares) * share + EPSILON);
    for at in 0..lines {
        out[start + at] = (x[start + at] - Vector::new(mean)) * Vector::new(scale) * weight[at] + bias[at];
    }
    moments[2 * ABSOLUTE_POS] = mean;
    moments[2 * ABSOLUTE_POS + 1] = scale;
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn rows_kernel<N: Size>(
    x: &[Vector<f32, N>],
    weight: &[Vector<f32, N>],
    moments: &[f32],
    gradient: &[Vector<f32, N>],
    d_x: &mut [Vector<f32, N>],
    rows: usize,
    #[comptime] lines: usize,
    share: f32,
) {
    if ABSOLUTE_POS >= rows {
        terminate!();
    }
    let start = ABSOLUTE_POS * lines;
    let mean = Vector::<f32, N>::new(moments[2 * ABSOLUTE_POS]);
    let scale = Vector::<f32, N>::new(moments[2 * ABSOLUTE_POS + 1]);
    let mut along_one = Vector::<f32, N>::new(0.0);
    let mut along_x = Vector::<f32, N>::new(0.0);
    for at in 0..lines {
        let inner = gradient[start + at] * weight[at];
        along_one += inner;
        along_x += inner * (x[start + at] - mean) * scale;
    }
    let along_one = Vector::<f32, N>::new(total(along_one) * share);
    let along_x = Vector::<f32, N>::new(total(along_x) * share);
    for at in 0..lines {
        let normal = (x[start + at] - mean) * scale;
        d_x[start + at] = scale * (gradient[start + at] * weight[at] - along_one - normal * along_x);
    }
}

/// A unit for a few columns of a chunk of rows: its share of the gradients of scale and then, one row of columns further, of shift.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn parts_kernel<N: Size>(
    x: &[Vector<f32, N>],
    moments: &[f32],
    gradient: &[Vector<f32, N>],
    parts: &mut [Vector<f32, N>],
    rows: usize,
    chunks: usize,
    #[comptime] lines: usize,
) {
    let chunk = ABSOLUTE_POS / lines;
    let column = ABSOLUTE_POS % lines;
    if chunk >= chunks {
        terminate!();
    }
    let first = chunk * CHUNK;
    let end = select(first + CHUNK < rows, first + CHUNK, rows);
    let mut of_scale = Vector::<f32, N>::new(0.0);
    let mut of_shift = Vector::<f32, N>::new(0.0);
    for row in first..end {
        let at = row * lines + column;
        let normal = (x[at] - Vector::new(moments[2 * row])) * Vector::new(moments[2 * row + 1]);
        of_scale += gradient[at] * normal;
        of_shift += gradient[at];
    }
    parts[chunk * comptime!(2 * lines) + column] = of_scale;
    parts[chunk * comptime!(2 * lines) + lines + column] = of_shift;
}

#[derive(Debug)]
struct LayerNormBackward;

impl Backward<CubeBackend, 3> for LayerNormBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let gradients = backward(&ops.state, gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<CubeBackend, C>>,
    weight: FloatTensor<Autodiff<CubeBackend, C>>,
    bias: FloatTensor<Autodiff<CubeBackend, C>>,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = [x.node(), weight.node(), bias.node()];
    let [x, weight, bias] = [x, weight, bias].map(numbers::<C>);
    let (out, saved) = forward(x, weight, bias);
    match LayerNormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    }
}
