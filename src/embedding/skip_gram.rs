//! Skip-gram with negative sampling (Mikolov et al., 2013) over sessions of items (Barkan & Koenigstein, 2016).
//!
//! Each item has an input vector (as a centre) and an output vector (as a context); `input·output` is trained to be high for items
//! viewed within a window of each other.

use std::sync::Arc;

use burn::tensor::{Device, IndexingUpdateOp, Tensor};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;

use crate::catalogue::ItemIndex;
use crate::kernel::{adam_step, negative_sampling};
use crate::negatives::Sampler;
use crate::rng::{Stream, generator};
use crate::sequences::Sequences;
use crate::table::{RowSet, Table, Upload, random};

/// Trained vectors.
#[derive(Debug, Clone)]
pub struct SkipGram {
    /// `[n_items, d]`
    pub input: Tensor<2>,
    /// `[n_items, d]`
    pub output: Tensor<2>,
}

/// How fast the past fades when skip-gram recommends: the view before the last counts this much, the one before it its square.
pub const RECENCY: f32 = 0.7;

impl SkipGram {
    /// Scores of all items after each context: the recency-weighted mean of the context's input vectors, times output vectors.
    ///
    /// # Shapes
    /// Output `[contexts, n_items]`.
    #[must_use]
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Tensor<2> {
        let [items, _] = self.input.dims();
        let device = self.input.device();
        let mut weights = vec![0.0_f32; contexts.len() * items];
        for (row, context) in weights.chunks_exact_mut(items).zip(contexts) {
            let mut weight = 1.0;
            let total: f32 = (1.0 - RECENCY.powi(context.len() as i32)) / (1.0 - RECENCY);
            for item in context.iter().rev() {
                row[item.index()] += weight / total;
                weight *= RECENCY;
            }
        }
        let weights = Tensor::from_data(burn::tensor::TensorData::new(weights, [contexts.len(), items]), &device);
        weights.matmul(self.input.clone()).matmul(self.output.clone().transpose())
    }
}

/// How skip-gram trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkipGramConfig {
    /// Width of the vectors.
    pub dim: usize,
    /// Items at most this far apart in a session are a pair; each centre draws its width from 1 ..= window, as word2vec does.
    pub window: usize,
    /// Negatives per pair.
    pub negatives: usize,
    /// Negatives are drawn in proportion to `count^alpha`.
    pub alpha: f64,
    /// Passes over the sessions.
    pub epochs: usize,
    /// Adam's step size.
    pub learning_rate: f32,
    /// Pairs per step.
    pub pairs: usize,
}

/// Skip-gram while it trains.
#[derive(Debug)]
pub struct SkipGramLearner {
    /// How it trains.
    pub config: SkipGramConfig,
    /// Input vectors.
    pub input: Table,
    /// Output vectors.
    pub output: Table,
    sequences: Arc<Sequences>,
    sampler: Sampler,
    pairs: PairStream,
    steps_per_epoch: usize,
    seed: u64,
    centre_rows: RowSet,
    output_rows: RowSet,
}

impl SkipGramLearner {
    /// Starts with random vectors, as word2vec does: input within ± 1/2d, output zero.
    #[must_use]
    pub fn new(sequences: Arc<Sequences>, config: SkipGramConfig, seed: u64, device: &Device) -> Self {
        let (items, d) = (sequences.items, config.dim);
        let steps_per_epoch = expected_pairs(&sequences, config.window).div_ceil(config.pairs).max(1);
        Self {
            config,
            input: Table::new(random(items, d, 0.5 / d as f32, seed, 0, device)),
            output: Table::new(Tensor::zeros([items, d], device)),
            sampler: Sampler::new(&sequences.counts(), config.alpha),
            pairs: PairStream::new(&sequences, seed),
            steps_per_epoch,
            seed,
            centre_rows: RowSet::new(items),
            output_rows: RowSet::new(items),
            sequences,
        }
    }

    /// Steps that make up one pass, on average (windows are drawn).
    #[must_use]
    pub fn steps_per_epoch(&self) -> usize {
        self.steps_per_epoch
    }

    /// Events of one pass.
    #[must_use]
    pub fn events(&self) -> usize {
        self.sequences.events()
    }

    /// The work of one step, in multiply-adds of a sequence model's: skip-gram's few products per number moved run at about a
    /// quarter of the rate (measured in Chromium on the demo, on the CPU).
    #[must_use]
    pub fn work_per_step(&self) -> f64 {
        24.0 * (self.config.pairs * (1 + self.config.negatives) * self.config.dim) as f64
    }

    /// Moves the pair stream to where `steps` steps leave it.
    pub fn skip(&mut self, steps: usize) {
        for _ in 0..steps {
            self.pairs.take(&self.sequences, self.config.window, self.config.pairs);
        }
    }

    /// The vectors so far.
    #[must_use]
    pub fn model(&self) -> SkipGram {
        SkipGram { input: self.input.weights.clone(), output: self.output.weights.clone() }
    }

    /// Trains step `step`, counted from 0; gives the mean loss per pair, `[1]`.
    pub fn step(&mut self, step: usize) -> Tensor<1> {
        let config = self.config;
        let device = self.input.weights.device();
        let pairs = self.pairs.take(&self.sequences, config.window, config.pairs);
        let width = 1 + config.negatives;
        let mut random = generator(self.seed, Stream::Negatives, step as u64);
        let (outputs, weights) = with_negatives(&pairs, config.negatives, &self.sampler, &mut random);
        self.centre_rows.clear();
        self.output_rows.clear();
        let centre_slots: Vec<u32> = pairs.iter().map(|p| self.centre_rows.insert(p.centre)).collect();
        let output_slots: Vec<u32> = outputs.iter().map(|&o| self.output_rows.insert(o)).collect();

        let mut upload = Upload::default();
        let centres = upload.push(pairs.iter().map(|p| p.centre as f32));
        let outputs = upload.push_indices(&outputs);
        let (centre_slots, output_slots) = (upload.push_indices(&centre_slots), upload.push_indices(&output_slots));
        let (centre_rows, output_rows) =
            (upload.push_indices(self.centre_rows.rows()), upload.push_indices(self.output_rows.rows()));
        let weights = upload.push(weights);
        let scalars = upload.push(adam_step::scalars(self.rate(step), step + 1));
        let sent = upload.send(&device);

        let result = negative_sampling::negative_sampling(negative_sampling::Input {
            centres: self.input.weights.clone().select(0, sent.indices(&centres)),
            outputs: self.output.weights.clone().select(0, sent.indices(&outputs)).reshape([
                pairs.len(),
                width,
                config.dim,
            ]),
            weights: sent.floats(&weights).reshape([pairs.len(), width]),
        });
        let gather = |slots, rows: usize, gradient: Tensor<2>| {
            Tensor::zeros([rows, config.dim], &device).select_assign(0, slots, gradient, IndexingUpdateOp::Add)
        };
        let d_input = gather(sent.indices(&centre_slots), self.centre_rows.rows().len(), result.centres);
        let d_output = gather(
            sent.indices(&output_slots),
            self.output_rows.rows().len(),
            result.outputs.reshape([pairs.len() * width, config.dim]),
        );
        self.input.update_rows(&sent.indices(&centre_rows), d_input, sent.floats(&scalars));
        self.output.update_rows(&sent.indices(&output_rows), d_output, sent.floats(&scalars));
        result.loss / pairs.len() as f32
    }

    /// The learning rate falls linearly to a hundredth, as word2vec's does.
    fn rate(&self, step: usize) -> f32 {
        let left = 1.0 - step as f32 / (self.config.epochs * self.steps_per_epoch) as f32;
        self.config.learning_rate * left.max(0.01)
    }
}

/// A centre and an item seen near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    centre: u32,
    context: u32,
}

/// Each pair's outputs (context, then negatives) and their weights; a negative that is the context is masked.
fn with_negatives(pairs: &[Pair], negatives: usize, sampler: &Sampler, random: &mut Pcg32) -> (Vec<u32>, Vec<f32>) {
    let mut outputs = Vec::with_capacity(pairs.len() * (1 + negatives));
    let mut weights = Vec::with_capacity(outputs.capacity());
    for pair in pairs {
        outputs.push(pair.context);
        weights.push(1.0);
        for _ in 0..negatives {
            let negative = sampler.draw(random);
            outputs.push(negative);
            weights.push(if negative == pair.context { 0.0 } else { 1.0 });
        }
    }
    (outputs, weights)
}

/// Pairs of one pass, on average: a neighbour at distance δ falls inside a drawn window with probability (w − δ + 1) / w.
fn expected_pairs(sequences: &Sequences, window: usize) -> usize {
    let pairs: f64 = sequences
        .sessions
        .iter()
        .flat_map(|session| (1..=window.min(session.len().saturating_sub(1))).map(|d| (session.len() - d, d)))
        .map(|(pairs, distance)| 2.0 * pairs as f64 * (window - distance + 1) as f64 / window as f64)
        .sum();
    pairs.round() as usize
}

/// An endless stream of pairs, session by session, each epoch in its own order.
#[derive(Debug)]
struct PairStream {
    seed: u64,
    epoch: u64,
    order: Vec<u32>,
    next: usize,
    random: Pcg32,
    /// Pairs of the current session that the last step had no room for.
    waiting: Vec<Pair>,
}

impl PairStream {
    fn new(sequences: &Sequences, seed: u64) -> Self {
        let order =
            (0..sequences.sessions.len() as u32).filter(|&s| sequences.sessions[s as usize].len() > 1).collect();
        let random = generator(seed, Stream::Pairs, 0);
        let mut stream = Self { seed, epoch: 0, order, next: 0, random, waiting: Vec::new() };
        stream.shuffle();
        stream
    }

    fn shuffle(&mut self) {
        self.order.sort_unstable();
        self.order.shuffle(&mut generator(self.seed, Stream::Pairs, 1 + 2 * self.epoch));
        self.random = generator(self.seed, Stream::Pairs, 2 + 2 * self.epoch);
        self.next = 0;
    }

    /// Exactly `count` pairs (none where no session has two items).
    fn take(&mut self, sequences: &Sequences, window: usize, count: usize) -> Vec<Pair> {
        let mut pairs = std::mem::take(&mut self.waiting);
        while pairs.len() < count && !self.order.is_empty() {
            if self.next == self.order.len() {
                self.epoch += 1;
                self.shuffle();
            }
            let session = &sequences.sessions[self.order[self.next] as usize];
            self.next += 1;
            self.pairs_of(session, window, &mut pairs);
        }
        self.waiting = pairs.split_off(count.min(pairs.len()));
        pairs
    }

    fn pairs_of(&mut self, session: &[ItemIndex], window: usize, pairs: &mut Vec<Pair>) {
        for (at, centre) in session.iter().enumerate() {
            let reach = self.random.random_range(1..=window as u32) as usize;
            let near = at.saturating_sub(reach)..(at + reach + 1).min(session.len());
            pairs.extend(
                near.filter(|&other| other != at).map(|other| Pair { centre: centre.0, context: session[other].0 }),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(sessions: &[&[u32]]) -> Sequences {
        let sessions = sessions.iter().map(|s| s.iter().map(|&i| ItemIndex(i)).collect()).collect();
        Sequences { items: 10, sessions }
    }

    #[test]
    fn pairs_stay_within_the_window_and_the_session() {
        let data = sequences(&[&[0, 1, 2, 3, 4], &[8, 9]]);
        let mut stream = PairStream::new(&data, 1);
        for pair in stream.take(&data, 2, 500) {
            let far = pair.centre.abs_diff(pair.context);
            assert!((1..=2).contains(&far), "{pair:?}");
        }
    }

    #[test]
    fn the_expected_number_of_pairs_is_what_is_drawn() {
        let data = sequences(&[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3]]);
        let mut stream = PairStream::new(&data, 1);
        let mut drawn = 0;
        while stream.epoch < 200 {
            drawn += stream.take(&data, 5, 1).len();
        }
        let expected = expected_pairs(&data, 5) * 200;
        assert!(drawn.abs_diff(expected) * 50 < expected, "{drawn} against {expected}");
    }

    #[test]
    fn accidental_hits_are_masked() {
        let sampler = Sampler::new(&[1, 1], 1.0);
        let mut random = generator(1, Stream::Negatives, 0);
        let (outputs, weights) = with_negatives(&[Pair { centre: 0, context: 1 }], 50, &sampler, &mut random);
        assert_eq!((outputs[0], weights[0]), (1, 1.0));
        for (output, weight) in outputs.iter().zip(&weights).skip(1) {
            assert_eq!(*weight == 0.0, *output == 1);
        }
    }
}
