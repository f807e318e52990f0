//! Matrix products without shared memory: each unit computes a tile of the output in registers, from four numbers of k at a time.
//!
//! `CubeCL`'s own product stages tiles in workgroup memory behind barriers: 25 times slower on a rasteriser (950 against 38 ms for
//! `[1280, 64] · [64, 3000]`), where every barrier parks a whole workgroup, and no faster where caches hold the operands.

use cubecl::prelude::*;

use super::layout::{grid, into_rows, new, part, reshaped};
use super::{Gpu, V4};

/// Units of a workgroup, along each axis of the output.
const UNITS: usize = 8;
/// Below this many units a GPU idles: k goes in slices.
const BUSY: usize = 8192;
/// The least k of a slice.
const SLICE: usize = 128;

/// A matrix and whether it is meant transposed.
pub(super) struct Operand(Gpu, bool);

impl Operand {
    pub(super) fn plain(tensor: &Gpu) -> Self {
        Self(into_rows(tensor.clone()), false)
    }

    pub(super) fn transposed(tensor: &Gpu) -> Self {
        Self(into_rows(tensor.clone()), true)
    }

    /// Rows and columns as meant.
    fn dims(&self) -> [usize; 2] {
        let [rows, columns]: [usize; 2] = self.0.meta.shape().dims();
        if self.1 { [columns, rows] } else { [rows, columns] }
    }

    fn stride(&self) -> usize {
        self.0.meta.strides()[0]
    }

    /// Numbers that can be loaded at once.
    fn vector(&self) -> usize {
        let [_, columns]: [usize; 2] = self.0.meta.shape().dims();
        vector(columns).min(vector(self.stride()))
    }
}

/// 4 where rows of this length can be read in fours, else 1.
pub(super) fn vector(length: usize) -> usize {
    if length.is_multiple_of(4) { 4 } else { 1 }
}

/// `a · b (+ bias)`: `[M, K] · [K, N] + [N]`.
pub(super) fn matmul(a: Operand, b: Operand, bias: Option<&Gpu>) -> Gpu {
    let shape = [a.dims()[0], b.dims()[1]];
    reshaped(multiply(a, b, bias, false), shape)
}

/// What a linear layer's gradient `[K, M]` and input `[K, N]` make of its weights and bias: `gradientᵀ · input`, `[M, N]`, and the sums of
/// the gradient's columns, `[M]`.
pub(super) fn weight_gradients(gradient: &Gpu, input: &Gpu) -> (Gpu, Gpu) {
    let (gradient, input) = (Operand::transposed(gradient), Operand::plain(input));
    let [m, n] = [gradient.dims()[0], input.dims()[1]];
    let both = multiply(gradient, input, None, true);
    (reshaped(part(both.clone(), 0, m * n), [m, n]), part(both, m * n, m * n + m))
}

/// The product, flat; then, where they are asked for, the sums of the rows of `a`, which is meant transposed. `[M·N (+ M)]`
fn multiply(a: Operand, b: Operand, bias: Option<&Gpu>, summed: bool) -> Gpu {
    let ([m, k], [_, n]) = (a.dims(), b.dims());
    let tile = |extent: usize| if extent > 4 { 8 } else { 4 };
    let (rows, columns) = (tile(m), tile(n));
    let units = m.div_ceil(rows) * n.div_ceil(columns);
    let slices = if bias.is_some() { 1 } else { (BUSY / units).min(k / SLICE).max(1) };
    let chunk = k.div_ceil(slices).next_multiple_of(4);
    let slices = k.div_ceil(chunk);
    let size = m * n + if summed { m } else { 0 };
    let out = new(&a.0, [slices * size]);
    let (tiles_n, tiles_m) = (n.div_ceil(columns * UNITS), m.div_ceil(rows * UNITS));
    let of_out = if summed { vector(n).min(vector(m)) } else { vector(n) };
    let (client, vectors) = (out.client.clone(), [a.vector(), b.vector(), of_out]);
    let strides = [a.stride(), b.stride()];
    let (a_transposed, b_transposed) = (a.1, b.1);
    // SAFETY: rows and columns past the ends are read from the last one and not written.
    unsafe {
        kernel::launch_unchecked(
            &client,
            CubeCount::Static(tiles_n as u32, tiles_m as u32, slices as u32),
            CubeDim::new_2d(UNITS as u32, UNITS as u32),
            vectors[0],
            vectors[1],
            vectors[2],
            a.0.into_buffer_arg(),
            b.0.into_buffer_arg(),
            match bias {
                None => ComptimeOptionArgs::None,
                Some(bias) => ComptimeOptionArgs::Some(into_rows(bias.clone()).into_buffer_arg()),
            },
            out.clone().into_buffer_arg(),
            m,
            n,
            k,
            strides[0],
            strides[1],
            chunk,
            size,
            a_transposed,
            b_transposed,
            !k.is_multiple_of(4),
            summed,
            rows,
            columns / 4,
        );
    }
    if slices == 1 { out } else { sum_slices(&out, slices) }
}

/// Adds up the products of the slices of k.
fn sum_slices(parts: &Gpu, slices: usize) -> Gpu {
    let size = parts.meta.num_elements() / slices;
    let out = new(parts, [size]);
    let (count, dim) = grid(size);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        sum_kernel::launch_unchecked(
            &parts.client,
            count,
            dim,
            parts.clone().into_buffer_arg(),
            out.clone().into_buffer_arg(),
            size,
            slices,
        );
    }
    out
}

#[cube(launch_unchecked)]
fn sum_kernel(parts: &[f32], out: &mut [f32], size: usize, slices: usize) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let mut sum = 0.0f32;
    for slice in 0..slices {
        sum += parts[slice * size + ABSOLUTE_POS];
    }
    out[ABSOLUTE_POS] = sum;
}

/// Four numbers of the row that begins at `start`, from `column` on; zero past its `columns`, where rows do not come in fours.
#[cube]
fn load<N: Size>(from: &[Vector<f32, N>], start: usize, column: usize, columns: usize) -> V4 {
    let mut loaded = V4::new(0.0);
    let size = N::value().comptime();
    if comptime!(size == 4) {
        let four = from[(start + column) / 4];
        #[unroll]
        for i in 0..4usize {
            loaded.insert(i, four.extract(i));
        }
    } else {
        #[unroll]
        for i in 0..4usize {
            let at = column + i;
            let number = from[start + least(at, columns - 1)].extract(0usize);
            loaded.insert(i, select(at < columns, number, 0.0));
        }
    }
    loaded
}

/// Where to load a tile's four columns: not past the end, where rows come in fours. What is loaded twice is not written.
#[cube]
fn within<N: Size>(column: usize, columns: usize) -> usize {
    let size = N::value().comptime();
    if comptime!(size == 4) { least(column, columns - 4) } else { column }
}

#[cube]
fn least(a: usize, b: usize) -> usize {
    select(a < b, a, b)
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[allow(clippy::collapsible_if, reason = "the outer one is decided when the kernel is made")]
#[allow(clippy::fn_params_excessive_bools, reason = "what is decided when the kernel is made")]
#[allow(clippy::too_many_lines, reason = "one loop over k, whose registers no function can take over")]
#[cube(launch_unchecked)]
fn kernel<L: Size, R: Size, O: Size>(
    a: &[Vector<f32, L>],
    b: &[Vector<f32, R>],
    bias: ComptimeOption<&[f32]>,
    out: &mut [Vector<f32, O>],
    m: usize,
    n: usize,
    k: usize,
    a_stride: usize,
    b_stride: usize,
    chunk: usize,
    slice: usize,
    #[comptime] a_transposed: bool,
    #[comptime] b_transposed: bool,
    #[comptime] ragged: bool,
    #[comptime] summed: bool,
    #[comptime] rows: usize,
    #[comptime] fours: usize,
) {
    let size = O::value().comptime();
    let row = ABSOLUTE_POS_Y as usize * rows;
    let column = ABSOLUTE_POS_X as usize * fours * 4;
    if row >= m || column >= n {
        terminate!();
    }
    let start = CUBE_POS_Z as usize * chunk;
    let end = least(start + chunk, k);
    let mut sums = Array::<V4>::new(rows * fours);
    #[unroll]
    for i in 0..rows * fours {
        sums[i] = V4::new(0.0);
    }
    let mut row_sums = Array::<V4>::new(rows / 4);
    #[unroll]
    for i in 0..rows / 4 {
        row_sums[i] = V4::new(0.0);
    }
    // Where the tile's rows and columns begin, or, transposed, its fours of them.
    let mut left_at = Array::<usize>::new(rows);
    #[unroll]
    for i in 0..rows {
        left_at[i] = if comptime!(a_transposed) {
            within::<L>(row + comptime!(i % (rows / 4) * 4), m)
        } else {
            least(row + i, m - 1) * a_stride
        };
    }
    let mut right_at = Array::<usize>::new(4 * fours);
    #[unroll]
    for j in 0..4 * fours {
        right_at[j] = if comptime!(b_transposed) {
            least(column + j, n - 1) * b_stride
        } else {
            within::<R>(column + comptime!(j % fours * 4), n)
        };
    }
    for step in 0..(end - start).div_ceil(4) {
        let at = start + step * 4;
        // Four k of each row or, transposed, four rows of each k.
        let mut left = Array::<V4>::new(rows);
        #[unroll]
        for i in 0..rows {
            if comptime!(a_transposed) {
                let at = at + comptime!(i / (rows / 4));
                if comptime!(ragged) {
                    let four = load::<L>(a, least(at, k - 1) * a_stride, left_at[i], m);
                    left[i] = select(at < k, four, V4::new(0.0));
                } else {
                    left[i] = load::<L>(a, at * a_stride, left_at[i], m);
                }
            } else {
                left[i] = load::<L>(a, left_at[i], at, k);
            }
        }
        // Four columns of each k.
        let mut right = Array::<V4>::new(4 * fours);
        #[unroll]
        for j in 0..fours {
            if comptime!(b_transposed) {
                let mut of_column = Array::<V4>::new(4usize);
                #[unroll]
                for i in 0..4usize {
                    of_column[i] = load::<R>(b, right_at[comptime!(j * 4 + i)], at, k);
                }
                #[unroll]
                for q in 0..4usize {
                    let mut four = V4::new(0.0);
                    #[unroll]
                    for i in 0..4usize {
                        four.insert(i, of_column[i].extract(q));
                    }
                    right[q * fours + j] = four;
                }
            } else {
                #[unroll]
                for q in 0..4usize {
                    let at = if comptime!(ragged) { least(at + q, k - 1) } else { at + q };
                    right[q * fours + j] = load::<R>(b, at * b_stride, right_at[comptime!(q * fours + j)], n);
                }
            }
        }
        if comptime!(summed) {
            #[unroll]
            for i in 0..rows {
                row_sums[comptime!(i % (rows / 4))] += left[i];
            }
        }
        #[unroll]
        for q in 0..4usize {
            #[unroll]
            for i in 0..rows {
                let of_row = if comptime!(a_transposed) {
                    left[comptime!(q * (rows / 4) + i / 4)].extract(comptime!(i % 4))
                } else {
                    left[i].extract(q)
                };
                #[unroll]
                for j in 0..fours {
                    sums[i * fours + j] += V4::new(of_row) * right[q * fours + j];
                }
            }
        }
    }
    #[unroll]
    for i in 0..rows {
        #[unroll]
        for j in 0..fours {
            if row + i < m {
                let at_column = column + comptime!(j * 4);
                let to = CUBE_POS_Z as usize * slice + (row + i) * n + at_column;
                if comptime!(size == 4) {
                    if at_column < n {
                        let mut four = Vector::<f32, O>::new(0.0);
                        #[unroll]
                        for c in 0..4usize {
                            four.insert(c, biased(&bias, sums[i * fours + j].extract(c), at_column + c));
                        }
                        out[to / 4] = four;
                    }
                } else {
                    #[unroll]
                    for c in 0..4usize {
                        if at_column + c < n {
                            out[to + c] = Vector::new(biased(&bias, sums[i * fours + j].extract(c), at_column + c));
                        }
                    }
                }
            }
        }
    }
    if comptime!(summed) {
        if column == 0 {
            #[unroll]
            for i in 0..rows / 4 {
                let at_row = row + comptime!(i * 4);
                let to = CUBE_POS_Z as usize * slice + m * n + at_row;
                if comptime!(size == 4) {
                    if at_row < m {
                        let mut four = Vector::<f32, O>::new(0.0);
                        #[unroll]
                        for c in 0..4usize {
                            four.insert(c, row_sums[i].extract(c));
                        }
                        out[to / 4] = four;
                    }
                } else {
                    #[unroll]
                    for c in 0..4usize {
                        if at_row + c < m {
                            out[to + c] = Vector::new(row_sums[i].extract(c));
                        }
                    }
                }
            }
        }
    }
}

#[cube]
fn biased(bias: &ComptimeOption<&[f32]>, sum: f32, column: usize) -> f32 {
    #[comptime]
    match bias {
        ComptimeOption::Some(bias) => sum + bias[column],
        ComptimeOption::None => sum,
    }
}
