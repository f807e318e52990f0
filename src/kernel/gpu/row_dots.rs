//! Dot products of rows: a unit for each row, and for each few of its numbers where gradients are made.

use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, owned};
use super::math::total;
use super::matmul::vector;

/// `a_n · b_n`. `[N]`
pub(super) fn row_dots(a: Gpu, b: Gpu) -> Gpu {
    let [rows, width]: [usize; 2] = a.meta.shape().dims();
    let out = new(&a, [rows]);
    let lines = vector(width);
    let (cubes, dim) = grid(rows);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        dots_kernel::launch_unchecked(
            &out.client,
            cubes,
            dim,
            lines,
            contiguous(a).into_buffer_arg(),
            contiguous(b).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            rows,
            width / lines,
        );
    }
    out
}

/// `d_a` with the gradient of `a` added, and that of `b`.
pub(super) fn gradients(a: Gpu, b: Gpu, slopes: Gpu, d_a: Gpu) -> (Gpu, Gpu) {
    let [rows, width]: [usize; 2] = a.meta.shape().dims();
    let d_a = owned(contiguous(d_a));
    let d_b = new(&d_a, [rows, width]);
    let lines = vector(width);
    let size = rows * width / lines;
    let (cubes, dim) = grid(size);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        gradients_kernel::launch_unchecked(
            &d_b.client,
            cubes,
            dim,
            lines,
            contiguous(a).into_buffer_arg(),
            contiguous(b).into_buffer_arg(),
            contiguous(slopes).into_buffer_arg(),
            d_a.clone().into_buffer_arg(),
            d_b.clone().into_buffer_arg(),
            size,
            width / lines,
        );
    }
    (d_a, d_b)
}

#[cube(launch_unchecked)]
fn dots_kernel<N: Size>(
    a: &[Vector<f32, N>],
    b: &[Vector<f32, N>],
    out: &mut [f32],
    rows: usize,
    #[comptime] lines: usize,
) {
    if ABSOLUTE_POS >= rows {
        terminate!();
    }
    let mut sum = Vector::<f32, N>::new(0.0);
    for at in 0..lines {
        sum += a[ABSOLUTE_POS * lines + at] * b[ABSOLUTE_POS * lines + at];
    }
    out[ABSOLUTE_POS] = total(sum);
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn gradients_kernel<N: Size>(
    a: &[Vector<f32, N>],
    b: &[Vector<f32, N>],
    slopes: &[f32],
    d_a: &mut [Vector<f32, N>],
    d_b: &mut [Vector<f32, N>],
    size: usize,
    #[comptime] lines: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let slope = Vector::<f32, N>::new(slopes[ABSOLUTE_POS / lines]);
    d_a[ABSOLUTE_POS] += b[ABSOLUTE_POS] * slope;
    d_b[ABSOLUTE_POS] = a[ABSOLUTE_POS] * slope;
}
