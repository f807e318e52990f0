//! Dot-product attention, a head of a lane at a time: a query meets the keys of its own session alone.

use std::ops::Range;

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::{Cpu, numbers, register, tensor};
use homebody_simd::heads::{add_rows, pick, slopes, spread, transposed, weigh};

/// The shape of the attention.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    pub(super) causal: bool,
}

/// Inputs and weights, for the backward.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    stacked: Cpu,
    carried: Option<Cpu>,
    /// Of each lane and step: the positions that it sees.
    seen: Vec<Range<usize>>,
    /// Of each lane, head and step, one after another: those of the positions seen.
    weights: Vec<f32>,
    biased: bool,
    heads: Heads,
}

/// Sizes that both directions walk by.
#[derive(Clone, Copy)]
struct Extent {
    steps: usize,
    batch: usize,
    /// K.
    carried: usize,
    dim: usize,
    /// Of a head.
    width: usize,
}

impl Extent {
    fn of(stacked: &Cpu, carried: Option<&Cpu>, heads: Heads) -> Self {
        let [steps, batch, columns] = stacked.shape().dims();
        let carried = carried.map_or(0, |carried| carried.shape().dims::<3>()[0]);
        Self { steps, batch, carried, dim: columns / 3, width: columns / 3 / heads.count }
    }

    fn positions(&self) -> usize {
        self.carried + self.steps
    }

    fn scale(&self) -> f32 {
        (self.width as f32).sqrt().recip()
    }

    /// The positions that each lane and step sees: sessions lie one after another.
    fn seen(&self, sessions: &[f32], causal: bool) -> Vec<Range<usize>> {
        let session = |position: usize, lane: usize| sessions[position * self.batch + lane];
        let range = |lane: usize, t: usize| {
            let own = self.carried + t;
            let is_own = |position: &usize| session(*position, lane) == session(own, lane);
            let reach = if causal && self.carried > 0 { own + 1 - self.carried } else { 0 };
            let first = (reach..own).rev().take_while(is_own).last().unwrap_or(own);
            let later = if causal { 0 } else { (own + 1..self.positions()).take_while(is_own).count() };
            first..own + 1 + later
        };
        (0..self.batch).flat_map(|lane| (0..self.steps).map(move |t| range(lane, t))).collect()
    }

    /// Queries, keys or values of a head of a lane, one after another; carried ones first.
    fn rows(&self, which: usize, [stacked, carried]: [&[f32]; 2], lane: usize, head: usize) -> Vec<f32> {
        let before = if which == 0 { 0 } else { self.carried };
        let factor = if which == 0 { self.scale() } else { 1.0 };
        let mut rows = vec![0.0; (before + self.steps) * self.width];
        let (old, own) = rows.split_at_mut(before * self.width);
        if before > 0 {
            let start = (2 * lane + which - 1) * self.dim + head * self.width;
            pick(&carried[start..], 2 * self.batch * self.dim, factor, old, self.width);
        }
        let start = (3 * lane + which) * self.dim + head * self.width;
        pick(&stacked[start..], 3 * self.batch * self.dim, factor, own, self.width);
        rows
    }
}

/// The contexts `[T, B, d]` and what the backward needs.
pub(super) fn forward(
    stacked: &Cpu,
    carried: Option<&Cpu>,
    sessions: &Cpu,
    bias: Option<&Cpu>,
    heads: Heads,
) -> (Cpu, Saved) {
    let extent = Extent::of(stacked, carried, heads);
    let Extent { steps, batch, dim, width, .. } = extent;
    let (stacked, carried) = (stacked.to_contiguous(), carried.map(Cpu::to_contiguous));
    let bias = bias.map(Cpu::to_contiguous);
    let seen = extent.seen(numbers(&sessions.to_contiguous()), heads.causal);
    let sources = [numbers(&stacked), carried.as_ref().map_or(&[][..], numbers)];
    let mut contexts = vec![0.0; steps * batch * dim];
    let mut weights = Vec::new();
    for lane in 0..batch {
        for head in 0..heads.count {
            let [queries, keys, values] = [0, 1, 2].map(|which| extent.rows(which, sources, lane, head));
            let keys = transposed(&keys, width);
            for t in 0..steps {
                let range = seen[lane * steps + t].clone();
                let start = weights.len();
                match &bias {
                    None => weights.resize(start + range.len(), 0.0),
                    Some(bias) => {
                        let row = ((lane * heads.count + head) * steps + t) * extent.positions();
                        weights.extend_from_slice(&numbers(bias)[row + range.start..row + range.end]);
                    }
                }
                let own = &mut weights[start..];
                weigh(&queries[t * width..][..width], &keys, range.start, own);
                let at = (t * batch + lane) * dim + head * width;
                add_rows(own, &values, range.start, &mut contexts[at..at + width]);
            }
        }
    }
    let saved = Saved { seen, weights, biased: bias.is_some(), heads, stacked, carried };
    (tensor(contexts, [steps, batch, dim]), saved)
}

/// Gradients of `stacked` and, where there is one, of the bias.
fn backward(saved: &Saved, gradient: &Cpu) -> (Cpu, Option<Cpu>) {
    let heads = saved.heads;
    let extent = Extent::of(&saved.stacked, saved.carried.as_ref(), heads);
    let Extent { steps, batch, dim, width, .. } = extent;
    let positions = extent.positions();
    let gradient = gradient.to_contiguous();
    let sources = [numbers(&saved.stacked), saved.carried.as_ref().map_or(&[][..], numbers)];
    let mut d_stacked = vec![0.0; steps * batch * 3 * dim];
    let mut d_bias = vec![0.0; if saved.biased { batch * heads.count * steps * positions } else { 0 }];
    let mut of_scores = vec![0.0; positions];
    let mut walked = 0;
    for lane in 0..batch {
        for head in 0..heads.count {
            let [queries, keys, values] = [0, 1, 2].map(|which| extent.rows(which, sources, lane, head));
            let values = transposed(&values, width);
            let [mut d_keys, mut d_values] = [0, 1].map(|_| vec![0.0; positions * width]);
            for t in 0..steps {
                let range = saved.seen[lane * steps + t].clone();
                let weights = &saved.weights[walked..walked + range.len()];
                walked += range.len();
                let of_scores = &mut of_scores[..range.len()];
                let d_context = &numbers(&gradient)[(t * batch + lane) * dim + head * width..][..width];
                slopes(weights, d_context, &values, range.start, of_scores);
                if saved.biased {
                    let row = ((lane * heads.count + head) * steps + t) * positions;
                    d_bias[row + range.start..row + range.end].copy_from_slice(of_scores);
                }
                let at = (t * batch + lane) * 3 * dim + head * width;
                let d_query = &mut d_stacked[at..at + width];
                add_rows(of_scores, &keys, range.start, d_query);
                homebody_simd::scale(d_query, extent.scale());
                // The queries are scaled already.
                spread(of_scores, &queries[t * width..][..width], range.start, &mut d_keys);
                spread(weights, d_context, range.start, &mut d_values);
            }
            for t in 0..steps {
                let row = (extent.carried + t) * width;
                for (which, d_rows) in [(1, &d_keys), (2, &d_values)] {
                    let at = (3 * (t * batch + lane) + which) * dim + head * width;
                    d_stacked[at..at + width].copy_from_slice(&d_rows[row..row + width]);
                }
            }
        }
    }
    let d_bias = saved.biased.then(|| tensor(d_bias, [batch, heads.count, steps, positions]));
    (tensor(d_stacked, [steps, batch, 3 * dim]), d_bias)
}

#[derive(Debug)]
struct WithBias;

impl Backward<Flex, 2> for WithBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        if let (d_stacked, Some(d_bias)) = backward(&ops.state, &gradient) {
            register(ops, [d_stacked, d_bias], grads);
        }
    }
}

#[derive(Debug)]
struct WithoutBias;

impl Backward<Flex, 1> for WithoutBias {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let (d_stacked, _) = backward(&ops.state, &gradient);
        register(ops, [d_stacked], grads);
    }
}

/// The tracked operation; empty tensors stand for absent ones.
pub(super) fn tracked<C: CheckpointStrategy>(
    stacked: &FloatTensor<Autodiff<Flex, C>>,
    carried: &FloatTensor<Autodiff<Flex, C>>,
    sessions: &FloatTensor<Autodiff<Flex, C>>,
    bias: &FloatTensor<Autodiff<Flex, C>>,
    heads: Heads,
) -> FloatTensor<Autodiff<Flex, C>> {
    let nodes = (stacked.node(), bias.node());
    let bias = super::present(bias.primitive());
    let carried = super::present(carried.primitive());
    let (contexts, saved) = forward(stacked.primitive(), carried, sessions.primitive(), bias, heads);
    if bias.is_some() {
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
