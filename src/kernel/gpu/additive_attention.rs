//! Additive attention: a workgroup for each query. The backward gathers: queries and keys each sum what concerns them, without atomics,
//! and `[T, K, B, A]` is never materialised.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid, new, numbers, register};
use super::math::tanh;
use super::reduce::{UNITS, column_sums, cube_max, cube_sum};

/// The score of a position of another session.
const MASKED: f32 = -1e9;

/// What the backward needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    queries: Gpu,
    keys: Gpu,
    values: Gpu,
    scorer: Gpu,
    /// `[T, B, K]`
    weights: Gpu,
}

#[derive(Clone, Copy)]
struct Extent {
    steps: usize,
    batch: usize,
    /// K.
    window: usize,
    /// A.
    width: usize,
    /// H.
    hidden: usize,
}

impl Extent {
    fn of(queries: &Gpu, values: &Gpu) -> Self {
        let [steps, batch, width]: [usize; 3] = queries.meta.shape().dims();
        let [positions, _, hidden]: [usize; 3] = values.meta.shape().dims();
        Self { steps, batch, window: positions - steps, width, hidden }
    }

    /// A workgroup for each query.
    fn queries(self) -> (CubeCount, CubeDim) {
        (super::layout::spread(self.steps * self.batch), CubeDim::new_1d(UNITS as u32))
    }
}

/// The contexts `[T, B, H]` and what the backward needs.
pub(super) fn forward(queries: Gpu, keys: Gpu, values: Gpu, scorer: Gpu, sessions: Gpu) -> (Gpu, Saved) {
    let [queries, keys, values, scorer] = [queries, keys, values, scorer].map(contiguous);
    let extent = Extent::of(&queries, &values);
    let Extent { steps, batch, window, width, hidden } = extent;
    let (contexts, weights) = (new(&queries, [steps, batch, hidden]), new(&queries, [steps, batch, window]));
    let (count, dim) = extent.queries();
    // SAFETY: units stay within their query's rows.
    unsafe {
        forward_kernel::launch_unchecked(
            &contexts.client,
            count,
            dim,
            queries.clone().into_buffer_arg(),
            keys.clone().into_buffer_arg(),
            values.clone().into_buffer_arg(),
            scorer.clone().into_buffer_arg(),
            contiguous(sessions).into_buffer_arg(),
            contexts.clone().into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            steps * batch,
            batch,
            window,
            width,
            hidden,
        );
    }
    (contexts, Saved { queries, keys, values, scorer, weights })
}

/// Gradients of queries, keys, values and scorer.
fn backward(saved: &Saved, gradient: Gpu) -> [Gpu; 4] {
    let Saved { queries, keys, values, scorer, weights } = saved;
    let extent = Extent::of(queries, values);
    let Extent { steps, batch, window, width, hidden } = extent;
    let gradient = contiguous(gradient);
    let slopes = new(queries, [steps, batch, window]);
    let d_queries = new(queries, [steps, batch, width]);
    let d_scorers = new(queries, [steps * batch, width]);
    let (d_keys, d_values) = (new(keys, [steps + window, batch, width]), new(values, [steps + window, batch, hidden]));
    let (count, dim) = extent.queries();
    let of_queries = grid(steps * batch * width);
    let of_keys = grid((steps + window) * batch * width);
    let of_values = grid((steps + window) * batch * hidden);
    // SAFETY: every kernel checks its bounds or stays within its query's rows.
    unsafe {
        slopes_kernel::launch_unchecked(
            &slopes.client,
            count,
            dim,
            values.clone().into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            gradient.clone().into_buffer_arg(),
            slopes.clone().into_buffer_arg(),
            steps * batch,
            batch,
            window,
            hidden,
        );
        queries_kernel::launch_unchecked(
            &slopes.client,
            of_queries.0,
            of_queries.1,
            queries.clone().into_buffer_arg(),
            keys.clone().into_buffer_arg(),
            scorer.clone().into_buffer_arg(),
            slopes.clone().into_buffer_arg(),
            d_queries.clone().into_buffer_arg(),
            d_scorers.clone().into_buffer_arg(),
            steps * batch * width,
            batch,
            window,
            width,
        );
        keys_kernel::launch_unchecked(
            &slopes.client,
            of_keys.0,
            of_keys.1,
            queries.clone().into_buffer_arg(),
            keys.clone().into_buffer_arg(),
            scorer.clone().into_buffer_arg(),
            slopes.clone().into_buffer_arg(),
            d_keys.clone().into_buffer_arg(),
            steps,
            batch,
            window,
            width,
        );
        values_kernel::launch_unchecked(
            &slopes.client,
            of_values.0,
            of_values.1,
            weights.clone().into_buffer_arg(),
            gradient.into_buffer_arg(),
            d_values.clone().into_buffer_arg(),
            steps,
            batch,
            window,
            hidden,
        );
    }
    let d_scorer = column_sums(&d_scorers);
    [d_queries, d_keys, d_values, d_scorer]
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn forward_kernel(
    queries: &[f32],
    keys: &[f32],
    values: &[f32],
    scorer: &[f32],
    sessions: &[f32],
    contexts: &mut [f32],
    weights: &mut [f32],
    count: usize,
    batch: usize,
    #[comptime] window: usize,
    width: usize,
    hidden: usize,
) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let mut scores = Shared::<[f32]>::new_slice(window);
    let query = CUBE_POS;
    if query >= count {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    // The key row that the window's slot 0 stands for: slot s is `batch` rows further for each step.
    let first = query + batch;
    let own = sessions[query + window * batch];
    let mut peak = f32::new(MASKED);
    for turn in 0..comptime!(window.div_ceil(UNITS)) {
        let slot = turn * UNITS + unit;
        if slot < window {
            let row = first + slot * batch;
            let mut score = f32::new(MASKED);
            if sessions[row] == own {
                score = f32::new(0.0);
                for a in 0..width {
                    score += scorer[a] * tanh1(queries[query * width + a] + keys[row * width + a]);
                }
            }
            scores[slot] = score;
            peak = select(score > peak, score, peak);
        }
    }
    let peak = cube_max(peak, &mut shared);
    let mut total = 0.0f32;
    for turn in 0..comptime!(window.div_ceil(UNITS)) {
        let slot = turn * UNITS + unit;
        if slot < window {
            let e = f32::exp(scores[slot] - peak);
            scores[slot] = e;
            total += e;
        }
    }
    let total = cube_sum(total, &mut shared);
    for turn in 0..comptime!(window.div_ceil(UNITS)) {
        let slot = turn * UNITS + unit;
        if slot < window {
            weights[query * window + slot] = scores[slot] / total;
        }
    }
    for turn in 0..(hidden + comptime!(UNITS - 1)) / UNITS {
        let h = turn * UNITS + unit;
        if h < hidden {
            let mut context = 0.0f32;
            for slot in 0..window {
                context += scores[slot] * values[(first + slot * batch) * hidden + h];
            }
            contexts[query * hidden + h] = context / total;
        }
    }
}

/// ∂loss/∂score of each of a query's slots.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn slopes_kernel(
    values: &[f32],
    weights: &[f32],
    gradient: &[f32],
    slopes: &mut [f32],
    count: usize,
    batch: usize,
    #[comptime] window: usize,
    hidden: usize,
) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let mut products = Shared::<[f32]>::new_slice(window);
    let query = CUBE_POS;
    if query >= count {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let first = query + batch;
    let mut mean = 0.0f32;
    for turn in 0..comptime!(window.div_ceil(UNITS)) {
        let slot = turn * UNITS + unit;
        if slot < window {
            let row = first + slot * batch;
            let mut product = 0.0f32;
            for h in 0..hidden {
                product += gradient[query * hidden + h] * values[row * hidden + h];
            }
            products[slot] = product;
            mean += weights[query * window + slot] * product;
        }
    }
    let mean = cube_sum(mean, &mut shared);
    for turn in 0..comptime!(window.div_ceil(UNITS)) {
        let slot = turn * UNITS + unit;
        if slot < window {
            slopes[query * window + slot] = weights[query * window + slot] * (products[slot] - mean);
        }
    }
}

/// A unit for each number of the queries: its gradient, and its share of the scorer's.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn queries_kernel(
    queries: &[f32],
    keys: &[f32],
    scorer: &[f32],
    slopes: &[f32],
    d_queries: &mut [f32],
    d_scorers: &mut [f32],
    size: usize,
    batch: usize,
    #[comptime] window: usize,
    width: usize,
) {
    if ABSOLUTE_POS >= size {
        terminate!();
    }
    let query = ABSOLUTE_POS / width;
    let a = ABSOLUTE_POS % width;
    let mut d_query = 0.0f32;
    let mut d_scorer = 0.0f32;
    for slot in 0..window {
        let slope = slopes[query * window + slot];
        if slope != 0.0 {
            let activation = tanh1(queries[ABSOLUTE_POS] + keys[(query + (slot + 1) * batch) * width + a]);
            d_query += slope * (1.0 - activation * activation);
            d_scorer += slope * activation;
        }
    }
    d_queries[ABSOLUTE_POS] = d_query * scorer[a];
    d_scorers[ABSOLUTE_POS] = d_scorer;
}

/// A unit for each number of the keys: the sum over the queries that see them.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn keys_kernel(
    queries: &[f32],
    keys: &[f32],
    scorer: &[f32],
    slopes: &[f32],
    d_keys: &mut [f32],
    steps: usize,
    batch: usize,
    #[comptime] window: usize,
    width: usize,
) {
    if ABSOLUTE_POS >= (steps + window) * batch * width {
        terminate!();
    }
    let row = ABSOLUTE_POS / width;
    let a = ABSOLUTE_POS % width;
    let position = row / batch;
    let lane = row % batch;
    let mut sum = 0.0f32;
    for slot in 0..window {
        // Step t sees position t + 1 + slot.
        if position > slot && position <= steps + slot {
            let query = (position - 1 - slot) * batch + lane;
            let slope = slopes[query * window + slot];
            if slope != 0.0 {
                let activation = tanh1(queries[query * width + a] + keys[ABSOLUTE_POS]);
                sum += slope * (1.0 - activation * activation);
            }
        }
    }
    d_keys[ABSOLUTE_POS] = sum * scorer[a];
}

/// A unit for each number of the values: the sum over the queries that see them.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn values_kernel(
    weights: &[f32],
    gradient: &[f32],
    d_values: &mut [f32],
    steps: usize,
    batch: usize,
    #[comptime] window: usize,
    hidden: usize,
) {
    if ABSOLUTE_POS >= (steps + window) * batch * hidden {
        terminate!();
    }
    let row = ABSOLUTE_POS / hidden;
    let h = ABSOLUTE_POS % hidden;
    let position = row / batch;
    let lane = row % batch;
    let mut sum = 0.0f32;
    for slot in 0..window {
        if position > slot && position <= steps + slot {
            let query = (position - 1 - slot) * batch + lane;
            sum += weights[query * window + slot] * gradient[query * hidden + h];
        }
    }
    d_values[ABSOLUTE_POS] = sum;
}

#[cube]
fn tanh1(x: f32) -> f32 {
    tanh(Vector::<f32, Const<1>>::new(x)).extract(0usize)
}

#[derive(Debug)]
struct AttentionBackward;

impl Backward<CubeBackend, 4> for AttentionBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let gradients = backward(&ops.state, gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    queries: FloatTensor<Autodiff<CubeBackend, C>>,
    keys: FloatTensor<Autodiff<CubeBackend, C>>,
    values: FloatTensor<Autodiff<CubeBackend, C>>,
    scorer: FloatTensor<Autodiff<CubeBackend, C>>,
    sessions: FloatTensor<Autodiff<CubeBackend, C>>,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = [queries.node(), keys.node(), values.node(), scorer.node()];
    let [queries, keys, values, scorer, sessions] = [queries, keys, values, scorer, sessions].map(numbers::<C>);
    let (contexts, saved) = forward(queries, keys, values, scorer, sessions);
    match AttentionBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, contexts),
        OpsKind::UnTracked(prep) => prep.finish(contexts),
    }
}
