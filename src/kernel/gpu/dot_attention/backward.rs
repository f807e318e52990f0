//! The backward walks twice: a unit for each query, and one for each key and value.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::*;

use super::{Extent, Heads, KEPT, Saved, added, forward, place, read, score, zeros};
use crate::kernel::gpu::Gpu;
use crate::kernel::gpu::layout::{contiguous, grid, new, numbers, present, register};
use crate::kernel::gpu::math::total;

/// Gradients of `stacked` and, where there is one, of the bias.
fn backward(saved: &Saved, gradient: Gpu) -> (Gpu, Option<Gpu>) {
    let Saved { stacked, carried, bias, contexts, kept, heads } = saved;
    let extent = Extent::of(stacked, carried.as_ref(), *heads);
    let gradient = contiguous(gradient);
    let d_stacked = new(stacked, stacked.meta.shape().clone());
    let d_bias = bias.as_ref().map(|bias| new(bias, bias.meta.shape().clone()));
    let client = &d_stacked.client;
    let grid = || grid(extent.queries());
    // SAFETY: the kernels check their bounds; queries and keys write columns of their own.
    unsafe {
        products_kernel::launch_unchecked(
            client,
            grid().0,
            grid().1,
            extent.vector,
            contexts.clone().into_buffer_arg(),
            gradient.clone().into_buffer_arg(),
            kept.clone().into_buffer_arg(),
            extent.steps,
            extent.batch,
            extent.heads,
            extent.lines(),
        );
        queries_kernel::launch_unchecked(
            client,
            grid().0,
            grid().1,
            extent.vector,
            stacked.clone().into_buffer_arg(),
            carried.clone().map(Gpu::into_buffer_arg).into(),
            bias.clone().map(Gpu::into_buffer_arg).into(),
            kept.clone().into_buffer_arg(),
            gradient.clone().into_buffer_arg(),
            d_stacked.clone().into_buffer_arg(),
            d_bias.clone().map(Gpu::into_buffer_arg).into(),
            extent.steps,
            extent.batch,
            extent.carried,
            extent.heads,
            extent.lines(),
            extent.scale(),
        );
        keys_kernel::launch_unchecked(
            client,
            grid().0,
            grid().1,
            extent.vector,
            stacked.clone().into_buffer_arg(),
            bias.clone().map(Gpu::into_buffer_arg).into(),
            kept.clone().into_buffer_arg(),
            gradient.into_buffer_arg(),
            d_stacked.clone().into_buffer_arg(),
            extent.steps,
            extent.batch,
            extent.carried,
            extent.heads,
            extent.lines(),
            heads.causal,
            extent.scale(),
        );
    }
    (d_stacked, d_bias)
}

/// Each query's gradient times its context: what the softmax takes off every weight's gradient.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn products_kernel<N: Size>(
    contexts: &[Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    kept: &mut [f32],
    steps: usize,
    batch: usize,
    #[comptime] heads: usize,
    #[comptime] lines: usize,
) {
    if ABSOLUTE_POS >= steps * batch * heads {
        terminate!();
    }
    let (lane, head, t) = place(ABSOLUTE_POS, steps, heads);
    let start = ((t * batch + lane) * heads + head) * lines;
    let mut sum = Vector::<f32, N>::new(0.0);
    #[unroll]
    for i in 0..lines {
        sum += contexts[start + i] * gradient[start + i];
    }
    kept[ABSOLUTE_POS * KEPT + 1] = total(sum);
}

/// The slope of a key's score, which is added, times the key, to the query's gradient.
#[allow(clippy::too_many_arguments, reason = "what a unit holds of its query")]
#[allow(clippy::trivially_copy_pass_by_ref, reason = "a unit's numbers are shared, not copied")]
#[cube]
fn slope<N: Size>(
    score: f32,
    rows: &[Vector<f32, N>],
    key: usize,
    value: usize,
    kept: &[f32],
    gradient: &Array<Vector<f32, N>>,
    d_query: &mut Array<Vector<f32, N>>,
    #[comptime] lines: usize,
) -> f32 {
    let mut product = Vector::<f32, N>::new(0.0);
    #[unroll]
    for i in 0..lines {
        product += gradient[i] * rows[value + i];
    }
    let weight = f32::exp(score - kept[ABSOLUTE_POS * KEPT]);
    let slope = weight * (total(product) - kept[ABSOLUTE_POS * KEPT + 1]);
    #[unroll]
    for i in 0..lines {
        d_query[i] += Vector::new(slope) * rows[key + i];
    }
    slope
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn queries_kernel<N: Size>(
    stacked: &[Vector<f32, N>],
    carried: ComptimeOption<&[Vector<f32, N>]>,
    bias: ComptimeOption<&[f32]>,
    kept: &[f32],
    gradient: &[Vector<f32, N>],
    d_stacked: &mut [Vector<f32, N>],
    mut d_bias: ComptimeOption<&mut [f32]>,
    steps: usize,
    batch: usize,
    before: usize,
    #[comptime] heads: usize,
    #[comptime] lines: usize,
    scale: f32,
) {
    if ABSOLUTE_POS >= steps * batch * heads {
        terminate!();
    }
    let (lane, head, t) = place(ABSOLUTE_POS, steps, heads);
    let columns = comptime!(heads * lines);
    let positions = before + steps;
    let own = (t * batch + lane) * comptime!(3 * columns) + head * lines;
    let query = read::<N>(stacked, own, lines);
    let d_context = read::<N>(gradient, (t * batch + lane) * columns + head * lines, lines);
    let mut d_query = zeros::<N>(lines);
    let first = u32::cast_from(kept[ABSOLUTE_POS * KEPT + 2]) as usize;
    let end = u32::cast_from(kept[ABSOLUTE_POS * KEPT + 3]) as usize + 1;
    #[comptime]
    match &mut d_bias {
        ComptimeOption::Some(d_bias) => {
            for position in 0..positions {
                d_bias[ABSOLUTE_POS * positions + position] = f32::new(0.0);
            }
        }
        ComptimeOption::None => {}
    }
    #[comptime]
    match carried {
        ComptimeOption::Some(carried) => {
            for position in first..before {
                let key = (position * batch + lane) * comptime!(2 * columns) + head * lines;
                let at = ABSOLUTE_POS * positions + position;
                let score = score::<N>(&query, carried, key, added(&bias, at), lines, scale);
                let slope = slope::<N>(score, carried, key, key + columns, kept, &d_context, &mut d_query, lines);
                #[comptime]
                match &mut d_bias {
                    ComptimeOption::Some(d_bias) => d_bias[at] = slope,
                    ComptimeOption::None => {}
                }
            }
        }
        ComptimeOption::None => {}
    }
    for position in select(first > before, first, before)..end {
        let key = ((position - before) * batch + lane) * comptime!(3 * columns) + columns + head * lines;
        let at = ABSOLUTE_POS * positions + position;
        let score = score::<N>(&query, stacked, key, added(&bias, at), lines, scale);
        let slope = slope::<N>(score, stacked, key, key + columns, kept, &d_context, &mut d_query, lines);
        #[comptime]
        match &mut d_bias {
            ComptimeOption::Some(d_bias) => d_bias[at] = slope,
            ComptimeOption::None => {}
        }
    }
    #[unroll]
    for i in 0..lines {
        d_stacked[own + i] = d_query[i] * Vector::new(scale);
    }
}

/// A unit for each key and value of the window's own steps: sums over the queries that see them.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn keys_kernel<N: Size>(
    stacked: &[Vector<f32, N>],
    bias: ComptimeOption<&[f32]>,
    kept: &[f32],
    gradient: &[Vector<f32, N>],
    d_stacked: &mut [Vector<f32, N>],
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
    let (lane, head, step) = place(ABSOLUTE_POS, steps, heads);
    let columns = comptime!(heads * lines);
    let positions = before + steps;
    let position = before + step;
    let own = (step * batch + lane) * comptime!(3 * columns) + columns + head * lines;
    let key = read::<N>(stacked, own, lines);
    let value = read::<N>(stacked, own + columns, lines);
    let mut d_key = zeros::<N>(lines);
    let mut d_value = zeros::<N>(lines);
    let start = if comptime!(causal) { step } else { 0usize.runtime() };
    for t in start..steps {
        let row = ABSOLUTE_POS - step + t;
        let first = u32::cast_from(kept[row * KEPT + 2]) as usize;
        let last = u32::cast_from(kept[row * KEPT + 3]) as usize;
        if first <= position && position <= last {
            let query = (t * batch + lane) * comptime!(3 * columns) + head * lines;
            let context = (t * batch + lane) * columns + head * lines;
            let score = score::<N>(&key, stacked, query, added(&bias, row * positions + position), lines, scale);
            let weight = f32::exp(score - kept[row * KEPT]);
            let mut product = Vector::<f32, N>::new(0.0);
            #[unroll]
            for i in 0..lines {
                let d_context = gradient[context + i];
                product += d_context * value[i];
                d_value[i] += Vector::new(weight) * d_context;
            }
            let slope = weight * (total(product) - kept[row * KEPT + 1]);
            #[unroll]
            for i in 0..lines {
                d_key[i] += Vector::new(slope) * stacked[query + i];
            }
        }
    }
    #[unroll]
    for i in 0..lines {
        d_stacked[own + i] = d_key[i] * Vector::new(scale);
        d_stacked[own + columns + i] = d_value[i];
    }
}

#[derive(Debug)]
struct WithBias;

impl Backward<CubeBackend, 2> for WithBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        if let (d_stacked, Some(d_bias)) = backward(&ops.state, gradient) {
            register(ops, [d_stacked, d_bias], grads);
        }
    }
}

#[derive(Debug)]
struct WithoutBias;

impl Backward<CubeBackend, 1> for WithoutBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<CubeBackend>(&ops.node);
        let (d_stacked, _) = backward(&ops.state, gradient);
        register(ops, [d_stacked], grads);
    }
}

/// The tracked operation; empty tensors stand for absent ones.
pub(in crate::kernel::gpu) fn tracked<C: CheckpointStrategy>(
    stacked: FloatTensor<Autodiff<CubeBackend, C>>,
    carried: FloatTensor<Autodiff<CubeBackend, C>>,
    sessions: FloatTensor<Autodiff<CubeBackend, C>>,
    bias: FloatTensor<Autodiff<CubeBackend, C>>,
    heads: Heads,
) -> FloatTensor<Autodiff<CubeBackend, C>> {
    let nodes = (stacked.node(), bias.node());
    let [stacked, carried, sessions, bias] = [stacked, carried, sessions, bias].map(numbers::<C>);
    let bias = present(bias);
    let has_bias = bias.is_some();
    let (contexts, saved) = forward(stacked, present(carried), sessions, bias, heads);
    if has_bias {
        match WithBias.prepare::<C>([nodes.0, nodes.1]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(saved, contexts),
            OpsKind::UnTracked(prep) => prep.finish(contexts),
        }
    } else {
        match WithoutBias.prepare::<C>([nodes.0]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(saved, contexts),
            OpsKind::UnTracked(prep) => prep.finish(contexts),
        }
    }
}
