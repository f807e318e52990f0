//! A sequence model while it trains: one step is a window of all lanes.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::batch::{Batches, HIDDEN_SHARE, Parts, PointerParts};
use super::settings::SequenceConfig;
use super::update::Start;
use crate::catalogue::ItemIndex;
use crate::device::is_gpu;
use crate::encoder::parameters::Spec;
use crate::encoder::{Input, State, parameters};
use crate::error::{Error, Result};
use crate::kernel::boosts::{self, Boosted, Path};
use crate::kernel::join::join;
use crate::kernel::matmul::product;
use crate::kernel::row_dots::{self, row_dots};
use crate::kernel::rows::{self, gather};
use crate::kernel::seed::seed;
use crate::kernel::shards::Shards;
use crate::kernel::view::view;
use crate::kernel::{clip, softmax_cross_entropy};
use crate::loss::{Scored, gbce_power};
use crate::model::{SequenceModel, missing};
use crate::sequences::{Lanes, Moment, Sequences, Transitions};
use crate::table::{Part, Table, Upload, Uploaded, random};

/// Logits that are held at a time: 32 MiB in main memory, 64 MiB on a GPU (half of what WebGPU binds at once by default), where every chunk
/// costs its dispatches. More rows are scored in chunks, so that 100,000 items fit.
const LOGITS: usize = 1 << 23;
const LOGITS_ON_A_GPU: usize = 1 << 24;

/// A sequence model while it trains.
#[derive(Debug)]
pub(super) struct SequenceLearner {
    /// Its settings.
    pub(super) config: SequenceConfig,
    /// The item table.
    pub(super) items: Table,
    /// The flat weights of the encoder and of the paths beside it, `[1, P]`.
    pub(super) dense: Table,
    /// What the lanes carry.
    pub(super) state: State,
    /// The steps between items, where the encoder heeds them: those that its model knows so far.
    pub(super) transitions: Option<Arc<Transitions>>,
    specs: Vec<Spec>,
    batches: Batches,
    targets_per_epoch: usize,
}

/// The rows to score, and what they are scored with: all cut off from the encoder's graph.
struct Scoring<'a> {
    hidden: Tensor<2>,
    candidates: Tensor<2>,
    /// The targets' vectors, where they are no candidates. `[N, d]`
    targets: Option<Tensor<2>>,
    /// The paths' weights.
    paths: Vec<Tensor<1>>,
    parts: &'a Parts,
    sent: &'a Uploaded,
}

/// The loss and its gradients.
struct Scores {
    loss: Tensor<1>,
    hidden: Tensor<2>,
    candidates: Tensor<2>,
    targets: Option<Tensor<2>>,
    paths: Vec<Tensor<1>>,
}

impl SequenceLearner {
    /// Starts on item vectors, or on random ones. `None` where no session has two items.
    #[must_use]
    pub(super) fn new(
        sequences: &Arc<Sequences>,
        config: SequenceConfig,
        seed: u64,
        vectors: Option<Shards>,
        device: &Device,
    ) -> Option<Self> {
        let dim = config.encoder.dim;
        let items =
            vectors.unwrap_or_else(|| random(sequences.items, dim, (dim as f32).sqrt().recip(), seed, 0, device));
        let specs = config.encoder.specs();
        let dense = parameters::initialize(&specs, seed, device);
        let walked = if config.encoder.is_bidirectional() { with_ends(sequences) } else { sequences.clone() };
        let targets_per_epoch = walked.targets();
        let lanes = Lanes::new(walked, config.lanes, seed)?;
        let steps = targets_per_epoch.div_ceil(config.steps * config.lanes).max(1) * config.epochs;
        let count = || Arc::new(Transitions::new(sequences.items, &sequences.sessions));
        let transitions = config.encoder.transitions.then(count);
        Some(Self {
            items: Table::new(items),
            dense: Table::new(dense.unsqueeze::<2>()),
            state: config.encoder.initial_state(config.lanes, device),
            batches: Batches::new(config, seed, lanes, &sequences.counts(), steps).heeding(transitions.clone()),
            transitions,
            specs,
            targets_per_epoch,
            config,
        })
    }

    /// The same with the moments of the sessions' events.
    #[must_use]
    pub(super) fn timed(self, times: Arc<Vec<Vec<Moment>>>) -> Self {
        Self { batches: self.batches.timed(times), ..self }
    }

    /// Takes over a model's encoder, and what it knows of steps between items; `learned` are the sessions that it learns from now.
    pub(super) fn go_on_from(&mut self, start: &Start, learned: &[Vec<ItemIndex>]) {
        let weights = &self.dense.weights;
        self.dense = Table::new(Shards::new(start.dense.to_vec(), weights.dims(), &weights.device()));
        self.transitions.clone_from(&start.transitions);
        self.batches.transitions = start.transitions.as_ref().map(|known| Arc::new(known.and(learned)));
    }

    /// The steps between items that its model knows once it has learned.
    pub(super) fn transitions(&self) -> Option<Arc<Transitions>> {
        self.batches.transitions.clone()
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
        let SequenceConfig { encoder, steps, lanes, negatives, .. } = self.config;
        let columns = if negatives == 0 { self.items.weights.dims()[0] } else { negatives };
        let scoring = columns * encoder.dim / if encoder.is_bidirectional() { HIDDEN_SHARE } else { 1 };
        let encoding = self.dense.weights.dims()[1] + encoder.attention_work(steps);
        (3 * steps * lanes) as f64 * (scoring + encoding) as f64
    }

    /// Moves the lanes to where `steps` steps leave them.
    pub(super) fn skip(&mut self, steps: usize) {
        self.batches.skip(steps);
        if steps > 0 {
            self.transitions = self.transitions();
        }
    }

    /// The model so far.
    #[must_use]
    pub(super) fn model(&self) -> SequenceModel {
        SequenceModel {
            config: self.config.encoder,
            items: self.items.weights.clone(),
            dense: self.dense.weights.whole(),
            transitions: self.transitions.clone(),
        }
    }

    /// Trains step `step`, counted from 0; gives the mean loss per target, `[1]`.
    ///
    /// # Errors
    /// [`Error::Config`] where all of too many items are candidates; else none but those of a broken checkpoint.
    pub(super) fn step(&mut self, step: usize) -> Result<Tensor<1>> {
        let mut upload = Upload::default();
        let parts = self.batches.next(&mut upload, step);
        let sent = upload.send(&self.items.weights.device());
        self.transitions = self.transitions();
        self.update(&parts, &sent)
    }

    fn update(&mut self, parts: &Parts, sent: &Uploaded) -> Result<Tensor<1>> {
        let table = &self.items.weights;
        if parts.sampled.is_none() && !table.is_whole() {
            return Err(Error::Config {
                name: "negatives".into(),
                value: "0".into(),
                legal: "this GPU does not bind all items at once: give some negatives, or train on the CPU".into(),
            });
        }
        // Leaves: the rows that the step reads, and the dense weights.
        let read = gather(table, sent.floats(&parts.read));
        let x = leaf(rows_of(&read, &(0..parts.inputs))); // [T·B, d]
        let flat = self.dense.weights.whole().reshape([self.dense.weights.dims()[1]]);
        let encoder_specs = &self.specs[..self.config.encoder.encoder_specs().len()];
        let dense: Vec<_> = parameters::split(&flat, encoder_specs).into_iter().map(leaf).collect();
        let paths = self.config.encoder.path_ranges().into_iter().map(|range| view(&flat, range)).collect();
        drop(flat);
        let encoder = self.config.encoder.build(&mut dense.iter().cloned())?;
        let (hidden, state) = encoder.forward(self.input(&x, parts, sent), self.state.clone());
        self.state = state;
        // It holds the weights, which the optimizer writes in place where nobody does.
        drop(encoder);
        let hidden = rows_with_targets(hidden, parts, sent);
        let [rows, _] = read.dims();
        let behind = parts.inputs + parts.rows.count;
        let (targets, candidates) = if parts.sampled.is_some() {
            (Some(rows_of(&read, &(parts.inputs..behind))), rows_of(&read, &(behind..rows)))
        } else {
            (None, table.whole())
        }; // [N, d], [S, d]
        drop(read);
        let scoring = Scoring { hidden: hidden.clone().inner(), candidates, targets, paths, parts, sent };
        let scores = self.score(&scoring)?;
        drop(scoring);

        let mut gradients = seed(hidden, scores.hidden).backward();
        let mut of = |leaf: Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
        let d_x = of(x);
        let flat = |matrix: Tensor<2>| {
            let size = matrix.shape().num_elements();
            matrix.reshape([size])
        };
        let d_dense = join(dense.into_iter().map(|leaf| flat(of(leaf))).chain(scores.paths).collect());
        // The step's rows of the item table: as candidates, as inputs, as targets.
        let d_items = rows::sum(Some(scores.candidates), sent.groups(&parts.by_row), d_x, scores.targets);
        self.apply(parts, sent, &d_items, &d_dense.unsqueeze());
        Ok(scores.loss)
    }

    fn input(&self, x: &Tensor<2>, parts: &Parts, sent: &Uploaded) -> Input {
        let SequenceConfig { steps, lanes, encoder, .. } = self.config;
        let masks = encoder.dropouts();
        let dropout = parts.dropout.iter().flat_map(|part| {
            let size = part.len() / masks;
            let mask = move |i: usize| part.start + i * size..part.start + (i + 1) * size;
            (0..masks).map(move |i| sent.floats(&mask(i)).reshape([steps, lanes, encoder.dim]))
        });
        Input {
            x: x.clone().reshape([steps, lanes, encoder.dim]),
            keep: sent.floats(&parts.keep).reshape([steps, lanes]),
            sessions: sent.floats(&parts.sessions).reshape([steps, lanes]),
            places: sent.floats(&parts.places).reshape([steps, lanes]),
            times: parts.times.as_ref().map(|times| sent.floats(times).reshape([2, steps, lanes])),
            hidden: parts.rows.hidden.as_ref().map(|[_, hidden]| sent.floats(hidden).reshape([steps, lanes])),
            dropout: dropout.collect(),
        }
    }

    /// The loss, chunk by chunk, with gradients for what it is computed from.
    fn score(&self, scoring: &Scoring<'_>) -> Result<Scores> {
        let columns = scoring.candidates.dims()[0];
        let rows = scoring.parts.rows.count;
        let room = if is_gpu(&scoring.hidden.device()) { LOGITS_ON_A_GPU } else { LOGITS };
        let chunk = (room / columns).clamp(1, rows);
        let mut whole: Option<Scores> = None;
        for start in (0..rows).step_by(chunk) {
            let part = self.score_chunk(scoring, start..(start + chunk).min(rows));
            whole = Some(match whole {
                None => part,
                Some(whole) => Scores {
                    loss: whole.loss + part.loss,
                    hidden: Tensor::cat(vec![whole.hidden, part.hidden], 0),
                    candidates: whole.candidates + part.candidates,
                    targets: whole.targets.zip(part.targets).map(|(a, b)| Tensor::cat(vec![a, b], 0)),
                    paths: whole.paths.into_iter().zip(part.paths).map(|(a, b)| a + b).collect(),
                },
            });
        }
        whole.ok_or_else(|| missing("targets"))
    }

    fn score_chunk(&self, scoring: &Scoring<'_>, rows: Range<usize>) -> Scores {
        let Scoring { parts, sent, candidates, .. } = scoring;
        let hidden = rows_of(&scoring.hidden, &rows);
        let logits = product(hidden.clone(), candidates.clone(), [false, true]); // [n, S]
        let targets = scoring.targets.as_ref().map(|targets| rows_of(targets, &rows));
        let own = targets.as_ref().map(|targets| row_dots(hidden.clone(), targets.clone()));
        let mut paths = Vec::new();
        let (logits, own) = scoring.told(&hidden, &rows).into_iter().fold((logits, own), |(logits, own), told| {
            let Boosted { logits, own, gates } = boosts::add(&told, logits, own);
            paths.push((told, gates));
            (logits, own)
        });
        let part = |whole: &Part| sent.floats(&(whole.start + rows.start..whole.start + rows.end));
        let scored = Scored {
            rows: softmax_cross_entropy::Input {
                logits,
                targets: part(&parts.rows.columns),
                own,
                weights: part(&parts.rows.weights),
                bias: parts.sampled.as_ref().map(|sampled| sent.floats(&sampled.bias)),
            },
            negatives: parts.sampled.as_ref().map(|sampled| sent.floats(&sampled.negatives)),
        };
        let items = self.items.weights.dims()[0];
        let negatives = parts.sampled.as_ref().map_or(items - 1, |sampled| sampled.count);
        let output = self.config.loss.with_gradients(scored, gbce_power(negatives, items));
        let mut d_hidden = product(output.logits.clone(), candidates.clone(), [false, false]);
        let mut d_paths = Vec::with_capacity(paths.len());
        for (told, gates) in paths {
            let (with, d_path) = boosts::gradients(&told, gates, [output.logits.clone(), d_hidden], output.own.clone());
            d_hidden = with;
            d_paths.push(d_path);
        }
        let mut d_targets = None;
        if let (Some(targets), Some(slopes)) = (targets, output.own) {
            let [with, of_targets] = row_dots::gradients([hidden.clone(), targets], slopes, d_hidden);
            d_hidden = with;
            d_targets = Some(of_targets);
        }
        Scores {
            hidden: d_hidden,
            candidates: product(output.logits, hidden, [true, false]),
            targets: d_targets,
            paths: d_paths,
            loss: output.loss,
        }
    }

    /// Moves the weights, clipped by the gradients' norm over all of them.
    fn apply(&mut self, parts: &Parts, sent: &Uploaded, d_items: &Tensor<2>, d_dense: &Tensor<2>) {
        let [of_items, of_dense] = clip::scalars([d_items, d_dense], sent.floats(&parts.scalars), self.config.clip);
        self.dense.update(d_dense, &of_dense);
        match &parts.sampled {
            None => self.items.update(d_items, &of_items),
            Some(sampled) => self.items.update_rows(&sent.floats(&sampled.rows), d_items, &of_items),
        }
    }
}

impl Scoring<'_> {
    /// What the paths beside the logits tell of some rows.
    fn told(&self, hidden: &Tensor<2>, rows: &Range<usize>) -> Vec<boosts::Input> {
        let paths = [(Path::Copy, &self.parts.copy), (Path::Transitions, &self.parts.transitions)];
        let present = paths.into_iter().filter_map(|(path, parts)| Some((path, parts.as_ref()?)));
        let told = |((path, parts), weights): ((Path, &PointerParts), &Tensor<1>)| {
            let start = parts.records.start;
            let records = self.sent.floats(&(start + rows.start * parts.row..start + rows.end * parts.row));
            boosts::Input { path, hidden: hidden.clone(), weights: weights.clone(), records, slots: parts.slots }
        };
        present.zip(&self.paths).map(told).collect()
    }
}

/// `[T, B, d]` to the rows that have a target, `[N, d]`.
fn rows_with_targets(hidden: Tensor<3>, parts: &Parts, sent: &Uploaded) -> Tensor<2> {
    let [steps, lanes, dim] = hidden.dims();
    let hidden = hidden.reshape([steps * lanes, dim]);
    match &parts.rows.hidden {
        None => hidden,
        Some([rows, _]) => hidden.select(0, sent.floats(rows).int()),
    }
}

fn rows_of(whole: &Tensor<2>, rows: &Range<usize>) -> Tensor<2> {
    whole.clone().slice([rows.clone()])
}

/// Sessions with one step more, so that a window's inputs reach their last items.
fn with_ends(sequences: &Sequences) -> Arc<Sequences> {
    let longer = |session: &Vec<_>| {
        let mut session = session.clone();
        session.extend(session.last().copied());
        session
    };
    let sessions = sequences.sessions.iter().filter(|session| session.len() > 1).map(longer).collect();
    Arc::new(Sequences { items: sequences.items, sessions })
}

fn leaf(tensor: Tensor<2>) -> Tensor<2> {
    tensor.autodiff().require_grad()
}
