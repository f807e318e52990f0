//! `GloVe` (Pennington, Socher & Manning, 2014) over sessions of items: vectors whose products tell how often items are seen near each
//! other.
//!
//! ```text
//! J = Σ_ij f(X_ij) ½ (w_i · w̃_j + b_i + b̃_j − log(1 + X_ij))²      f(x) = min(1, (x / x_max)^¾)
//! ```
//!
//! X are the [co-occurrences](super::co_occurrence). Two departures, because the vectors have to rank all items and not only those seen
//! together: the logarithm is shifted by one, as the paper's section 3 considers, so that 0 means "never"; and for each co-occurrence
//! a pair that was never seen is drawn and trained towards that 0, with a small weight (f(0) = 0 in the paper, which leaves such pairs
//! to chance; Shazeer et al., 2016, train them too).

use burn::tensor::{Device, Tensor};
use rand::seq::SliceRandom;

use super::co_occurrence::{Entry, LIMIT, co_occurrences};
use super::{Window, recency_weights, too_little};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::kernel::matmul::product;
use crate::kernel::{rows, weighted_squares};
use crate::negatives::Sampler;
use crate::rng::{Stream, generator};
use crate::sequences::Sequences;
use crate::table::{AdaGradTable, RowSet, Upload, random};

/// The exponent of f, the paper's.
const POWER: f32 = 0.75;

/// Trained vectors.
#[derive(Debug, Clone)]
pub struct Glove {
    /// w, `[n_items, d]`
    pub input: Tensor<2>,
    /// b, `[n_items, 1]`
    pub input_bias: Tensor<2>,
    /// w̃, `[n_items, d]`
    pub output: Tensor<2>,
    /// b̃, `[n_items, 1]`
    pub output_bias: Tensor<2>,
}

impl Glove {
    /// Scores of all items after each context: the recency-weighted mean of the context's w, times each item's w̃. Without b̃, which
    /// says how popular an item is: with it, the ranking was as good on long rating histories and worse on short browsing sessions.
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

    /// One vector per item, w + w̃, as the paper's section 4.2 has it. `[n_items, d]`
    #[must_use]
    pub fn vectors(&self) -> Tensor<2> {
        self.input.clone() + self.output.clone()
    }
}

/// How `GloVe` trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GloveConfig {
    /// Width of the vectors.
    pub dim: usize,
    /// Which items are seen near each other.
    pub window: Window,
    /// Co-occurrences from this count on weigh alike.
    pub x_max: f32,
    /// The weight of a pair that was never seen; 0 trains on none, as the paper does.
    pub unseen: f32,
    /// Items of fewer views are left out; their vectors stay what they were.
    pub min_count: u32,
    /// Passes over the co-occurrences; `None`: at least [`EPOCHS`], more on small data.
    pub epochs: Option<usize>,
    /// `AdaGrad`'s step size.
    pub learning_rate: f32,
}

/// Passes over the co-occurrences.
pub const EPOCHS: usize = 15;
/// Small data gets more passes, so that there are about this many steps …
const STEPS: usize = 1200;
/// … but never more passes than this.
const EPOCHS_AT_MOST: usize = 100;
/// A pass should take at least this many steps: small data gets small ones.
const STEPS_PER_PASS: usize = 24;

/// `GloVe` while it trains.
#[derive(Debug)]
pub struct GloveLearner {
    /// How it trains.
    pub config: GloveConfig,
    /// \[w; b\], `[n_items, d + 1]`.
    pub input: AdaGradTable,
    /// \[w̃; b̃\], `[n_items, d + 1]`.
    pub output: AdaGradTable,
    /// In order of (centre, context).
    entries: Vec<Entry>,
    /// Draws the contexts of unseen pairs, evenly from the items that take part.
    sampler: Sampler,
    /// Entries of one step; the last of a pass may have fewer.
    batch: usize,
    /// The order of the entries in the pass `shuffled`.
    order: Vec<u32>,
    shuffled: Option<usize>,
    events: usize,
    seed: u64,
    input_rows: RowSet,
    output_rows: RowSet,
}

impl GloveLearner {
    /// Starts with w and w̃ random within ± 1/2d (or w given, `[n_items, d]`), as the authors' program does.
    ///
    /// # Errors
    /// [`Error::TooLittle`](crate::error::Error::TooLittle) where no two items are seen near each other.
    pub fn new(
        sequences: &Sequences,
        config: GloveConfig,
        seed: u64,
        start: Option<Tensor<2>>,
        device: &Device,
    ) -> Result<Self> {
        let (items, d) = (sequences.items, config.dim);
        let entries = co_occurrences(sequences, config.window, config.min_count, LIMIT);
        if entries.is_empty() {
            return Err(too_little(config.min_count));
        }
        let mut counts = sequences.counts();
        counts.iter_mut().filter(|count| **count < config.min_count).for_each(|count| *count = 0);
        let fresh = |table| random(items, d + 1, 0.5 / d as f32, seed, table, device);
        let input = start.map(|vectors| Tensor::cat(vec![vectors, Tensor::zeros([items, 1], device)], 1));
        Ok(Self {
            config,
            input: AdaGradTable::new(input.unwrap_or_else(|| fresh(0))),
            output: AdaGradTable::new(fresh(1)),
            sampler: Sampler::new(&counts, 0.0),
            batch: (entries.len() / STEPS_PER_PASS).clamp(64, 4096),
            order: Vec::new(),
            shuffled: None,
            entries,
            events: sequences.events(),
            seed,
            input_rows: RowSet::new(items),
            output_rows: RowSet::new(items),
        })
    }

    /// Steps of one pass.
    #[must_use]
    pub fn steps_per_epoch(&self) -> usize {
        self.entries.len().div_ceil(self.batch)
    }

    /// Passes.
    #[must_use]
    pub fn epochs(&self) -> usize {
        let enough = STEPS.div_ceil(self.steps_per_epoch()).clamp(EPOCHS, EPOCHS_AT_MOST);
        self.config.epochs.unwrap_or(enough)
    }

    /// Events of one pass.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events
    }

    /// The work of one step, in multiply-adds of a sequence model's, by the measure of skip-gram's.
    #[must_use]
    pub fn work_per_step(&self) -> f64 {
        24.0 * (2 * self.batch * 2 * self.config.dim) as f64
    }

    /// The vectors so far.
    #[must_use]
    pub fn model(&self) -> Glove {
        let (input, input_bias) = self.split(&self.input);
        let (output, output_bias) = self.split(&self.output);
        Glove { input, input_bias, output, output_bias }
    }

    fn split(&self, table: &AdaGradTable) -> (Tensor<2>, Tensor<2>) {
        let [items, width] = table.weights.dims();
        let columns = |range| table.weights.clone().slice([0..items, range]);
        (columns(0..self.config.dim), columns(self.config.dim..width))
    }

    /// Trains step `step`, counted from 0; gives the mean loss per co-occurrence, `[1]`.
    pub fn step(&mut self, step: usize) -> Tensor<1> {
        let device = self.input.weights.device();
        let mut batch = self.batch(step);
        let seen = batch.len();
        if self.config.unseen > 0.0 {
            batch.extend(self.unseen(&batch, step));
        }
        self.input_rows.clear();
        self.output_rows.clear();
        let input_slots: Vec<u32> = batch.iter().map(|e| self.input_rows.insert(e.centre)).collect();
        let output_slots: Vec<u32> = batch.iter().map(|e| self.output_rows.insert(e.context)).collect();

        let mut upload = Upload::default();
        let centres = upload.push(batch.iter().map(|e| e.centre as f32));
        let contexts = upload.push(batch.iter().map(|e| e.context as f32));
        let targets = upload.push(batch.iter().map(|e| e.count.ln_1p()));
        let weights = upload.push(batch.iter().map(|e| self.weight(e)));
        let of_inputs = upload.push_groups(self.input_rows.rows().len(), &input_slots);
        let of_outputs = upload.push_groups(self.output_rows.rows().len(), &output_slots);
        let (input_rows, output_rows) =
            (upload.push_indices(self.input_rows.rows()), upload.push_indices(self.output_rows.rows()));
        let sent = upload.send(&device);

        let result = weighted_squares::weighted_squares(weighted_squares::Input {
            centres: rows::gather(self.input.weights.clone(), sent.floats(&centres)),
            contexts: rows::gather(self.output.weights.clone(), sent.floats(&contexts)),
            targets: sent.floats(&targets),
            weights: sent.floats(&weights),
        });
        let d_input = rows::sum(None, sent.groups(&of_inputs), result.centres, None);
        let d_output = rows::sum(None, sent.groups(&of_outputs), result.contexts, None);
        self.input.update_rows(&sent.floats(&input_rows), d_input, self.config.learning_rate);
        self.output.update_rows(&sent.floats(&output_rows), d_output, self.config.learning_rate);
        result.loss / seen as f32
    }

    fn weight(&self, entry: &Entry) -> f32 {
        let GloveConfig { unseen, x_max, .. } = self.config;
        if entry.count == 0.0 { unseen } else { (entry.count / x_max).powf(POWER).min(1.0) }
    }

    /// For each entry its centre with an item that was never seen near it; fewer where the draw was one that was.
    fn unseen(&self, batch: &[Entry], step: usize) -> Vec<Entry> {
        let mut random = generator(self.seed, Stream::Negatives, step as u64);
        let drawn = batch.iter().map(|entry| (entry.centre, self.sampler.draw(&mut random)));
        let known = |pair| self.entries.binary_search_by_key(&pair, |e| (e.centre, e.context)).is_ok();
        drawn.filter(|&pair| !known(pair)).map(|(centre, context)| Entry { centre, context, count: 0.0 }).collect()
    }

    /// A step's entries: each pass goes through all of them, in an order that depends on the seed and the pass alone.
    fn batch(&mut self, step: usize) -> Vec<Entry> {
        let (epoch, place) = (step / self.steps_per_epoch(), step % self.steps_per_epoch());
        if self.shuffled != Some(epoch) {
            self.order = (0..self.entries.len() as u32).collect();
            self.order.shuffle(&mut generator(self.seed, Stream::CoOccurrences, epoch as u64));
            self.shuffled = Some(epoch);
        }
        let end = ((place + 1) * self.batch).min(self.entries.len());
        self.order[place * self.batch..end].iter().map(|&at| self.entries[at as usize]).collect()
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::super::RECENCY;
    use super::*;
    use crate::table::random;

    fn learner(sessions: &[&[u32]], unseen: f32, epochs: Option<usize>) -> GloveLearner {
        let sessions = sessions.iter().map(|s| s.iter().map(|&i| ItemIndex(i)).collect()).collect();
        let window = Window { size: 3, directed: false };
        let config = GloveConfig { dim: 8, window, x_max: 10.0, unseen, min_count: 1, epochs, learning_rate: 0.05 };
        let device = crate::device::cpu().unwrap();
        GloveLearner::new(&Sequences { items: 20, sessions }, config, 3, None, &device).unwrap()
    }

    fn numbers(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn a_pass_sees_every_co_occurrence_once_and_the_next_in_another_order() {
        let session: Vec<u32> = (0..20).collect();
        let mut learner = learner(&[&session], 0.1, None);
        let steps = learner.steps_per_epoch();
        assert!(steps > 1 && !learner.entries.len().is_multiple_of(learner.batch), "the last step is a smaller one");
        let mut passes =
            (0..2).map(|pass| (0..steps).flat_map(|s| learner.batch(pass * steps + s)).collect::<Vec<_>>());
        let (mut first, second) = (passes.next().unwrap(), passes.next().unwrap());
        assert_ne!(first, second);
        first.sort_by_key(|entry| (entry.centre, entry.context));
        assert_eq!(first, learner.entries);
    }

    #[test]
    fn it_fits_the_logarithms_of_the_counts() {
        let mut learner = learner(&[&[0, 1, 2], &[0, 1], &[3, 4], &[3, 4], &[3, 4], &[5, 0]], 0.0, Some(400));
        (0..learner.epochs() * learner.steps_per_epoch()).for_each(|step| drop(learner.step(step)));
        let model = learner.model();
        let product = numbers(model.input.matmul(model.output.transpose()));
        let (b, b_tilde) = (numbers(model.input_bias), numbers(model.output_bias));
        for entry in &learner.entries {
            let (i, j) = (entry.centre as usize, entry.context as usize);
            let fit = product[i * 20 + j] + b[i] + b_tilde[j];
            assert!((fit - entry.count.ln_1p()).abs() < 0.05, "{entry:?}: {fit}");
        }
    }

    #[test]
    fn pairs_never_seen_are_trained_towards_nothing() {
        let mut learner = learner(&[&[0, 1, 0, 1, 0], &[2, 3, 2, 3, 2]], 0.1, Some(400));
        let batch = learner.batch(0);
        let drawn = learner.unseen(&batch, 0);
        assert!(!drawn.is_empty() && drawn.iter().all(|e| e.count == 0.0 && (e.centre < 2) != (e.context < 2)));
        (0..learner.epochs() * learner.steps_per_epoch()).for_each(|step| drop(learner.step(step)));
        let scores = numbers(learner.model().scores(&[&[ItemIndex(0)]]));
        let (b, b_tilde) = (numbers(learner.model().input_bias)[0], numbers(learner.model().output_bias));
        let (seen, unseen) = (scores[1] + b + b_tilde[1], scores[3] + b + b_tilde[3]);
        assert!(seen > 1.5 && unseen.abs() < 0.2, "{seen}, {unseen}");
    }

    #[test]
    fn small_data_gets_more_passes_and_rare_items_stay_what_they_were() {
        let mut small = learner(&[&[0, 1, 2]], 0.1, None);
        assert_eq!((small.steps_per_epoch(), small.epochs()), (1, EPOCHS_AT_MOST));
        let before = random(20, 9, 0.5 / 8.0, 3, 0, &crate::device::cpu().unwrap());
        small.step(0);
        let after = numbers(small.input.weights.clone());
        let before = numbers(before);
        assert_eq!(before[9 * 3..], after[9 * 3..]);
        assert_ne!(before[..9 * 3], after[..9 * 3]);
    }

    #[test]
    fn the_score_is_the_recency_weighted_mean_of_the_products() {
        let device = crate::device::cpu().unwrap();
        let vectors = |table| random(4, 3, 1.0, 1, table, &device);
        let (input, output) = (vectors(0), vectors(1));
        let output_bias = random(4, 1, 1.0, 1, 2, &device);
        let product = numbers(input.clone().matmul(output.clone().transpose()));
        let model = Glove { input, input_bias: Tensor::zeros([4, 1], &device), output, output_bias };
        let context = [ItemIndex(2), ItemIndex(1)];
        let scores = numbers(model.scores(&[&context, &[]]));
        for j in 0..4 {
            let expected = (product[4 + j] + RECENCY * product[8 + j]) / (1.0 + RECENCY);
            assert!((scores[j] - expected).abs() < 1e-5, "{scores:?}");
            assert_eq!(scores[4 + j], 0.0, "an empty context tells nothing");
        }
    }
}
