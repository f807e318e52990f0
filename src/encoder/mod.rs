//! Sequence encoders: what was viewed, in order, becomes one vector per step.

pub mod attention;
pub mod gru;
pub mod parameters;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use attention::{Attention, Cache};
use gru::Gru;
use parameters::Spec;

use crate::error::{Error, Result};

/// Which encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One GRU.
    Gru,
    /// GRU → additive attention over the session's last states → GRU over \[state; context\].
    GruAttention,
}

/// An encoder's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Which encoder.
    pub kind: Kind,
    /// Width of item vectors, states and attention alike (the output is tied to the item table). 8 ..= 512.
    pub dim: usize,
    /// K: how many states of the session attention may look at. 1 ..= 512; more costs time in proportion.
    pub window: usize,
}

impl EncoderConfig {
    /// The matrices, in the order the encoder takes them.
    #[must_use]
    pub fn specs(&self) -> Vec<Spec> {
        let d = self.dim;
        match self.kind {
            Kind::Gru => Gru::specs("gru", d, d),
            Kind::GruAttention => {
                [Gru::specs("first", d, d), Attention::specs("attention", d, d), Gru::specs("second", 2 * d, d)]
                    .concat()
            }
        }
    }

    /// Builds the encoder on its matrices (see [`parameters::split`]).
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where matrices are missing.
    pub fn build(&self, weights: Vec<Tensor<2>>) -> Result<Encoder> {
        let mut weights = weights.into_iter();
        let encoder = match self.kind {
            Kind::Gru => Gru::take(&mut weights).map(Encoder::Gru),
            Kind::GruAttention => (|| {
                Some(Encoder::GruAttention {
                    first: Gru::take(&mut weights)?,
                    attention: Attention::take(&mut weights)?,
                    second: Gru::take(&mut weights)?,
                })
            })(),
        };
        encoder.ok_or_else(|| Error::Checkpoint {
            cause: "weights of the encoder are missing".into(),
            remedy: "Train again".into(),
        })
    }

    /// The state before anything was seen.
    #[must_use]
    pub fn initial_state(&self, batch: usize, device: &Device) -> State {
        let zeros = || Tensor::zeros([batch, self.dim], device);
        match self.kind {
            Kind::Gru => State { hidden: vec![zeros()], cache: None },
            Kind::GruAttention => State {
                hidden: vec![zeros(), zeros()],
                cache: Some(Cache {
                    keys: Tensor::zeros([self.window, batch, self.dim], device),
                    values: Tensor::zeros([self.window, batch, self.dim], device),
                    sessions: Tensor::full([self.window, batch], NO_SESSION, device),
                }),
            },
        }
    }
}

/// The session number of cache entries that hold nothing.
pub const NO_SESSION: f32 = -1.0;

/// What is carried from window to window: constants to the next one's gradients.
#[derive(Debug, Clone)]
pub struct State {
    /// Each recurrent layer's state. `[B, H]`
    pub hidden: Vec<Tensor<2>>,
    /// Attention's past.
    pub cache: Option<Cache>,
}

/// One window, embedded.
#[derive(Debug, Clone)]
pub struct Input {
    /// Item vectors. `[T, B, d]`
    pub x: Tensor<3>,
    /// 0 where a session starts. `[T, B]`
    pub keep: Tensor<2>,
    /// Session numbers. `[T, B]`
    pub sessions: Tensor<2>,
}

/// An encoder with its weights.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one per model, never in a collection")]
pub enum Encoder {
    /// See [`Kind::Gru`].
    Gru(Gru),
    /// See [`Kind::GruAttention`].
    GruAttention {
        /// Over the items.
        first: Gru,
        /// Over its states.
        attention: Attention,
        /// Over \[state; context\].
        second: Gru,
    },
}

impl Encoder {
    /// Encodes a window.
    ///
    /// # Shapes
    /// See [`Input`]; output `[T, B, H]` and the state for the next window.
    ///
    /// # Panics
    /// Where the state is another encoder's.
    #[must_use]
    pub fn forward(&self, input: Input, state: State) -> (Tensor<3>, State) {
        let (output, state, _) = self.run(input, state, false);
        (output, state)
    }

    /// As [`Self::forward`], with the attention weights `[T, K, B]` of encoders that attend.
    ///
    /// # Panics
    /// Where the state is another encoder's.
    #[must_use]
    pub fn forward_with_weights(&self, input: Input, state: State) -> (Tensor<3>, State, Option<Tensor<3>>) {
        self.run(input, state, true)
    }

    fn run(&self, input: Input, state: State, weights: bool) -> (Tensor<3>, State, Option<Tensor<3>>) {
        let mut carried = state.hidden.into_iter();
        let mut carry = || carried.next().expect("a state has one tensor per layer");
        match self {
            Self::Gru(gru) => {
                let states = gru.forward(input.x, carry(), input.keep);
                let hidden = vec![last(&states)];
                (states, State { hidden, cache: None }, None)
            }
            Self::GruAttention { first, attention, second } => {
                let cache = state.cache.expect("an attending encoder's state has a cache");
                let states = first.forward(input.x, carry(), input.keep.clone());
                let (contexts, cache, weights) = if weights {
                    let (contexts, cache, weights) =
                        attention.forward_with_weights(states.clone(), input.sessions, cache);
                    (contexts, cache, Some(weights))
                } else {
                    let (contexts, cache) = attention.forward(states.clone(), input.sessions, cache);
                    (contexts, cache, None)
                };
                let both = Tensor::cat(vec![states.clone(), contexts], 2); // [T, B, 2H]
                let output = second.forward(both, carry(), input.keep);
                let hidden = vec![last(&states), last(&output)];
                (output, State { hidden, cache: Some(cache) }, weights)
            }
        }
    }
}

/// The last step's state, cut off from the graph. `[B, H]`
fn last(states: &Tensor<3>) -> Tensor<2> {
    let [steps, batch, hidden] = states.dims();
    states.clone().without_autodiff().slice([steps - 1..steps]).reshape([batch, hidden])
}
