//! A session that goes on.

use burn::tensor::Tensor;

use super::{SequenceModel, Steps};
use crate::catalogue::ItemIndex;
use crate::encoder::{Encoder, State};
use crate::error::Result;
use crate::sequences::Clock;

/// One visitor's session, encoded as it happens: each event costs one step. A bidirectional model reads the whole context anew when it is
/// asked.
#[derive(Debug, Clone)]
pub struct Running {
    encoder: Encoder,
    state: State,
    /// The state after the last event. `[1, d]`
    hidden: Tensor<2>,
    /// Attention over the last K events, oldest first (`[K]`), for encoders that give it.
    pub attention: Option<Tensor<1>>,
    context: Vec<ItemIndex>,
    clock: Clock,
}

impl Running {
    /// Before the first event.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn new(model: &SequenceModel) -> Result<Self> {
        let device = model.items.device();
        Ok(Self {
            encoder: model.encoder()?,
            state: model.config.initial_state(1, &device),
            hidden: Tensor::zeros([1, model.config.dim], &device),
            attention: None,
            context: Vec::new(),
            clock: Clock::default(),
        })
    }

    /// Takes one event in, and when it was (milliseconds since 1970) where that is known.
    pub fn step(&mut self, model: &SequenceModel, item: ItemIndex, time: Option<i64>) {
        let place = self.context.len();
        self.context.push(item);
        if model.config.is_bidirectional() {
            return;
        }
        let window = Steps {
            items: vec![item.0],
            keep: vec![if place == 0 { 0.0 } else { 1.0 }],
            sessions: vec![0.0],
            places: vec![place as f32],
            times: vec![self.clock.moment(time)],
        };
        let input = model.input(window, [1, 1]);
        let (output, state, weights) = self.encoder.forward_with_weights(input, self.state.clone());
        self.state = state;
        self.hidden = output.reshape([1, model.config.dim]);
        self.attention = weights.map(|w| w.reshape([model.config.window]));
    }

    /// Logits of all items. `[1, n_items]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn logits(&self, model: &SequenceModel) -> Result<Tensor<2>> {
        if model.config.is_bidirectional() {
            return model.scores(&[&self.context]);
        }
        model.logits(self.hidden.clone(), &[&self.context])
    }

    /// The same of a causal model, where `product` takes the item table to the state after the last event. `[1, d] → [1, n_items]`
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn logits_by(&self, model: &SequenceModel, product: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Result<Tensor<2>> {
        model.boosted(product(self.hidden.clone()), self.hidden.clone(), &[&self.context])
    }
}
