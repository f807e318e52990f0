//! Trained models: contexts in, scores of all items out.

mod adapter;
mod alternatives;
mod content;
mod likeness;
mod over;
mod running;
mod transitions;

use std::sync::Arc;

pub use adapter::Adapter;
pub use alternatives::Alternatives;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
pub use content::{ContentModel, Reading};
pub(crate) use likeness::Likeness;
use likeness::Likenesses;
pub use running::Running;
use serde::{Deserialize, Serialize};
pub(crate) use transitions::{read_transitions, write_transitions};

use crate::catalogue::ItemIndex;
use crate::checkpoint::{Content, Reader, Writer};
use crate::embedding::glove::Glove;
use crate::embedding::skip_gram::SkipGram;
use crate::embedding::vectors::Vectors;
use crate::encoder::copy::{self, CopyPath};
use crate::encoder::pointers::{self, Pointed};
use crate::encoder::transitions::{self as following, TransitionPath};
use crate::encoder::{Encoder, EncoderConfig, Input, Kind, State, parameters, time_bias};
use crate::error::{Error, Result};
use crate::kernel::linear::scores;
use crate::kernel::rows::gather;
use crate::kernel::shards::Shards;
use crate::sequences::{Context, Moment, Transitions};

/// A model that scores.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "few exist at a time, and their tensors are shared")]
pub enum Model {
    /// Item vectors alone.
    SkipGram(SkipGram),
    /// Item vectors alone.
    Glove(Glove),
    /// Item vectors and a sequence encoder.
    Sequence(SequenceModel),
    /// One of these, and the texts of its items.
    Content(Box<ContentModel>),
}

/// Embedding + encoder + tied output.
#[derive(Debug, Clone)]
pub struct SequenceModel {
    /// The encoder's shape.
    pub config: EncoderConfig,
    /// The item table, input and output alike. `[n_items, d]`
    pub items: Shards,
    /// The encoder's flat weights. `[1, P]`
    pub dense: Tensor<2>,
    /// What followed what, for [`EncoderConfig::transitions`].
    pub transitions: Option<Arc<Transitions>>,
}

/// What a model file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its kind and shape.
    pub model: Shape,
    /// Size of the catalogue.
    pub items: usize,
    /// The items' ids in order, where the file travels without its catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Base models: how much the items' texts tell, [`Reading::weights`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<[f32; 3]>,
    /// Base models: how often each item was viewed in the log; else empty.
    #[serde(skip)]
    pub views: Vec<u32>,
}

/// What a model's file says beside its weights, where it travels without its catalogue.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The items' ids in order.
    pub ids: Vec<String>,
    /// How much the items' texts tell.
    pub texts: Option<[f32; 3]>,
    /// How often each item was viewed.
    pub views: Vec<u32>,
}

/// A model's kind and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Shape {
    /// Skip-gram.
    SkipGram {
        /// Width of the vectors.
        dim: usize,
    },
    /// `GloVe`.
    Glove {
        /// Width of the vectors.
        dim: usize,
    },
    /// A sequence encoder.
    Sequence(EncoderConfig),
}

/// The tensor of views in a file.
const VIEWS: &str = "items.views";
/// `GloVe`'s tensors in a file: w, b, w̃ and b̃, each an `nn.Embedding` in `PyTorch`.
const GLOVE_NAMES: [&str; 4] = ["input.weight", "input_bias.weight", "output.weight", "output_bias.weight"];

impl Model {
    /// As on the command line: `skip-gram`, `gru`, ….
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Content(_) => self.trained().name(),
            Self::SkipGram(_) => "skip-gram",
            Self::Glove(_) => "glove",
            Self::Sequence(model) => match model.config.kind {
                Kind::Gru => "gru",
                Kind::Lstm => "lstm",
                Kind::GruAttention => "gru-attention",
                Kind::Transformer => "transformer",
                Kind::Bert => "bert",
            },
        }
    }

    /// The item vectors, which similarity, a warm start and an export take: skip-gram's input vectors, `GloVe`'s w + w̃, a sequence
    /// model's item table. `[n_items, d]`
    #[must_use]
    pub fn vectors(&self) -> Shards {
        match self {
            Self::Content(_) => self.trained().vectors(),
            Self::SkipGram(model) => model.input.clone(),
            Self::Glove(model) => model.vectors(),
            Self::Sequence(model) => model.items.clone(),
        }
    }

    /// The item vectors by id.
    ///
    /// # Errors
    /// [`Error::Device`] where they cannot be read back; [`Error::Format`] where the ids do not fit them.
    pub async fn export_vectors(&self, ids: Vec<String>) -> Result<Vectors> {
        let vectors = self.vectors();
        Vectors::new(vectors.dims()[1], ids, read_shards(&vectors).await?)
    }

    /// Scores of all items after each context (logits, for sequence models; log-probabilities, for those with content). An empty
    /// context scores by a zero state.
    ///
    /// # Shapes
    /// Output `[contexts, n_items]`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        match self {
            Self::Content(_) => Ok(self.reading_texts(self.trained().scores(contexts)?, contexts)),
            Self::SkipGram(model) => Ok(model.scores(contexts)),
            Self::Glove(model) => Ok(model.scores(contexts)),
            Self::Sequence(model) => model.scores(contexts),
        }
    }

    /// The same, for a model that heeds times, with those of the contexts. When the question is asked is none of them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores_timed(&self, contexts: &[Context<'_>]) -> Result<Tensor<2>> {
        match self {
            Self::Sequence(model) => model.scores_timed(contexts),
            Self::Content(_) => Ok(self.reading_texts(self.trained().scores_timed(contexts)?, &items_of(contexts))),
            _ => self.scores(&items_of(contexts)),
        }
    }

    /// The same for contexts that have most of their items in common: texts are compared once. `[contexts, n_items]`, flat
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    pub fn scores_of_alike(&self, contexts: &[Context<'_>]) -> Result<Vec<f32>> {
        let data = self.trained().scores_timed(contexts)?.into_data();
        let mut scores = data.try_into_vec().expect("scores are f32, read where they are made");
        self.reading_texts_of_alike(&mut scores, &items_of(contexts), &mut Likenesses::default());
        Ok(scores)
    }

    /// The file: description and weights; without the texts, which are the catalogue's.
    ///
    /// # Errors
    /// [`Error::Device`] where the weights cannot be read back.
    pub async fn to_bytes(&self, ids: Vec<String>) -> Result<Vec<u8>> {
        self.to_file(About { ids, ..About::default() }).await
    }

    /// The file of a model that travels without its catalogue: a base model.
    ///
    /// # Errors
    /// [`Error::Device`] where the weights cannot be read back.
    pub async fn to_file(&self, about: About) -> Result<Vec<u8>> {
        let [items, dim] = self.vectors().dims();
        let mut writer = Writer::default();
        let model = match self {
            Self::Content(_) => return Box::pin(self.trained().to_file(about)).await,
            Self::SkipGram(model) => {
                for (name, table) in [("input.weight", &model.input), ("output.weight", &model.output)] {
                    writer.floats(name, &[items, dim], &read_shards(table).await?);
                }
                Shape::SkipGram { dim }
            }
            Self::Glove(model) => {
                let tensors = [&model.input, &model.input_bias, &model.output, &model.output_bias];
                for (name, table) in GLOVE_NAMES.into_iter().zip(tensors) {
                    writer.floats(name, &table.dims(), &read_shards(table).await?);
                }
                Shape::Glove { dim }
            }
            Self::Sequence(model) => {
                writer.floats("items.weight", &[items, dim], &read_shards(&model.items).await?);
                let dense = read([&model.dense]).await?.concat();
                let mut rest = dense.as_slice();
                for spec in model.config.specs() {
                    let (own, after) = rest.split_at(spec.size());
                    rest = after;
                    writer.floats(spec.name.clone(), file_shape(&spec.shape), own);
                }
                model.transitions.iter().for_each(|transitions| write_transitions(&mut writer, transitions));
                Shape::Sequence(model.config)
            }
        };
        let About { ids, texts, views } = about;
        if !views.is_empty() {
            writer.integers(VIEWS, &views);
        }
        writer.finish(Content::Model, &Description { model, items, ids, texts, views })
    }

    /// Reads a file onto a device.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where it is torn, foreign, or of another shape than it says.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<(Self, Description)> {
        let mut reader = Reader::open(bytes, Content::Model)?;
        let mut description: Description = reader.description()?;
        let items = description.items;
        if reader.holds_integers(VIEWS) {
            description.views = reader.integers(VIEWS)?;
        }
        let fits = |length: usize| length == 0 || length == items;
        if !fits(description.views.len()) || !fits(description.ids.len()) {
            return Err(Error::Checkpoint {
                cause: "its ids or views are not as many as its items".into(),
                remedy: "Train it again".into(),
            });
        }
        let model = match description.model {
            Shape::SkipGram { dim } => Self::SkipGram(SkipGram {
                input: reader.shards("input.weight", [items, dim], device)?,
                output: reader.shards("output.weight", [items, dim], device)?,
            }),
            Shape::Glove { dim } => {
                let mut tensor = |at: usize, width| reader.shards(GLOVE_NAMES[at], [items, width], device);
                Self::Glove(Glove {
                    input: tensor(0, dim)?,
                    input_bias: tensor(1, 1)?,
                    output: tensor(2, dim)?,
                    output_bias: tensor(3, 1)?,
                })
            }
            Shape::Sequence(config) => {
                config.check().map_err(|error| Error::Checkpoint {
                    cause: format!("its shape is not usable ({error})"),
                    remedy: "Train again".into(),
                })?;
                let table = reader.shards("items.weight", [items, config.dim], device)?;
                let mut dense = Vec::new();
                for spec in config.specs() {
                    dense.extend(reader.floats(&spec.name, file_shape(&spec.shape))?);
                }
                let size = dense.len();
                let dense = Tensor::from_data(TensorData::new(dense, [1, size]), device);
                let transitions =
                    config.transitions.then(|| read_transitions(&mut reader, items).map(Arc::new)).transpose()?;
                Self::Sequence(SequenceModel { config, items: table, dense, transitions })
            }
        };
        reader.finish()?;
        Ok((model, description))
    }
}

/// A vector is written as one, as `PyTorch` does.
fn file_shape(shape: &[usize; 2]) -> &[usize] {
    if shape[0] == 1 { &shape[1..] } else { shape }
}

/// Steps per window when contexts are encoded: bounds memory, changes nothing else.
const ENCODE_STEPS: usize = 64;

impl SequenceModel {
    fn weights(&self) -> std::vec::IntoIter<Tensor<2>> {
        let [_, size] = self.dense.dims();
        parameters::split(&self.dense.clone().reshape([size]), &self.config.specs()).into_iter()
    }

    /// The encoder on its weights.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn encoder(&self) -> Result<Encoder> {
        self.config.build(&mut self.weights())
    }

    /// Logits of all items, given the contexts and the states after them.
    ///
    /// # Shapes
    /// `hidden`: `[contexts, d]`; output `[contexts, n_items]`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn logits(&self, hidden: Tensor<2>, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        self.boosted(scores(&hidden, &self.items), hidden, contexts)
    }

    /// The same from the states' products with the item table.
    fn boosted(&self, mut logits: Tensor<2>, hidden: Tensor<2>, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        let mut weights = self.weights().skip(self.config.encoder_specs().len());
        let device = self.items.device();
        if self.config.copy {
            let path = CopyPath::take(&mut weights).ok_or_else(|| missing("weights of the copy path"))?;
            let pointed = copy::pointers(contexts.iter().copied(), self.config.window).to_device(&device);
            logits = pointers::add(logits, path.boosts(hidden.clone(), &pointed), &pointed);
        }
        if let Some((boosts, pointed)) = self.following(hidden, contexts)? {
            logits = pointers::add(logits, boosts, &pointed);
        }
        Ok(logits)
    }

    /// What the successors of the contexts' last items get for being that; `None` for a model without transitions.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn following(&self, hidden: Tensor<2>, contexts: &[&[ItemIndex]]) -> Result<Option<(Tensor<2>, Pointed)>> {
        let Some(transitions) = &self.transitions else { return Ok(None) };
        let last = self.weights().len() - TransitionPath::MATRICES;
        let path = TransitionPath::take(&mut self.weights().skip(last))
            .ok_or_else(|| missing("weights of the transitions"))?;
        let rows = contexts.iter().map(|context| (context.last().copied(), None));
        let pointed = following::pointers(transitions, rows).to_device(&self.items.device());
        Ok(Some((path.boosts(hidden, &pointed), pointed)))
    }

    /// Scores of all items after each context, whose times nobody knows. `[contexts, n_items]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        self.scores_timed(&contexts.iter().map(|items| Context::untimed(items)).collect::<Vec<_>>())
    }

    /// Scores of all items after each context. `[contexts, n_items]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores_timed(&self, contexts: &[Context<'_>]) -> Result<Tensor<2>> {
        self.logits(self.encode(contexts)?, &items_of(contexts))
    }

    /// Contexts as one window, padded in front; a bidirectional model's end in an item that is hidden. `[T, contexts]`
    #[must_use]
    pub fn window(&self, contexts: &[Context<'_>]) -> Input {
        if self.config.is_bidirectional() {
            return self.hiding_window(contexts);
        }
        let longest = contexts.iter().map(|context| context.items.len()).max().unwrap_or(0);
        self.padded_window(contexts, longest, 0, longest)
    }

    /// The state after a window. `[contexts, d]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn after(&self, window: Input) -> Result<Tensor<2>> {
        let [steps, lanes, dim] = window.x.dims();
        let state = self.config.initial_state(lanes, &self.items.device());
        let (output, _) = self.encoder()?.forward(window, state);
        Ok(output.slice([steps - 1..steps]).reshape([lanes, dim]))
    }

    /// The state after each context; zeros after an empty one. `[contexts, d]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn encode(&self, contexts: &[Context<'_>]) -> Result<Tensor<2>> {
        if self.config.is_bidirectional() {
            return self.after(self.hiding_window(contexts));
        }
        let (hidden, _) = self.run(contexts)?;
        if contexts.iter().all(|context| !context.items.is_empty()) {
            return Ok(hidden);
        }
        let begun =
            contexts.iter().map(|context| if context.items.is_empty() { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
        Ok(hidden * Tensor::from_data(TensorData::new(begun, [contexts.len(), 1]), &self.items.device()))
    }

    /// A causal model's state after contexts that all end together: what it gives out (`[contexts, d]`, meaningless after an empty context
    /// beside a longer one) and what it carries on.
    fn run(&self, contexts: &[Context<'_>]) -> Result<(Tensor<2>, State)> {
        let encoder = self.encoder()?;
        let device = self.items.device();
        let lanes = contexts.len();
        let longest = contexts.iter().map(|c| c.items.len()).max().unwrap_or(0);
        let mut state = self.config.initial_state(lanes, &device);
        let mut hidden = Tensor::zeros([lanes, self.config.dim], &device);
        for start in (0..longest).step_by(ENCODE_STEPS) {
            let steps = ENCODE_STEPS.min(longest - start);
            let input = self.padded_window(contexts, longest, start, steps);
            let (output, next) = encoder.forward(input, state);
            state = next;
            hidden = output.slice([steps - 1..steps]).reshape([lanes, self.config.dim]);
        }
        Ok((hidden, state))
    }

    /// Bidirectional models: a hidden item behind each context.
    fn hiding_window(&self, contexts: &[Context<'_>]) -> Input {
        let (lanes, device) = (contexts.len(), self.items.device());
        let padded: Vec<Vec<ItemIndex>> = contexts
            .iter()
            .map(|context| {
                let recent = context.last(self.config.window - 1);
                recent.items.iter().copied().chain([ItemIndex(0)]).collect()
            })
            .collect();
        let padded: Vec<Context<'_>> = padded.iter().map(|items| Context::untimed(items)).collect();
        let steps = padded.iter().map(|context| context.items.len()).max().unwrap_or(1);
        let mut hidden = vec![0.0; (steps - 1) * lanes];
        hidden.resize(steps * lanes, 1.0);
        let window = self.padded_window(&padded, steps, 0, steps);
        Input { hidden: Some(Tensor::from_data(TensorData::new(hidden, [steps, lanes]), &device)), ..window }
    }

    /// Steps `start ..` of contexts that are padded in front, so that all end together: the padding is a session of its own, which
    /// the first real item's reset forgets.
    fn padded_window(&self, contexts: &[Context<'_>], longest: usize, start: usize, steps: usize) -> Input {
        let mut window = Steps::default();
        for step in start..start + steps {
            for context in contexts {
                let position = (step + context.items.len()).checked_sub(longest);
                window.items.push(position.map_or(0, |p| context.items[p].0));
                window.keep.push(f32::from(u8::from(position.is_some_and(|p| p > 0))));
                window.sessions.push(f32::from(u8::from(position.is_some())));
                window.places.push(position.map_or(0.0, |p| p as f32));
                window.times.push(position.and_then(|p| context.moment(p)));
            }
        }
        self.input(window, [steps, contexts.len()])
    }

    fn input(&self, window: Steps, [steps, lanes]: [usize; 2]) -> Input {
        let device = self.items.device();
        let tensor = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [steps * lanes]), &device);
        let items = tensor(window.items.iter().map(|&i| i as f32).collect());
        Input {
            x: gather(&self.items, items).reshape([steps, lanes, self.config.dim]),
            keep: tensor(window.keep).reshape([steps, lanes]),
            sessions: tensor(window.sessions).reshape([steps, lanes]),
            places: tensor(window.places).reshape([steps, lanes]),
            times: self.config.time_bias.then(|| time_bias::upload(&window.times, [steps, lanes], &device)),
            hidden: None,
            dropout: Vec::new(),
        }
    }
}

pub(crate) fn missing(what: &str) -> Error {
    Error::Checkpoint { cause: format!("{what} are missing"), remedy: "Train again".into() }
}

/// What is known of each step and lane, time-major.
#[derive(Default)]
struct Steps {
    items: Vec<u32>,
    keep: Vec<f32>,
    sessions: Vec<f32>,
    places: Vec<f32>,
    times: Vec<Moment>,
}

fn items_of<'a>(contexts: &[Context<'a>]) -> Vec<&'a [ItemIndex]> {
    contexts.iter().map(|context| context.items).collect()
}

/// Reads a table back, row by row.
///
/// # Errors
/// [`Error::Device`] where the device failed.
pub async fn read_shards(table: &Shards) -> Result<Vec<f32>> {
    let mut numbers = Vec::new();
    for (_, part) in table.parts() {
        // Mostly there is one.
        let read = read([part]).await?.concat();
        if numbers.is_empty() { numbers = read } else { numbers.extend(read) }
    }
    Ok(numbers)
}

/// Reads tensors back in one transaction.
///
/// # Errors
/// [`Error::Device`] where the device failed.
pub async fn read<const N: usize>(tensors: [&Tensor<2>; N]) -> Result<Vec<Vec<f32>>> {
    let transaction = tensors.into_iter().fold(Transaction::default(), |t, tensor| t.register(tensor.clone()));
    let failed = |cause: String| Error::Device {
        device: "The device".into(),
        cause,
        remedy: "Training goes on from the last checkpoint".into(),
    };
    let data = transaction.execute_async().await.map_err(|cause| failed(format!("{cause:?}")))?;
    data.into_iter().map(|d| d.try_into_vec().map_err(|cause| failed(format!("{cause:?}")))).collect()
}
