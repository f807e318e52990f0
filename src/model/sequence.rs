//! Embedding, encoder and tied output.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};

use super::{items_of, missing};
use crate::catalogue::ItemIndex;
use crate::encoder::copy::{self, CopyPath};
use crate::encoder::pointers::{self, Pointed};
use crate::encoder::transitions::{self as following, TransitionPath};
use crate::encoder::{Encoder, EncoderConfig, Input, State, parameters, time_bias};
use crate::error::Result;
use crate::kernel::linear::scores;
use crate::kernel::rows::gather;
use crate::kernel::shards::Shards;
use crate::sequences::{Context, Moment, Transitions};

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
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn encoder(&self) -> Result<Encoder> {
        self.config.build(&mut self.weights())
    }

    /// Logits of all items, given the contexts and the states after them.
    ///
    /// # Shapes
    /// `hidden`: `[contexts, d]`; output `[contexts, n_items]`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn logits(&self, hidden: Tensor<2>, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        self.boosted(scores(&hidden, &self.items), hidden, contexts)
    }

    /// The same from the states' products with the item table.
    pub(super) fn boosted(
        &self,
        mut logits: Tensor<2>,
        hidden: Tensor<2>,
        contexts: &[&[ItemIndex]],
    ) -> Result<Tensor<2>> {
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
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
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
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        self.scores_timed(&contexts.iter().map(|items| Context::untimed(items)).collect::<Vec<_>>())
    }

    /// Scores of all items after each context. `[contexts, n_items]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
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
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn after(&self, window: Input) -> Result<Tensor<2>> {
        let [steps, lanes, dim] = window.x.dims();
        let state = self.config.initial_state(lanes, &self.items.device());
        let (output, _) = self.encoder()?.forward(window, state);
        Ok(output.slice([steps - 1..steps]).reshape([lanes, dim]))
    }

    /// The state after each context; zeros after an empty one. `[contexts, d]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
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
    pub(super) fn run(&self, contexts: &[Context<'_>]) -> Result<(Tensor<2>, State)> {
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

    pub(super) fn input(&self, window: Steps, [steps, lanes]: [usize; 2]) -> Input {
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

/// What is known of each step and lane, time-major.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) items: Vec<u32>,
    pub(super) keep: Vec<f32>,
    pub(super) sessions: Vec<f32>,
    pub(super) places: Vec<f32>,
    pub(super) times: Vec<Moment>,
}
