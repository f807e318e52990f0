//! Rows of item tables: gathered, put back, their gradients summed without atomics, moved in place; shard by shard, each looking for its own.

use burn::tensor::Shape;
use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, owned};
use super::matmul::vector;
use crate::kernel::adam_step::{BETA_1, BETA_2, EPSILON};

/// Which of a table's rows a shard holds.
#[derive(Clone, Copy)]
struct Held {
    first: usize,
    count: usize,
}

impl Held {
    fn of(shard: &Gpu, first: usize) -> Self {
        Self { first, count: shard.meta.shape()[0] }
    }
}

/// Writes those of the rows named that a shard holds, which begins at row `first`. `[N, d]`
pub(super) fn gather(out: &Gpu, shard: Gpu, rows: Gpu, first: usize) {
    let [count, width]: [usize; 2] = out.meta.shape().dims();
    let held = Held::of(&shard, first);
    let lines = vector(width);
    let size = count * width / lines;
    let (cubes, dim) = grid(size);
    // SAFETY: the kernel checks its bounds; rows are the table's.
    unsafe {
        gather_kernel::launch_unchecked(
            &out.client,
            cubes,
            dim,
            lines,
            contiguous(shard).into_buffer_arg(),
            contiguous(rows).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            size,
            held.first,
            held.count,
            width / lines,
        );
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn gather_kernel<N: Size>(
    shard: &[Vector<f32, N>],
    rows: &[f32],
    out: &mut [Vector<f32, N>],
    size: usize,
    first: usize,
    count: usize,
    #[comptime] width: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let row = u32::cast_from(rows[ABSOLUTE_POS / width]) as usize;
    if row >= first && row < first + count {
        out[ABSOLUTE_POS] = shard[(row - first) * width + ABSOLUTE_POS % width];
    }
}

/// Puts numbers in the place of those of the rows named that a shard holds, which begins at row `first`.
pub(super) fn put(shard: Gpu, rows: Gpu, numbers: Gpu, first: usize) -> Gpu {
    let [count, width]: [usize; 2] = numbers.meta.shape().dims();
    let shard = owned(contiguous(shard));
    let held = Held::of(&shard, first);
    let lines = vector(width);
    let size = count * width / lines;
    let (cubes, dim) = grid(size);
    // SAFETY: the kernel checks its bounds; each row is named once.
    unsafe {
        put_kernel::launch_unchecked(
            &shard.client.clone(),
            cubes,
            dim,
            lines,
            contiguous(numbers).into_buffer_arg(),
            contiguous(rows).into_buffer_arg(),
            shard.clone().into_buffer_arg(),
            size,
            held.first,
            held.count,
            width / lines,
        );
    }
    shard
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn put_kernel<N: Size>(
    numbers: &[Vector<f32, N>],
    rows: &[f32],
    shard: &mut [Vector<f32, N>],
    size: usize,
    first: usize,
    count: usize,
    #[comptime] width: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let row = u32::cast_from(rows[ABSOLUTE_POS / width]) as usize;
    if row >= first && row < first + count {
        shard[(row - first) * width + ABSOLUTE_POS % width] = numbers[ABSOLUTE_POS];
    }
}

/// For each of the groups, the sum of its gradients' rows, and of its own row of `first` where there is one. `[U, d]`
pub(super) fn sum(first: Option<Gpu>, offsets: Gpu, order: Gpu, gradients: Gpu, more: Option<Gpu>) -> Gpu {
    let [positions, width]: [usize; 2] = gradients.meta.shape().dims();
    let groups = offsets.meta.num_elements() - 1;
    let out = new(&gradients, [groups, width]);
    let lines = vector(width);
    let size = groups * width / lines;
    let (cubes, dim) = grid(size);
    let present = first.as_ref().map_or(0, |first| first.meta.shape()[0]);
    // SAFETY: the kernel checks its bounds; offsets and order are those of `Groups`.
    unsafe {
        sum_kernel::launch_unchecked(
            &out.client,
            cubes,
            dim,
            lines,
            first.map(contiguous).map(Gpu::into_buffer_arg).into(),
            contiguous(offsets).into_buffer_arg(),
            contiguous(order).into_buffer_arg(),
            contiguous(gradients).into_buffer_arg(),
            more.map(contiguous).map(Gpu::into_buffer_arg).into(),
            out.clone().into_buffer_arg(),
            size,
            present,
            positions,
            width / lines,
        );
    }
    out
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[allow(clippy::needless_range_loop, reason = "kernels have no iterators over buffers")]
#[cube(launch_unchecked)]
fn sum_kernel<N: Size>(
    first: ComptimeOption<&[Vector<f32, N>]>,
    offsets: &[f32],
    order: &[f32],
    gradients: &[Vector<f32, N>],
    more: ComptimeOption<&[Vector<f32, N>]>,
    out: &mut [Vector<f32, N>],
    size: usize,
    present: usize,
    positions: usize,
    #[comptime] width: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let group = ABSOLUTE_POS / width;
    let column = ABSOLUTE_POS % width;
    let mut sum = Vector::<f32, N>::new(0.0);
    #[comptime]
    match &first {
        ComptimeOption::Some(first) => {
            if group < present {
                sum += first[ABSOLUTE_POS];
            }
        }
        ComptimeOption::None => {}
    }
    let start = u32::cast_from(offsets[group]) as usize;
    let end = u32::cast_from(offsets[group + 1]) as usize;
    for at in start..end {
        let row = u32::cast_from(order[at]) as usize;
        #[comptime]
        match &more {
            ComptimeOption::Some(more) => {
                if row < positions {
                    sum += gradients[row * width + column];
                } else {
                    sum += more[(row - positions) * width + column];
                }
            }
            ComptimeOption::None => {
                sum += gradients[row * width + column];
            }
        }
    }
    out[ABSOLUTE_POS] = sum;
}

/// What an Adam step replaces.
pub(super) struct Moving {
    pub(super) weights: Gpu,
    pub(super) first: Gpu,
    pub(super) second: Gpu,
}

/// Moves those of the rows named that a shard holds, which begins at row `start`, or all numbers.
pub(super) fn adam(moving: Moving, rows: Option<Gpu>, start: usize, gradient: Gpu, scalars: Gpu) -> Moving {
    let shape: Shape = gradient.meta.shape().clone();
    let [_, width]: [usize; 2] = shape.dims();
    let lines = vector(width);
    let size = shape.num_elements() / lines;
    let (cubes, dim) = grid(size);
    let [weights, first, second] =
        [moving.weights, moving.first, moving.second].map(|tensor| owned(contiguous(tensor)));
    let held = Held::of(&weights, start);
    // SAFETY: the kernel checks its bounds; each row is named once.
    unsafe {
        adam_kernel::launch_unchecked(
            &weights.client.clone(),
            cubes,
            dim,
            lines,
            weights.clone().into_buffer_arg(),
            first.clone().into_buffer_arg(),
            second.clone().into_buffer_arg(),
            contiguous(gradient).into_buffer_arg(),
            contiguous(scalars).into_buffer_arg(),
            rows.map(contiguous).map(Gpu::into_buffer_arg).into(),
            size,
            held.first,
            held.count,
            width / lines,
        );
    }
    Moving { weights, first, second }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn adam_kernel<N: Size>(
    weights: &mut [Vector<f32, N>],
    first: &mut [Vector<f32, N>],
    second: &mut [Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    scalars: &[f32],
    rows: ComptimeOption<&[f32]>,
    size: usize,
    start: usize,
    count: usize,
    #[comptime] width: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let row = named(&rows, ABSOLUTE_POS / width);
    if row < start || row >= start + count {
        terminate!();
    }
    let at = (row - start) * width + ABSOLUTE_POS % width;
    let g = gradient[ABSOLUTE_POS] * Vector::new(scalars[3]);
    let m = first[at] * Vector::new(BETA_1) + g * Vector::new(comptime!(1.0 - BETA_1));
    let v = second[at] * Vector::new(BETA_2) + g * g * Vector::new(comptime!(1.0 - BETA_2));
    first[at] = m;
    second[at] = v;
    let step = m * Vector::new(scalars[0]) / (Vector::sqrt(v) * Vector::new(scalars[1]) + Vector::new(EPSILON));
    weights[at] = weights[at] * Vector::new(1.0 - scalars[2]) - step;
}

#[cube]
fn named(rows: &ComptimeOption<&[f32]>, at: usize) -> usize {
    #[comptime]
    match rows {
        ComptimeOption::Some(rows) => u32::cast_from(rows[at]) as usize,
        ComptimeOption::None => at,
    }
}
