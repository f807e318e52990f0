//! Skip-gram with negative sampling (Mikolov et al., 2013) over sessions of items (Barkan & Koenigstein, 2016).
//!
//! Each item has an input vector (as a centre) and an output vector (as a context); `input·output` is trained to be high for items
//! viewed within a window of each other.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use rand_pcg::Pcg32;

use super::pairs::{Pair, PairStream, keep_probabilities};
use super::{Window, recency_weights, too_little};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::kernel::matmul::product;
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

impl SkipGram {
    /// Scores of all items after each context: the recency-weighted mean of the context's input vectors, times output vectors.
    ///
    /// # Shapes
    /// Output `[contexts, n_items]`.
    #[must_use]
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Tensor<2> {
        let [items, _] = self.input.dims();
        let weights = recency_weights(contexts, items, &self.input.device());
        let means = product(weights, self.input.clone(), [false, false]); // [contexts, d]
        product(means, self.output.clone(), [false, true])
    }
}

/// How skip-gram trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkipGramConfig {
    /// Width of the vectors.
    pub dim: usize,
    /// Which items are a pair; each centre draws its reach from 1 ..= size, as word2vec does.
    pub window: Window,
    /// Negatives per pair.
    pub negatives: usize,
    /// Negatives are drawn in proportion to `count^alpha`.
    pub alpha: f64,
    /// t: items that make up a greater share of all events are thinned; 0 thins none. An item of the share f is kept with probability √(t/f) + t/f, never under 1/20.
    pub subsample: f64,
    /// Items of fewer views are left out; their vectors stay what they were.
    pub min_count: u32,
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
    events: usize,
    sampler: Sampler,
    pairs: PairStream,
    steps_per_epoch: usize,
    seed: u64,
    centre_rows: RowSet,
    output_rows: RowSet,
}

impl SkipGramLearner {
    /// Starts as word2vec does: input vectors random within ± 1/2d (or given, `[n_items, d]`), output vectors zero.
    ///
    /// # Errors
    /// [`Error::TooLittle`](crate::error::Error::TooLittle) where no session has two items that may take part.
    pub fn new(
        sequences: &Arc<Sequences>,
        config: SkipGramConfig,
        seed: u64,
        start: Option<Tensor<2>>,
        device: &Device,
    ) -> Result<Self> {
        let (items, d) = (sequences.items, config.dim);
        let mut counts = sequences.counts();
        let keep = keep_probabilities(&counts, config.subsample, config.min_count);
        counts.iter_mut().zip(&keep).filter(|(_, keep)| **keep == 0.0).for_each(|(count, _)| *count = 0);
        let pairs = PairStream::new(sequences.clone(), config.window, keep, seed)
            .ok_or_else(|| too_little(config.min_count))?;
        Ok(Self {
            config,
            input: Table::new(start.unwrap_or_else(|| random(items, d, 0.5 / d as f32, seed, 0, device))),
            output: Table::new(Tensor::zeros([items, d], device)),
            sampler: Sampler::new(&counts, config.alpha),
            steps_per_epoch: pairs.first_pass().div_ceil(config.pairs).max(1),
            pairs,
            events: sequences.events(),
            seed,
            centre_rows: RowSet::new(items),
            output_rows: RowSet::new(items),
        })
    }

    /// Steps that make up one pass, on average (windows are drawn).
    #[must_use]
    pub fn steps_per_epoch(&self) -> usize {
        self.steps_per_epoch
    }

    /// Events of one pass.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events
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
            self.pairs.take(self.config.pairs);
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
        let pairs = self.pairs.take(config.pairs);
        let mut random = generator(self.seed, Stream::Negatives, step as u64);
        let (outputs, weights) = with_negatives(&pairs, config.negatives, &self.sampler, &mut random);
        self.centre_rows.clear();
        self.output_rows.clear();
        let centre_slots: Vec<u32> = pairs.iter().map(|p| self.centre_rows.insert(p.centre)).collect();
        let output_slots: Vec<u32> = outputs.iter().map(|&o| self.output_rows.insert(o)).collect();

        let mut upload = Upload::default();
        let centres = upload.push(pairs.iter().map(|p| p.centre as f32));
        let outputs = upload.push_indices(&outputs);
        let of_centres = upload.push_groups(self.centre_rows.rows().len(), &centre_slots);
        let of_outputs = upload.push_groups(self.output_rows.rows().len(), &output_slots);
        let (centre_rows, output_rows) =
            (upload.push_indices(self.centre_rows.rows()), upload.push_indices(self.output_rows.rows()));
        let weights = upload.push(weights);
        let scalars = upload.push(adam_step::scalars(self.rate(step), step + 1));
        let sent = upload.send(&device);

        let result = negative_sampling::negative_sampling(negative_sampling::Input {
            tables: [self.input.lend(), self.output.lend()],
            centres: sent.floats(&centres),
            outputs: sent.floats(&outputs),
            weights: sent.floats(&weights),
            by_centre: sent.groups(&of_centres),
            by_output: sent.groups(&of_outputs),
        });
        [self.input.weights, self.output.weights] = result.tables;
        self.input.update_rows(sent.floats(&centre_rows), result.centres, sent.floats(&scalars));
        self.output.update_rows(sent.floats(&output_rows), result.outputs, sent.floats(&scalars));
        result.loss / pairs.len() as f32
    }

    /// The learning rate falls linearly to a hundredth, as word2vec's does.
    fn rate(&self, step: usize) -> f32 {
        let left = 1.0 - step as f32 / (self.config.epochs * self.steps_per_epoch) as f32;
        self.config.learning_rate * left.max(0.01)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
