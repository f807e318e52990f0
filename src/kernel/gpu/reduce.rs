//! Sums, deterministic: every unit adds up its share, a workgroup's shares are added in a fixed tree.

use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, new};
use crate::kernel::view::ALIGNED;

/// Units of a workgroup.
pub(super) const UNITS: usize = 64;
/// Workgroups that share a long sum.
const CUBES: usize = 64;

/// The sum of all numbers. `[1]`
pub(super) fn sum(numbers: Gpu) -> Gpu {
    let out = new(&numbers, [1]);
    let size = numbers.meta.num_elements();
    // SAFETY: units stay within `size`.
    unsafe {
        column_kernel::launch_unchecked(
            &out.client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS as u32),
            contiguous(numbers).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            size,
            1,
        );
    }
    out
}

/// The sum of each column of `[N, M]`. `[M]`
pub(super) fn column_sums(matrix: &Gpu) -> Gpu {
    let [rows, columns]: [usize; 2] = matrix.meta.shape().dims();
    let out = new(matrix, [columns]);
    // SAFETY: as in `sum`.
    unsafe {
        column_kernel::launch_unchecked(
            &out.client,
            CubeCount::Static(columns as u32, 1, 1),
            CubeDim::new_1d(UNITS as u32),
            contiguous(matrix.clone()).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            rows,
            columns,
        );
    }
    out
}

/// `[rate, scale, decay, factor]` for two updates, with the factor that clips both gradients' common norm. `[2, 64]`: the second begins where
/// a binding may.
pub(super) fn clipped_scalars(a: Gpu, b: Gpu, scalars: Gpu, clip: f32) -> Gpu {
    let parts = new(&a, [CUBES]);
    let out = new(&a, [2, ALIGNED]);
    let sizes = [a.meta.num_elements(), b.meta.num_elements()];
    // SAFETY: units stay within the sizes.
    unsafe {
        squares_kernel::launch_unchecked(
            &out.client,
            CubeCount::Static(CUBES as u32, 1, 1),
            CubeDim::new_1d(UNITS as u32),
            contiguous(a).into_buffer_arg(),
            contiguous(b).into_buffer_arg(),
            parts.clone().into_buffer_arg(),
            sizes[0],
            sizes[1],
            CUBES,
        );
        clip_kernel::launch_unchecked(
            &out.client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS as u32),
            parts.into_buffer_arg(),
            contiguous(scalars).into_buffer_arg(),
            out.clone().into_buffer_arg(),
            clip,
            CUBES,
            ALIGNED,
        );
    }
    out
}

/// The sum of what the units of a workgroup hold, in every unit.
#[cube]
pub(super) fn cube_sum(own: f32, shared: &mut Shared<[f32]>) -> f32 {
    let unit = UNIT_POS as usize;
    // What was read last time was read by all.
    sync_cube();
    shared[unit] = own;
    sync_cube();
    #[unroll]
    for halving in 0..comptime!(UNITS.ilog2() as usize) {
        let width = comptime!(UNITS >> (halving + 1));
        if unit < width {
            let other = shared[unit + width];
            shared[unit] += other;
        }
        sync_cube();
    }
    shared[0]
}

/// The largest of what the units of a workgroup hold, in every unit.
#[cube]
pub(super) fn cube_max(own: f32, shared: &mut Shared<[f32]>) -> f32 {
    let unit = UNIT_POS as usize;
    sync_cube();
    shared[unit] = own;
    sync_cube();
    #[unroll]
    for halving in 0..comptime!(UNITS.ilog2() as usize) {
        let width = comptime!(UNITS >> (halving + 1));
        if unit < width {
            let mine = shared[unit];
            let other = shared[unit + width];
            shared[unit] = select(other > mine, other, mine);
        }
        sync_cube();
    }
    shared[0]
}

#[cube(launch_unchecked)]
fn column_kernel(matrix: &[f32], out: &mut [f32], rows: usize, columns: usize) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let column = CUBE_POS_X as usize;
    let mut own = 0.0f32;
    let share = (rows + comptime!(UNITS - 1)) / UNITS;
    for i in 0..share {
        let row = i * UNITS + UNIT_POS as usize;
        if row < rows {
            own += matrix[row * columns + column];
        }
    }
    let sum = cube_sum(own, &mut shared);
    if UNIT_POS == 0 {
        out[column] = sum;
    }
}

#[cube(launch_unchecked)]
fn squares_kernel(a: &[f32], b: &[f32], parts: &mut [f32], of_a: usize, of_b: usize, #[comptime] cubes: usize) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let stride = comptime!(cubes * UNITS);
    let mut own = 0.0f32;
    for i in 0..(of_a + comptime!(cubes * UNITS - 1)) / stride {
        let at = i * stride + ABSOLUTE_POS;
        if at < of_a {
            own += a[at] * a[at];
        }
    }
    for i in 0..(of_b + comptime!(cubes * UNITS - 1)) / stride {
        let at = i * stride + ABSOLUTE_POS;
        if at < of_b {
            own += b[at] * b[at];
        }
    }
    let sum = cube_sum(own, &mut shared);
    if UNIT_POS == 0 {
        parts[CUBE_POS_X as usize] = sum;
    }
}

/// One workgroup, as many units as there are parts.
#[cube(launch_unchecked)]
fn clip_kernel(
    parts: &[f32],
    scalars: &[f32],
    out: &mut [f32],
    clip: f32,
    #[comptime] cubes: usize,
    #[comptime] aligned: usize,
) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    let own = if unit < cubes { parts[unit] } else { f32::new(0.0) };
    let norm = f32::sqrt(cube_sum(own, &mut shared));
    let factor = clip / select(norm > clip, norm, clip);
    if unit < 3 {
        out[unit] = scalars[unit];
        out[aligned + unit] = scalars[3 + unit];
    }
    if unit == 3 {
        out[unit] = factor;
        out[aligned + unit] = factor;
    }
}
