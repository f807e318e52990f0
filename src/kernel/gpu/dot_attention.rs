//! Dot-product attention: a unit for each query of a head, which walks the keys that it sees with a running softmax; its numbers stay in
//! registers, and neither scores nor weights are kept.

mod backward;

use cubecl::prelude::*;

pub(in crate::kernel::gpu) use self::backward::tracked;
use super::Gpu;
use super::layout::{contiguous, grid, new};
use super::math::total;
use super::matmul::vector;

/// Numbers kept of each query: the logarithm of its weights' sum, then its gradient's product with its context, then the first and the last
/// position that it sees.
const KEPT: usize = 4;

/// The shape of the attention.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    pub(super) causal: bool,
}

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    stacked: Gpu,
    carried: Option<Gpu>,
    bias: Option<Gpu>,
    contexts: Gpu,
    /// `[B, heads, T, KEPT]`
    kept: Gpu,
    heads: Heads,
}

#[derive(Clone, Copy)]
struct Extent {
    steps: usize,
    batch: usize,
    /// K.
    carried: usize,
    dim: usize,
    heads: usize,
    /// Numbers read at once.
    vector: usize,
}

impl Extent {
    fn of(stacked: &Gpu, carried: Option<&Gpu>, heads: Heads) -> Self {
        let [steps, batch, columns]: [usize; 3] = stacked.meta.shape().dims();
        let dim = columns / 3;
        let carried = carried.map_or(0, |carried| carried.meta.shape()[0]);
        Self { steps, batch, carried, dim, heads: heads.count, vector: vector(dim / heads.count) }
    }

    fn queries(self) -> usize {
        self.steps * self.batch * self.heads
    }

    /// Vectors of a head.
    fn lines(self) -> usize {
        self.dim / self.heads / self.vector
    }

    fn scale(self) -> f32 {
        ((self.dim / self.heads) as f32).sqrt().recip()
    }
}

/// The contexts `[T, B, d]` and what the backward needs.
pub(super) fn forward(
    stacked: Gpu,
    carried: Option<Gpu>,
    sessions: Gpu,
    bias: Option<Gpu>,
    heads: Heads,
) -> (Gpu, Saved) {
    let stacked = contiguous(stacked);
    let (carried, bias) = (carried.map(contiguous), bias.map(contiguous));
    let extent = Extent::of(&stacked, carried.as_ref(), heads);
    let contexts = new(&stacked, [extent.steps, extent.batch, extent.dim]);
    let kept = new(&stacked, [extent.queries(), KEPT]);
    let (cubes, dim) = grid(extent.queries());
    // SAFETY: the kernel checks its bounds.
    unsafe {
        forward_kernel::launch_unchecked(
            &contexts.client,
            cubes,
            dim,
            extent.vector,
            stacked.clone().into_buffer_arg(),
            carried.clone().map(Gpu::into_buffer_arg).into(),
            contiguous(sessions).into_buffer_arg(),
            bias.clone().map(Gpu::into_buffer_arg).into(),
            contexts.clone().into_buffer_arg(),
            kept.clone().into_buffer_arg(),
            extent.steps,
            extent.batch,
            extent.carried,
            extent.heads,
            extent.lines(),
            heads.causal,
            extent.scale(),
        );
    }
    let saved = Saved { stacked, carried, bias, contexts: contexts.clone(), kept, heads };
    (contexts, saved)
}

/// Which lane, head and step a unit is for.
#[cube]
fn place(unit: usize, steps: usize, #[comptime] heads: usize) -> (usize, usize, usize) {
    let row = unit / steps;
    (row / heads, row % heads, unit % steps)
}

/// The score of a key.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "a unit's numbers are shared, not copied")]
#[cube]
fn score<N: Size>(
    query: &Array<Vector<f32, N>>,
    rows: &[Vector<f32, N>],
    key: usize,
    added: f32,
    #[comptime] lines: usize,
    scale: f32,
) -> f32 {
    let mut sum = Vector::<f32, N>::new(0.0);
    #[unroll]
    for i in 0..lines {
        sum += query[i] * rows[key + i];
    }
    total(sum) * scale + added
}

#[cube]
fn added(bias: &ComptimeOption<&[f32]>, at: usize) -> f32 {
    #[comptime]
    match bias {
        ComptimeOption::Some(bias) => bias[at],
        ComptimeOption::None => f32::new(0.0),
    }
}

#[cube]
fn read<N: Size>(from: &[Vector<f32, N>], start: usize, #[comptime] lines: usize) -> Array<Vector<f32, N>> {
    let mut numbers = Array::<Vector<f32, N>>::new(lines);
    #[unroll]
    for i in 0..lines {
        numbers[i] = from[start + i];
    }
    numbers
}

#[cube]
fn zeros<N: Size>(#[comptime] lines: usize) -> Array<Vector<f32, N>> {
    let mut numbers = Array::<Vector<f32, N>>::new(lines);
    #[unroll]
    for i in 0..lines {
        numbers[i] = Vector::new(0.0);
    }
    numbers
}

/// Takes a key with its value into the running softmax, whose peak and sum are `run`.
#[cube]
fn take<N: Size>(
    score: f32,
    rows: &[Vector<f32, N>],
    value: usize,
    run: &mut Array<f32>,
    context: &mut Array<Vector<f32, N>>,
    #[comptime] lines: usize,
) {
    let peak = select(score > run[0], score, run[0]);
    let shrink = f32::exp(run[0] - peak);
    let weight = f32::exp(score - peak);
    run[0] = peak;
    run[1] = run[1] * shrink + weight;
    #[unroll]
    for i in 0..lines {
        context[i] = context[i] * Vector::new(shrink) + rows[value + i] * Vector::new(weight);
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn forward_kernel<N: Size>(
    stacked: &[Vector<f32, N>],
    carried: ComptimeOption<&[Vector<f32, N>]>,
    sessions: &[f32],
    bias: ComptimeOption<&[f32]>,
    contexts: &mut [Vector<f32, N>],
    kept: &mut [f32],
    steps: usize,
    batch: usize,
    before: usize,
    #[comptime] heads: usize,
    #[comptime] lines: usize,
    #[comptime] causal: bool,
    scale: f32,
) {
    if ABSOLUTE_POS >= steps * batch * heads {
        terminate!();
    }
    let (lane, head, t) = place(ABSOLUTE_POS, steps, heads);
    let columns = comptime!(heads * lines);
    let positions = before + steps;
    let query = read::<N>(stacked, (t * batch + lane) * comptime!(3 * columns) + head * lines, lines);
    let mut context = zeros::<N>(lines);
    let mut run = Array::<f32>::new(2usize);
    run[0] = f32::new(-1e30);
    run[1] = f32::new(0.0);
    let session = sessions[(before + t) * batch + lane];
    let mut first = before + t;
    let mut last = before + t;
    #[comptime]
    match carried {
        ComptimeOption::Some(carried) => {
            // Causal attention has left the first ones behind.
            let oldest = if comptime!(causal) { t + 1 } else { 0usize.runtime() };
            for position in oldest..before {
                if sessions[position * batch + lane] == session {
                    let key = (position * batch + lane) * comptime!(2 * columns) + head * lines;
                    let more = added(&bias, ABSOLUTE_POS * positions + position);
                    let score = score::<N>(&query, carried, key, more, lines, scale);
                    take::<N>(score, carried, key + columns, &mut run, &mut context, lines);
                    first = select(position < first, position, first);
                }
            }
        }
        ComptimeOption::None => {}
    }
    let oldest =
        if comptime!(causal) { select(before > 0 && t + 1 > before, t + 1 - before, 0) } else { 0usize.runtime() };
    let end = if comptime!(causal) { t + 1 } else { steps };
    for step in oldest..end {
        let position = before + step;
        if sessions[position * batch + lane] == session {
            let key = (step * batch + lane) * comptime!(3 * columns) + columns + head * lines;
            let more = added(&bias, ABSOLUTE_POS * positions + position);
            let score = score::<N>(&query, stacked, key, more, lines, scale);
            take::<N>(score, stacked, key + columns, &mut run, &mut context, lines);
            first = select(position < first, position, first);
            last = select(position > last, position, last);
        }
    }
    let start = (t * batch + lane) * columns + head * lines;
    #[unroll]
    for i in 0..lines {
        contexts[start + i] = context[i] / Vector::new(run[1]);
    }
    kept[ABSOLUTE_POS * KEPT] = run[0] + f32::ln(run[1]);
    kept[ABSOLUTE_POS * KEPT + 2] = f32::cast_from(first);
    kept[ABSOLUTE_POS * KEPT + 3] = f32::cast_from(last);
}
