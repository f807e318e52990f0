//! A sequence model while it trains: one step is a window of all lanes.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

use super::batch::{Batches, HIDDEN_SHARE, Parts, PointerParts};
use super::options::SequenceConfig;
use super::update::Start;
use crate::catalogue::ItemIndex;
use crate::device::is_gpu;
use crate::encoder::copy::CopyPath;
use crate::encoder::parameters::Spec;
use crate::encoder::pointers::{self, Pointed};
use crate::encoder::transitions::TransitionPath;
use crate::encoder::{Input, State, parameters};
use crate::error::Result;
use crate::kernel::matmul::product;
use crate::kernel::rows::{self, gather};
use crate::kernel::seed::seed;
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
    paths: Vec<Tensor<2>>,
    parts: &'a Parts,
    sent: &'a Uploaded,
}

/// The loss and its gradients.
struct Scores {
    loss: Tensor<1>,
    hidden: Tensor<2>,
    candidates: Tensor<2>,
    targets: Option<Tensor<2>>,
    paths: Vec<Tensor<2>>,
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
            dense: Table::new(dense.unsqueeze()),
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
        let dense = TensorData::new(start.dense.to_vec(), weights.dims());
        self.dense = Table::new(Tensor::from_data(dense, &weights.device()));
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
            dense: self.dense.weights.clone(),
            transitions: self.transitions.clone(),
        }
    }

    /// Trains step `step`, counted from 0; gives the mean loss per target, `[1]`.
    ///
    /// # Errors
    /// None but those of a broken checkpoint.
    pub(super) fn step(&mut self, step: usize) -> Result<Tensor<1>> {
        let mut upload = Upload::default();
        let parts = self.batches.next(&mut upload, step);
        let sent = upload.send(&self.items.weights.device());
        self.transitions = self.transitions();
        self.update(&parts, &sent)
    }

    fn update(&mut self, parts: &Parts, sent: &Uploaded) -> Result<Tensor<1>> {
        let table = &self.items.weights;
        // Leaves: the rows that the step reads, and the dense weights.
        let x = leaf(gather(table.clone(), sent.floats(&parts.inputs))); // [T·B, d]
        let flat = self.dense.weights.clone().reshape([self.dense.weights.dims()[1]]);
        let mut dense: Vec<_> = parameters::split(&flat, &self.specs).into_iter().map(leaf).collect();
        drop(flat);
        let paths = dense.split_off(self.config.encoder.encoder_specs().len());
        let encoder = self.config.encoder.build(&mut dense.iter().cloned())?;
        let (hidden, state) = encoder.forward(self.input(&x, parts, sent), self.state.clone());
        self.state = state;
        // It holds the weights, which the optimizer writes in place where nobody does.
        drop(encoder);
        let hidden = rows_with_targets(hidden, parts, sent);
        let candidates = match &parts.sampled {
            None => table.clone(),
            Some(sampled) => gather(table.clone(), sent.floats(&sampled.candidates)),
        }; // [S, d]
        let paths = paths.into_iter().map(Tensor::inner).collect();
        let targets = parts.sampled.as_ref().map(|sampled| gather(table.clone(), sent.floats(&sampled.targets)));
        let scoring = Scoring { hidden: hidden.clone().inner(), candidates, targets, paths, parts, sent };
        let scores = self.score(&scoring)?;
        drop(scoring);

        let mut gradients = seed(hidden, scores.hidden).backward();
        let mut of = |leaf: Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
        let d_x = of(x);
        let d_dense = dense.into_iter().map(&mut of).chain(scores.paths).collect();
        // The step's rows of the item table: as candidates, as inputs, as targets.
        let d_items = rows::sum(Some(scores.candidates), sent.groups(&parts.by_row), d_x);
        let d_items = match (&parts.sampled, scores.targets) {
            (Some(sampled), Some(d_targets)) => {
                rows::sum(Some(d_items), sent.groups(&sampled.targets_by_row), d_targets)
            }
            _ => d_items,
        };
        self.apply(parts, sent, d_items, parameters::join(d_dense).unsqueeze());
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
            let part = self.score_chunk(scoring, start..(start + chunk).min(rows))?;
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

    fn score_chunk(&self, scoring: &Scoring<'_>, rows: std::ops::Range<usize>) -> Result<Scores> {
        let Scoring { parts, sent, candidates, .. } = scoring;
        let hidden = rows_of(&scoring.hidden, &rows);
        let logits = product(hidden.clone(), candidates.clone(), [false, true]); // [n, S]
        let paths = Boosts::new(scoring, &hidden, &rows)?;
        let targets = scoring.targets.as_ref().map(|targets| rows_of(targets, &rows));
        let own = targets.as_ref().map(|targets| (hidden.clone() * targets.clone()).sum_dim(1)); // [n, 1]
        let part = |whole: &std::ops::Range<usize>| sent.floats(&(whole.start + rows.start..whole.start + rows.end));
        let scored = Scored {
            rows: softmax_cross_entropy::Input {
                logits: paths.add(logits),
                targets: part(&parts.rows.columns),
                own: own.map(|own| paths.add_own(own).reshape([rows.len()])),
                weights: part(&parts.rows.weights),
                bias: parts.sampled.as_ref().map(|sampled| sent.floats(&sampled.bias)),
            },
            negatives: parts.sampled.as_ref().map(|sampled| sent.floats(&sampled.negatives)),
        };
        let items = self.items.weights.dims()[0];
        let negatives = parts.sampled.as_ref().map_or(items - 1, |sampled| sampled.count);
        let output = self.config.loss.with_gradients(scored, gbce_power(negatives, items));
        let d_own = output.own.map(|own| own.reshape([rows.len(), 1]));
        let (by_paths, paths) = paths.gradients(&output.logits, d_own.as_ref());
        let by_targets = targets.zip(d_own.clone()).map(|(targets, d_own)| targets * d_own);
        let d_hidden = product(output.logits.clone(), candidates.clone(), [false, false]);
        Ok(Scores {
            hidden: by_paths.into_iter().chain(by_targets).fold(d_hidden, |sum, gradient| sum + gradient),
            candidates: product(output.logits, hidden.clone(), [true, false]),
            targets: d_own.map(|d_own| hidden * d_own),
            paths,
            loss: output.loss,
        })
    }

    /// Moves the weights, clipped by the gradients' norm over all of them.
    fn apply(&mut self, parts: &Parts, sent: &Uploaded, d_items: Tensor<2>, d_dense: Tensor<2>) {
        let [of_items, of_dense] = clip::scalars([&d_items, &d_dense], sent.floats(&parts.scalars), self.config.clip);
        self.dense.update(d_dense, of_dense);
        match &parts.sampled {
            None => self.items.update(d_items, of_items),
            Some(sampled) => self.items.update_rows(sent.floats(&sampled.rows), d_items, of_items),
        }
    }
}

/// What the paths beside the logits add to them, as graphs of their own.
struct Boosts {
    hidden: Tensor<2>,
    weights: Vec<Tensor<2>>,
    paths: Vec<Boost>,
}

struct Boost {
    /// Of the slots and then, where they are no candidates, of the rows' own targets. `[n, R (+ 1)]`
    boosts: Tensor<2>,
    /// What takes the slots' column biases back. `[n, R]`
    offsets: Option<Tensor<2>>,
    pointed: Pointed,
    slots: usize,
}

impl Boost {
    fn part(&self, columns: std::ops::Range<usize>) -> Tensor<2> {
        let [rows, _] = self.boosts.dims();
        self.boosts.clone().inner().slice([0..rows, columns])
    }
}

impl Boosts {
    fn new(scoring: &Scoring<'_>, hidden: &Tensor<2>, rows: &std::ops::Range<usize>) -> Result<Self> {
        let Scoring { parts, sent, .. } = scoring;
        let hidden = leaf(hidden.clone());
        let leaves: Vec<_> = scoring.paths.iter().cloned().map(leaf).collect();
        let mut weights = leaves.iter().cloned();
        let mut paths = Vec::new();
        let mut add = |parts: &PointerParts, boosts: &dyn Fn(&Pointed) -> Tensor<2>| {
            let of = |part: &Part, width| slots(part, width, sent, rows);
            let width = parts.slots + usize::from(parts.own);
            let pointed = Pointed {
                columns: of(&parts.columns, parts.slots),
                features: parts.features.iter().map(|part| of(part, width)).collect(),
            };
            let offsets = parts.offsets.as_ref().map(|offsets| of(offsets, parts.slots));
            paths.push(Boost { boosts: boosts(&pointed), offsets, pointed, slots: parts.slots });
        };
        if let Some(parts) = &parts.copy {
            let path = CopyPath::take(&mut weights).ok_or_else(|| missing("weights of the copy path"))?;
            add(parts, &|pointed| path.boosts(hidden.clone(), pointed));
        }
        if let Some(parts) = &parts.transitions {
            let path = TransitionPath::take(&mut weights).ok_or_else(|| missing("weights of the transitions"))?;
            add(parts, &|pointed| path.boosts(hidden.clone(), pointed));
        }
        Ok(Self { hidden, weights: leaves, paths })
    }

    fn add(&self, logits: Tensor<2>) -> Tensor<2> {
        self.paths.iter().fold(logits, |logits, path| {
            let boosts = path.offsets.iter().cloned().fold(path.part(0..path.slots), |sum, offsets| sum + offsets);
            pointers::add(logits, boosts, &path.pointed)
        })
    }

    /// To the targets' own logits, `[n, 1]`.
    fn add_own(&self, own: Tensor<2>) -> Tensor<2> {
        self.paths.iter().fold(own, |sum, path| sum + path.part(path.slots..path.slots + 1))
    }

    /// Those of the hidden states (none without paths) and of the weights.
    fn gradients(self, d_logits: &Tensor<2>, d_own: Option<&Tensor<2>>) -> (Option<Tensor<2>>, Vec<Tensor<2>>) {
        let roots = self.paths.into_iter().map(|path| {
            let d_slots = d_logits.clone().gather(1, path.pointed.columns.int());
            let gradient = match d_own {
                None => d_slots,
                Some(d_own) => Tensor::cat(vec![d_slots, d_own.clone()], 1),
            };
            seed(path.boosts, gradient)
        });
        let Some(root) = roots.reduce(|a, b| a + b) else { return (None, Vec::new()) };
        let mut gradients = root.backward();
        let mut of = |leaf: Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
        (Some(of(self.hidden)), self.weights.into_iter().map(&mut of).collect())
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

fn rows_of(whole: &Tensor<2>, rows: &std::ops::Range<usize>) -> Tensor<2> {
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

/// Rows of a `[N, R]` part.
fn slots(part: &std::ops::Range<usize>, slots: usize, sent: &Uploaded, rows: &std::ops::Range<usize>) -> Tensor<2> {
    let part = part.start + rows.start * slots..part.start + rows.end * slots;
    sent.floats(&part).reshape([rows.len(), slots])
}

fn leaf(tensor: Tensor<2>) -> Tensor<2> {
    tensor.autodiff().require_grad()
}
