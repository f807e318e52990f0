//! A sequence model while it trains: one step is a window of all lanes.

use std::sync::Arc;

use burn::tensor::{Device, IndexingUpdateOp, Tensor};

use super::options::SequenceConfig;
use crate::encoder::{Input, State, parameters};
use crate::error::Result;
use crate::kernel::{adam_step, softmax_cross_entropy};
use crate::model::SequenceModel;
use crate::negatives::Sampler;
use crate::rng::{Stream, generator};
use crate::sequences::{Lanes, Sequences, Window};
use crate::table::{Part, RowSet, Table, Upload, Uploaded, random};

/// Negatives of the sampled loss are drawn in proportion to `count^alpha`; `GRU4Rec`'s authors report 0.2 to 0.75 as best.
const ALPHA: f64 = 0.5;

/// The column bias of a candidate that was not drawn as a negative: it takes part only where it is the target.
const NOT_A_NEGATIVE: f32 = -1e9;

/// A sequence model while it trains.
#[derive(Debug)]
pub(super) struct SequenceLearner {
    /// Its settings.
    pub(super) config: SequenceConfig,
    /// The item table.
    pub(super) items: Table,
    /// The encoder's flat weights, `[1, P]`.
    pub(super) dense: Table,
    /// What the lanes carry.
    pub(super) state: State,
    lanes: Lanes,
    sampler: Sampler,
    seed: u64,
    targets_per_epoch: usize,
    candidates: RowSet,
    rows: RowSet,
}

/// Where a step's data lies in its upload.
struct Parts {
    inputs: Part,
    keep: Part,
    sessions: Part,
    weights: Part,
    scalars: Part,
    /// Each target's column among the candidates.
    columns: Part,
    /// `None`: all items are candidates.
    sampled: Option<SampledParts>,
}

struct SampledParts {
    candidates: Part,
    bias: Part,
    /// The distinct items of the step.
    rows: Part,
    input_slots: Part,
    candidate_slots: Part,
}

impl SequenceLearner {
    /// Starts on item vectors, or on random ones. `None` where no session has two items.
    #[must_use]
    pub(super) fn new(
        sequences: &Arc<Sequences>,
        config: SequenceConfig,
        seed: u64,
        vectors: Option<Tensor<2>>,
        device: &Device,
    ) -> Option<Self> {
        let dim = config.encoder.dim;
        let items =
            vectors.unwrap_or_else(|| random(sequences.items, dim, (dim as f32).sqrt().recip(), seed, 0, device));
        let dense = parameters::initialize(&config.encoder.specs(), seed, device);
        Some(Self {
            lanes: Lanes::new(sequences.clone(), config.lanes, seed)?,
            items: Table::new(items),
            dense: Table::new(dense.unsqueeze()),
            state: config.encoder.initial_state(config.lanes, device),
            sampler: Sampler::new(&sequences.counts(), ALPHA),
            seed,
            targets_per_epoch: sequences.targets(),
            candidates: RowSet::new(sequences.items),
            rows: RowSet::new(sequences.items),
            config,
        })
    }

    /// Steps of one pass.
    #[must_use]
    pub(super) fn steps_per_epoch(&self) -> usize {
        self.targets_per_epoch.div_ceil(self.config.steps * self.config.lanes).max(1)
    }

    /// Targets of one pass.
    #[must_use]
    pub(super) fn events(&self) -> usize {
        self.targets_per_epoch
    }

    /// Multiply-adds of one step, about: forward and backward of the products.
    #[must_use]
    pub(super) fn work_per_step(&self) -> f64 {
        let columns = if self.config.negatives == 0 { self.items.weights.dims()[0] } else { self.config.negatives };
        let dense = self.dense.weights.dims()[1];
        (3 * self.config.steps * self.config.lanes) as f64 * (columns * self.config.encoder.dim + dense) as f64
    }

    /// Moves the lanes to where `steps` steps leave them.
    pub(super) fn skip(&mut self, steps: usize) {
        self.lanes.skip(steps, self.config.steps);
    }

    /// The model so far.
    #[must_use]
    pub(super) fn model(&self) -> SequenceModel {
        SequenceModel {
            config: self.config.encoder,
            items: self.items.weights.clone(),
            dense: self.dense.weights.clone(),
        }
    }

    /// Trains step `step`, counted from 0; gives the mean loss per target, `[1]`.
    ///
    /// # Errors
    /// None but those of a broken checkpoint.
    pub(super) fn step(&mut self, step: usize) -> Result<Tensor<1>> {
        let device = self.items.weights.device();
        let window = self.lanes.window(self.config.steps);
        let mut upload = Upload::default();
        let parts = self.fill(&mut upload, &window, step);
        let sent = upload.send(&device);
        self.update(&parts, &sent)
    }

    fn fill(&mut self, upload: &mut Upload, window: &Window, step: usize) -> Parts {
        let size = window.inputs.len();
        let inputs = upload.push_indices(&window.inputs);
        let keep = upload.push(window.starts.iter().map(|&starts| if starts { 0.0 } else { 1.0 }));
        let sessions = upload.push_indices(&window.sessions);
        let weights = upload.push(std::iter::repeat_n(1.0 / size as f32, size));
        let scalars = upload.push(adam_step::scalars(self.config.learning_rate, step + 1));
        if self.config.negatives == 0 {
            let columns = upload.push_indices(&window.targets);
            return Parts { inputs, keep, sessions, weights, scalars, columns, sampled: None };
        }
        let (columns, bias) = self.draw_candidates(window, step);
        self.rows.clear();
        let input_slots: Vec<u32> = window.inputs.iter().map(|&i| self.rows.insert(i)).collect();
        let candidate_slots: Vec<u32> = self.candidates.rows().iter().map(|&c| self.rows.insert(c)).collect();
        let columns = upload.push_indices(&columns);
        let sampled = SampledParts {
            candidates: upload.push_indices(self.candidates.rows()),
            bias: upload.push(bias),
            rows: upload.push_indices(self.rows.rows()),
            input_slots: upload.push_indices(&input_slots),
            candidate_slots: upload.push_indices(&candidate_slots),
        };
        Parts { inputs, keep, sessions, weights, scalars, columns, sampled: Some(sampled) }
    }

    /// The distinct negatives, then the targets that are not among them; each target's column, and each column's logQ correction.
    fn draw_candidates(&mut self, window: &Window, step: usize) -> (Vec<u32>, Vec<f32>) {
        let negatives = self.config.negatives;
        let mut random = generator(self.seed, Stream::Negatives, step as u64);
        self.candidates.clear();
        for _ in 0..negatives {
            self.candidates.insert(self.sampler.draw(&mut random));
        }
        let expected = (negatives as f32).ln();
        let mut bias: Vec<f32> =
            self.candidates.rows().iter().map(|&c| -(expected + self.sampler.log_probability(c))).collect();
        let columns = window.targets.iter().map(|&t| self.candidates.insert(t)).collect();
        bias.resize(self.candidates.rows().len(), NOT_A_NEGATIVE);
        (columns, bias)
    }

    fn update(&mut self, parts: &Parts, sent: &Uploaded) -> Result<Tensor<1>> {
        let SequenceConfig { steps, lanes, encoder: shape, .. } = self.config;
        let table = &self.items.weights;
        // Leaves: the rows that the step reads, and the dense weights.
        let x = leaf(table.clone().select(0, sent.indices(&parts.inputs))); // [T·B, d]
        let candidates = leaf(match &parts.sampled {
            None => table.clone(),
            Some(sampled) => table.clone().select(0, sent.indices(&sampled.candidates)),
        }); // [S, d]
        let size = self.dense.weights.dims()[1];
        let flat = self.dense.weights.clone().reshape([size]);
        let dense: Vec<_> = parameters::split(&flat, &shape.specs()).into_iter().map(leaf).collect();

        let input = Input {
            x: x.clone().reshape([steps, lanes, shape.dim]),
            keep: sent.floats(&parts.keep).reshape([steps, lanes]),
            sessions: sent.floats(&parts.sessions).reshape([steps, lanes]),
        };
        let (hidden, state) = shape.build(dense.clone())?.forward(input, self.state.clone());
        self.state = state;
        let logits = hidden.reshape([steps * lanes, shape.dim]).matmul(candidates.clone().transpose()); // [T·B, S]
        let loss = softmax_cross_entropy::softmax_cross_entropy(softmax_cross_entropy::Input {
            logits,
            targets: sent.floats(&parts.columns),
            weights: sent.floats(&parts.weights),
            bias: parts.sampled.as_ref().map(|sampled| sent.floats(&sampled.bias)),
        });

        let mut gradients = loss.backward();
        let mut of = |leaf: Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
        let (d_x, d_candidates) = (of(x), of(candidates));
        let d_dense = parameters::join(dense.into_iter().map(&mut of).collect());
        drop(flat);
        let scalars = sent.floats(&parts.scalars);
        self.dense.update(d_dense.unsqueeze(), scalars.clone());
        let add = |into: Tensor<2>, slots: &Part, gradient: Tensor<2>| {
            into.select_assign(0, sent.indices(slots), gradient, IndexingUpdateOp::Add)
        };
        match &parts.sampled {
            None => self.items.update(add(d_candidates, &parts.inputs, d_x), scalars),
            Some(sampled) => {
                let zeros = Tensor::zeros([sampled.rows.len(), shape.dim], &d_x.device());
                let gradient = add(add(zeros, &sampled.input_slots, d_x), &sampled.candidate_slots, d_candidates);
                self.items.update_rows(&sent.indices(&sampled.rows), gradient, scalars);
            }
        }
        Ok(loss.inner())
    }
}

fn leaf(tensor: Tensor<2>) -> Tensor<2> {
    tensor.autodiff().require_grad()
}
