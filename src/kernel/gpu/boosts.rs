//! Boosts of single logits: a unit for each slot; backward, a unit for each row, then sums of the weights' gradients in two stages.

use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, owned};
use super::reduce::column_sums;
use crate::kernel::boosts::{BUCKETS, Path};

/// Rows whose share of the weights' gradients one unit sums.
const CHUNK: usize = 64;

/// What both directions read.
pub(super) struct Told {
    pub(super) path: Path,
    pub(super) weights: Gpu,
    /// `[N, gates]`
    pub(super) gates: Gpu,
    pub(super) records: Gpu,
    pub(super) slots: usize,
}

impl Told {
    fn contiguous(self) -> Self {
        let Self { path, weights, gates, records, slots } = self;
        Self { path, weights: contiguous(weights), gates: contiguous(gates), records: contiguous(records), slots }
    }

    /// Width of a state.
    fn dim(&self) -> usize {
        let others = match self.path {
            Path::Transitions => 2,
            Path::Copy => BUCKETS + 1,
        };
        (self.weights.meta.num_elements() - others) / self.path.gates()
    }
}

/// Logits and own logits with the boosts.
pub(super) fn add(told: Told, logits: Gpu, own: Option<Gpu>) -> (Gpu, Option<Gpu>) {
    let told = told.contiguous();
    let [rows, columns]: [usize; 2] = logits.meta.shape().dims();
    let logits = owned(contiguous(logits));
    let own = own.map(|own| owned(contiguous(own)));
    let width = told.slots + usize::from(own.is_some());
    let dim = told.dim();
    let (cubes, count) = grid(rows * width);
    // SAFETY: the kernel checks its bounds; a row's slots are at different columns.
    unsafe {
        slots_kernel::launch_unchecked(
            &logits.client.clone(),
            cubes,
            count,
            told.weights.into_buffer_arg(),
            told.gates.into_buffer_arg(),
            told.records.into_buffer_arg(),
            logits.clone().into_buffer_arg(),
            own.clone().map(Gpu::into_buffer_arg).into(),
            rows,
            width,
            columns,
            dim,
            told.path == Path::Copy,
        );
    }
    (logits, own)
}

/// `d_hidden` with the states' gradient added, and the weights'.
pub(super) fn gradients(told: Told, hidden: Gpu, d_logits: Gpu, d_own: Option<Gpu>, d_hidden: Gpu) -> (Gpu, Gpu) {
    let told = told.contiguous();
    let [rows, dim]: [usize; 2] = hidden.meta.shape().dims();
    let columns = d_logits.meta.shape()[1];
    let is_copy = told.path == Path::Copy;
    let d_hidden = owned(contiguous(d_hidden));
    // Of each row: its gates' gradients and, of the copy path, those of the other weights.
    let size = told.weights.meta.num_elements();
    let shares = size - told.path.gates() * dim + usize::from(is_copy);
    let parts = new(&hidden, [rows, shares]);
    let chunks = rows.div_ceil(CHUNK);
    let sums = new(&hidden, [chunks, size]);
    let (of_rows, of_weights) = (grid(rows), grid(chunks * size));
    let width = told.slots + usize::from(d_own.is_some());
    // SAFETY: both kernels check their bounds.
    unsafe {
        rows_kernel::launch_unchecked(
            &sums.client,
            of_rows.0,
            of_rows.1,
            told.weights.into_buffer_arg(),
            told.gates.into_buffer_arg(),
            told.records.into_buffer_arg(),
            contiguous(d_logits).into_buffer_arg(),
            d_own.map(contiguous).map(Gpu::into_buffer_arg).into(),
            d_hidden.clone().into_buffer_arg(),
            parts.clone().into_buffer_arg(),
            rows,
            width,
            told.slots,
            columns,
            dim,
            is_copy,
        );
        weights_kernel::launch_unchecked(
            &sums.client,
            of_weights.0,
            of_weights.1,
            contiguous(hidden).into_buffer_arg(),
            parts.into_buffer_arg(),
            sums.clone().into_buffer_arg(),
            rows,
            chunks,
            size,
            dim,
            shares,
            is_copy,
        );
    }
    (d_hidden, column_sums(&sums))
}

/// log(1 + e^x), without overflow.
#[cube]
fn softplus(x: f32) -> f32 {
    let size = select(x < 0.0, 0.0 - x, x);
    select(x > 0.0, x, 0.0) + f32::ln(1.0 + f32::exp(0.0 - size))
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn slots_kernel(
    weights: &[f32],
    gates: &[f32],
    records: &[f32],
    logits: &mut [f32],
    own: ComptimeOption<&mut [f32]>,
    rows: usize,
    width: usize,
    columns: usize,
    #[comptime] dim: usize,
    #[comptime] is_copy: bool,
) {
    if ABSOLUTE_POS >= rows * width {
        terminate!();
    }
    let row = ABSOLUTE_POS / width;
    let at = ABSOLUTE_POS * comptime!(if is_copy { 5usize } else { 3 });
    let boost = if comptime!(is_copy) {
        let recency = weights[u32::cast_from(records[at + 2]) as usize + dim];
        let frequency = weights[comptime!(dim + BUCKETS)];
        (recency + frequency * records[at + 3] + gates[row]) * records[at + 4]
    } else {
        softplus(gates[2 * row]) * records[at + 1] + softplus(gates[2 * row + 1]) * records[at + 2]
    };
    let beside = if comptime!(is_copy) { records[at + 1] } else { f32::new(0.0) };
    let to = row * columns + u32::cast_from(records[at]) as usize;
    #[comptime]
    match own {
        ComptimeOption::Some(own) => {
            if ABSOLUTE_POS % width == width - 1 {
                own[row] += boost;
            } else {
                logits[to] += boost + beside;
            }
        }
        ComptimeOption::None => {
            logits[to] += boost + beside;
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn rows_kernel(
    weights: &[f32],
    gates: &[f32],
    records: &[f32],
    d_logits: &[f32],
    d_own: ComptimeOption<&[f32]>,
    d_hidden: &mut [f32],
    parts: &mut [f32],
    rows: usize,
    width: usize,
    slots: usize,
    columns: usize,
    #[comptime] dim: usize,
    #[comptime] is_copy: bool,
) {
    if ABSOLUTE_POS >= rows {
        terminate!();
    }
    let row = ABSOLUTE_POS;
    if comptime!(is_copy) {
        let part = row * comptime!(BUCKETS + 2);
        for i in 0..comptime!(BUCKETS + 2) {
            parts[part + i] = f32::new(0.0);
        }
        let mut of_gate = 0.0f32;
        let mut of_frequency = 0.0f32;
        for slot in 0..width {
            let at = (row * width + slot) * 5;
            let slope = slope(d_logits, &d_own, row, slot, slots, columns, records[at]) * records[at + 4];
            let bucket = u32::cast_from(records[at + 2]) as usize;
            of_gate += slope;
            of_frequency += slope * records[at + 3];
            parts[part + 1 + bucket] += slope;
        }
        parts[part] = of_gate;
        parts[part + comptime!(BUCKETS + 1)] = of_frequency;
        for i in 0..dim {
            d_hidden[row * dim + i] += of_gate * weights[i];
        }
    } else {
        let mut first = 0.0f32;
        let mut second = 0.0f32;
        for slot in 0..width {
            let at = (row * width + slot) * 3;
            let slope = slope(d_logits, &d_own, row, slot, slots, columns, records[at]);
            first += slope * records[at + 1];
            second += slope * records[at + 2];
        }
        // Through the softplus.
        first /= 1.0 + f32::exp(0.0 - gates[2 * row]);
        second /= 1.0 + f32::exp(0.0 - gates[2 * row + 1]);
        parts[2 * row] = first;
        parts[2 * row + 1] = second;
        for i in 0..dim {
            d_hidden[row * dim + i] += first * weights[i] + second * weights[dim + i];
        }
    }
}

/// The gradient of what a slot points at.
#[cube]
fn slope(
    d_logits: &[f32],
    d_own: &ComptimeOption<&[f32]>,
    row: usize,
    slot: usize,
    slots: usize,
    columns: usize,
    column: f32,
) -> f32 {
    #[comptime]
    match d_own {
        ComptimeOption::Some(d_own) => {
            let mut slope = d_own[row];
            if slot < slots {
                slope = d_logits[row * columns + u32::cast_from(column) as usize];
            }
            slope
        }
        ComptimeOption::None => d_logits[row * columns + u32::cast_from(column) as usize],
    }
}

/// A unit for a weight and a chunk of rows.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn weights_kernel(
    hidden: &[f32],
    parts: &[f32],
    sums: &mut [f32],
    rows: usize,
    chunks: usize,
    #[comptime] size: usize,
    #[comptime] dim: usize,
    #[comptime] shares: usize,
    #[comptime] is_copy: bool,
) {
    let weight = ABSOLUTE_POS % size;
    let chunk = ABSOLUTE_POS / size;
    if chunk >= chunks {
        terminate!();
    }
    let first = chunk * CHUNK;
    let end = select(first + CHUNK < rows, first + CHUNK, rows);
    let gated = comptime!(if is_copy { dim } else { 2 * dim });
    let mut sum = 0.0f32;
    if weight < gated {
        for row in first..end {
            sum += parts[row * shares + weight / dim] * hidden[row * dim + weight % dim];
        }
    } else {
        let share = weight - gated + comptime!(usize::from(is_copy));
        for row in first..end {
            sum += parts[row * shares + share];
        }
    }
    sums[ABSOLUTE_POS] = sum;
}
