//! Sequence encoders: what was viewed, in order, becomes one vector per step.

pub mod attention;
pub mod config;
pub mod copy;
pub mod gru;
pub mod lstm;
pub mod parameters;
pub mod pointers;
mod recurrent;
pub mod time_bias;
pub mod transformer;
pub mod transitions;

use burn::tensor::{Device, Tensor, TensorData};

use attention::{Attention, Cache};
pub use config::{EncoderConfig, Kind, Positions};
use gru::Gru;
use lstm::Lstm;
use transformer::{KeysValues, Transformer};

use crate::error::{Error, Result};

/// The session number of cache entries that hold nothing.
pub const NO_SESSION: f32 = -1.0;

/// What is carried from window to window: constants to the next one's gradients.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Each recurrent layer's state (an LSTM's cell after it). `[B, H]`
    pub hidden: Vec<Tensor<2>>,
    /// The attention preset's past.
    pub caches: Vec<Cache>,
    /// Each causal Transformer block's past.
    pub keys_values: Vec<KeysValues>,
}

impl State {
    /// Some of its lanes, in this order.
    #[must_use]
    pub fn lanes(&self, lanes: &[usize]) -> Self {
        let lanes: Vec<f32> = lanes.iter().map(|&lane| lane as f32).collect();
        let of = |device: &Device| Tensor::<1>::from_data(TensorData::new(lanes.clone(), [lanes.len()]), device).int();
        let hidden = self.hidden.iter().map(|state| state.clone().select(0, of(&state.device())));
        let cache = |cache: &Cache| {
            let lanes = of(&cache.keys.device());
            Cache {
                keys: cache.keys.clone().select(1, lanes.clone()),
                values: cache.values.clone().select(1, lanes.clone()),
                sessions: cache.sessions.clone().select(1, lanes),
            }
        };
        let kept = |kept: &KeysValues| {
            let lanes = of(&kept.entries.device());
            KeysValues {
                entries: kept.entries.clone().select(1, lanes.clone()),
                sessions: kept.sessions.clone().select(1, lanes.clone()),
                times: kept.times.as_ref().map(|times| times.clone().select(2, lanes)),
            }
        };
        Self {
            hidden: hidden.collect(),
            caches: self.caches.iter().map(cache).collect(),
            keys_values: self.keys_values.iter().map(kept).collect(),
        }
    }

    /// Its lanes, then those of another state of the same encoder.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        let hidden = self.hidden.into_iter().zip(other.hidden).map(|(a, b)| Tensor::cat(vec![a, b], 0));
        let cache = |(a, b): (Cache, Cache)| Cache {
            keys: Tensor::cat(vec![a.keys, b.keys], 1),
            values: Tensor::cat(vec![a.values, b.values], 1),
            sessions: Tensor::cat(vec![a.sessions, b.sessions], 1),
        };
        let kept = |(a, b): (KeysValues, KeysValues)| KeysValues {
            entries: Tensor::cat(vec![a.entries, b.entries], 1),
            sessions: Tensor::cat(vec![a.sessions, b.sessions], 1),
            times: a.times.zip(b.times).map(|(a, b)| Tensor::cat(vec![a, b], 2)),
        };
        Self {
            hidden: hidden.collect(),
            caches: self.caches.into_iter().zip(other.caches).map(cache).collect(),
            keys_values: self.keys_values.into_iter().zip(other.keys_values).map(kept).collect(),
        }
    }
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
    /// Each step's place in its session, from 0. `[T, B]`
    pub places: Tensor<2>,
    /// Each step's moment, for [`EncoderConfig::time_bias`]: see [`time_bias::upload`]. `None`: nobody knows any. `[2, T, B]`
    pub times: Option<Tensor<3>>,
    /// Bidirectional encoders: 1 where the item is hidden. `[T, B]`
    pub hidden: Option<Tensor<2>>,
    /// In training, factors that drop units out: one mask for each of [`EncoderConfig::dropouts`]; else none. `[T, B, d]`
    pub dropout: Vec<Tensor<3>>,
}

impl Input {
    /// The same steps with other vectors.
    #[must_use]
    pub fn with(self, x: Tensor<3>) -> Self {
        Self { x, ..self }
    }
}

/// An encoder with its weights.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one per model, never in a collection")]
pub enum Encoder {
    /// See [`Kind::Gru`].
    Gru(Vec<Gru>),
    /// See [`Kind::Lstm`].
    Lstm(Vec<Lstm>),
    /// See [`Kind::GruAttention`].
    GruAttention {
        /// Over the items.
        first: Gru,
        /// Over its states.
        attention: Attention,
        /// Over \[state; context\].
        second: Gru,
    },
    /// See [`Kind::Transformer`] and [`Kind::Bert`].
    Transformer(Transformer),
}

impl EncoderConfig {
    /// Builds the encoder on its matrices (see [`parameters::split`]).
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where matrices are missing.
    pub fn build(&self, weights: &mut impl Iterator<Item = Tensor<2>>) -> Result<Encoder> {
        let layers = 0..self.layers;
        let encoder = match self.kind {
            Kind::Gru => layers.map(|_| Gru::take(weights)).collect::<Option<_>>().map(Encoder::Gru),
            Kind::Lstm => layers.map(|_| Lstm::take(weights)).collect::<Option<_>>().map(Encoder::Lstm),
            Kind::GruAttention => (|| {
                Some(Encoder::GruAttention {
                    first: Gru::take(weights)?,
                    attention: Attention::take(weights)?,
                    second: Gru::take(weights)?,
                })
            })(),
            Kind::Transformer | Kind::Bert => Transformer::take(weights, *self).map(Encoder::Transformer),
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
        let cache = || Cache {
            keys: Tensor::zeros([self.window, batch, self.dim], device),
            values: Tensor::zeros([self.window, batch, self.dim], device),
            sessions: Tensor::full([self.window, batch], NO_SESSION, device),
        };
        let keys_values = || KeysValues {
            entries: Tensor::zeros([self.window, batch, 2 * self.dim], device),
            sessions: Tensor::full([self.window, batch], NO_SESSION, device),
            times: self.time_bias.then(|| time_bias::unknown([self.window, batch], device)),
        };
        let (hidden, caches, blocks) = match self.kind {
            Kind::Gru => (self.layers, 0, 0),
            Kind::Lstm => (2 * self.layers, 0, 0),
            Kind::GruAttention => (2, 1, 0),
            Kind::Transformer => (0, 0, self.layers),
            Kind::Bert => (0, 0, 0),
        };
        State {
            hidden: (0..hidden).map(|_| zeros()).collect(),
            caches: (0..caches).map(|_| cache()).collect(),
            keys_values: (0..blocks).map(|_| keys_values()).collect(),
        }
    }
}

/// The masks of a forward pass, handed out in order.
struct Dropout(std::vec::IntoIter<Tensor<3>>);

impl Dropout {
    fn apply(&mut self, x: Tensor<3>) -> Tensor<3> {
        match self.0.next() {
            None => x,
            Some(mask) => x * mask,
        }
    }
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

    /// As [`Self::forward`], with the attention weights `[T, K, B]` of the attention preset.
    ///
    /// # Panics
    /// Where the state is another encoder's.
    #[must_use]
    pub fn forward_with_weights(&self, input: Input, state: State) -> (Tensor<3>, State, Option<Tensor<3>>) {
        self.run(input, state, true)
    }

    fn run(&self, mut input: Input, state: State, weights: bool) -> (Tensor<3>, State, Option<Tensor<3>>) {
        let mut dropout = Dropout(std::mem::take(&mut input.dropout).into_iter());
        match self {
            Self::Gru(layers) => {
                let (output, hidden) = grus(layers, input, state.hidden, dropout);
                (output, State { hidden, ..State::default() }, None)
            }
            Self::Lstm(layers) => {
                let (output, hidden) = lstms(layers, input, state.hidden, dropout);
                (output, State { hidden, ..State::default() }, None)
            }
            Self::GruAttention { first, attention, second } => {
                attending([first, second], attention, input, state, (dropout, weights))
            }
            Self::Transformer(transformer) => {
                let Input { x, sessions, places, times, hidden, .. } = input;
                let window = transformer::Window { x, sessions, places, times, hidden };
                let (output, keys_values) = transformer.forward(window, state.keys_values, |x| dropout.apply(x));
                (output, State { keys_values, ..State::default() }, None)
            }
        }
    }
}

/// Dropout before, between and after the layers.
fn grus(layers: &[Gru], input: Input, carried: Vec<Tensor<2>>, mut dropout: Dropout) -> (Tensor<3>, Vec<Tensor<2>>) {
    let mut x = dropout.apply(input.x);
    let mut hidden = Vec::with_capacity(layers.len());
    for (layer, carried) in layers.iter().zip(carried) {
        let states = layer.forward(x, carried, input.keep.clone());
        hidden.push(last(&states));
        x = dropout.apply(states);
    }
    (x, hidden)
}

fn lstms(layers: &[Lstm], input: Input, carried: Vec<Tensor<2>>, mut dropout: Dropout) -> (Tensor<3>, Vec<Tensor<2>>) {
    let mut x = dropout.apply(input.x);
    let mut hidden = Vec::with_capacity(2 * layers.len());
    let mut carried = carried.into_iter();
    let mut carry = || carried.next().expect("a state has two tensors per layer");
    for layer in layers {
        let [states, cells] = layer.forward(x, [carry(), carry()], input.keep.clone());
        hidden.extend([last(&states), last(&cells)]);
        x = dropout.apply(states);
    }
    (x, hidden)
}

fn attending(
    [first, second]: [&Gru; 2],
    attention: &Attention,
    input: Input,
    state: State,
    (mut dropout, weights): (Dropout, bool),
) -> (Tensor<3>, State, Option<Tensor<3>>) {
    let mut carried = state.hidden.into_iter();
    let mut carry = || carried.next().expect("a state has one tensor per layer");
    let cache = state.caches.into_iter().next().expect("an attending encoder's state has a cache");
    let states = first.forward(dropout.apply(input.x), carry(), input.keep.clone());
    let (contexts, cache, weights) = if weights {
        let (contexts, cache, weights) = attention.forward_with_weights(states.clone(), input.sessions, cache);
        (contexts, cache, Some(weights))
    } else {
        let (contexts, cache) = attention.forward(states.clone(), input.sessions, cache);
        (contexts, cache, None)
    };
    let both = vec![dropout.apply(states.clone()), dropout.apply(contexts)];
    let output = second.forward(Tensor::cat(both, 2), carry(), input.keep); // from [T, B, 2H]
    let hidden = vec![last(&states), last(&output)];
    (dropout.apply(output), State { hidden, caches: vec![cache], ..State::default() }, weights)
}

/// The last step's state, cut off from the graph. `[B, H]`
fn last(states: &Tensor<3>) -> Tensor<2> {
    let [steps, batch, hidden] = states.dims();
    states.clone().without_autodiff().slice([steps - 1..steps]).reshape([batch, hidden])
}
