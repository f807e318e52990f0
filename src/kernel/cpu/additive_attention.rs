//! Additive attention without materialising its scores: per query, one pass over the at most K keys of its session.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

use super::{Cpu, numbers, register, tensor};
use homebody_simd::attention::{score, score_gradient, softmax};
use homebody_simd::{axpy, dot};

/// Inputs and weights, for the backward.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    queries: Cpu,
    keys: Cpu,
    values: Cpu,
    scorer: Cpu,
    sessions: Cpu,
    /// `[T, B, K]`; the positions before a session's start hold 0.
    weights: Vec<f32>,
}

/// Sizes that both directions walk by.
#[derive(Clone, Copy)]
struct Extent {
    steps: usize,
    batch: usize,
    width: usize,
    hidden: usize,
    window: usize,
}

impl Extent {
    fn of(queries: &Cpu, values: &Cpu) -> Self {
        let [steps, batch, width] = queries.shape().dims();
        let [positions, _, hidden] = values.shape().dims();
        Self { steps, batch, width, hidden, window: positions - steps }
    }

    /// How many of the K positions that end at step `t` belong to its session: a suffix, as sessions are contiguous.
    fn reach(&self, sessions: &[f32], t: usize, lane: usize) -> usize {
        let own = self.window + t;
        let session = |position: usize| sessions[position * self.batch + lane];
        (0..self.window).take_while(|back| session(own - back) == session(own)).count()
    }
}

/// The contexts `[T, B, H]` and what the backward needs.
pub(super) fn forward(queries: &Cpu, keys: &Cpu, values: &Cpu, scorer: &Cpu, sessions: &Cpu) -> (Cpu, Saved) {
    let extent = Extent::of(queries, values);
    let mut saved = Saved {
        queries: queries.to_contiguous(),
        keys: keys.to_contiguous(),
        values: values.to_contiguous(),
        scorer: scorer.to_contiguous(),
        sessions: sessions.to_contiguous(),
        weights: vec![0.0; extent.steps * extent.batch * extent.window],
    };
    let mut contexts = vec![0.0; extent.steps * extent.batch * extent.hidden];
    let rows = saved.weights.chunks_exact_mut(extent.window).zip(contexts.chunks_exact_mut(extent.hidden));
    for (index, (weights, context)) in rows.enumerate() {
        let (t, lane) = (index / extent.batch, index % extent.batch);
        let reach = extent.reach(numbers(&saved.sessions), t, lane);
        let query = &numbers(&saved.queries)[index * extent.width..][..extent.width];
        let attended = &mut weights[extent.window - reach..];
        for (offset, weight) in attended.iter_mut().enumerate() {
            let position = extent.window + t + 1 - reach + offset;
            let key = &numbers(&saved.keys)[(position * extent.batch + lane) * extent.width..][..extent.width];
            *weight = score(query, key, numbers(&saved.scorer));
        }
        softmax(attended);
        for (offset, &weight) in attended.iter().enumerate() {
            let position = extent.window + t + 1 - reach + offset;
            let value = &numbers(&saved.values)[(position * extent.batch + lane) * extent.hidden..][..extent.hidden];
            axpy(weight, value, context);
        }
    }
    (tensor(contexts, [extent.steps, extent.batch, extent.hidden]), saved)
}

/// Gradients of queries, keys, values and scorer.
fn backward(saved: &Saved, gradient: &Cpu) -> [Cpu; 4] {
    let extent = Extent::of(&saved.queries, &saved.values);
    let Extent { steps, batch, width, hidden, window } = extent;
    let (queries, keys, values) = (numbers(&saved.queries), numbers(&saved.keys), numbers(&saved.values));
    let scorer = numbers(&saved.scorer);
    let gradient = gradient.to_contiguous();
    let mut d_queries = vec![0.0; queries.len()];
    let mut d_keys = vec![0.0; keys.len()];
    let mut d_values = vec![0.0; values.len()];
    let mut d_scorer = vec![0.0; width];
    let mut d_weights = vec![0.0; window];
    for (index, d_context) in numbers(&gradient).chunks_exact(hidden).enumerate() {
        let (t, lane) = (index / batch, index % batch);
        let reach = extent.reach(numbers(&saved.sessions), t, lane);
        let row = |back: usize| (window + t - back) * batch + lane;
        let weight = |back: usize| saved.weights[index * window + window - 1 - back];
        let mut mean = 0.0;
        for (back, d_weight) in d_weights[..reach].iter_mut().enumerate() {
            let at = row(back) * hidden;
            *d_weight = dot(d_context, &values[at..at + hidden]);
            mean += weight(back) * *d_weight;
            axpy(weight(back), d_context, &mut d_values[at..at + hidden]);
        }
        let query = index * width..(index + 1) * width;
        for (back, d_weight) in d_weights[..reach].iter().enumerate() {
            let at = row(back) * width;
            let slope = weight(back) * (d_weight - mean); // through the softmax
            score_gradient(
                slope,
                [&queries[query.clone()], &keys[at..at + width], scorer],
                [&mut d_queries[query.clone()], &mut d_keys[at..at + width], &mut d_scorer],
            );
        }
    }
    [
        tensor(d_queries, [steps, batch, width]),
        tensor(d_keys, [steps + window, batch, width]),
        tensor(d_values, [steps + window, batch, hidden]),
        tensor(d_scorer, [width]),
    ]
}

#[derive(Debug)]
struct AttentionBackward;

impl Backward<Flex, 4> for AttentionBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let gradients = backward(&ops.state, &gradient);
        register(ops, gradients, grads);
    }
}

/// The tracked operation.
pub(super) fn tracked<C: CheckpointStrategy>(
    queries: FloatTensor<Autodiff<Flex, C>>,
    keys: FloatTensor<Autodiff<Flex, C>>,
    values: FloatTensor<Autodiff<Flex, C>>,
    scorer: FloatTensor<Autodiff<Flex, C>>,
    sessions: FloatTensor<Autodiff<Flex, C>>,
) -> FloatTensor<Autodiff<Flex, C>> {
    let nodes = [queries.node(), keys.node(), values.node(), scorer.node()];
    let (contexts, saved) =
        forward(queries.primitive(), keys.primitive(), values.primitive(), scorer.primitive(), sessions.primitive());
    match AttentionBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(saved, contexts),
        OpsKind::UnTracked(prep) => prep.finish(contexts),
    }
}
