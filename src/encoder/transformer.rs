//! A Transformer encoder over sessions (Vaswani et al., 2017), with the normalisation before each part ("pre-norm", Xiong et al., 2020).
//!
//! **Causal** (the family of `SASRec`, Kang & `McAuley`, 2018): each step attends to the last K steps of its session. The keys and values
//! of steps before the window are carried over as constants (Dai et al., 2019), so that a new event costs one step.
//!
//! **Bidirectional** (`BERT4Rec`, Sun et al., 2019): each step attends to its whole session within the window; items are hidden behind a
//! mask vector, and the model names them.
//!
//! **Time** (where asked for): [`super::time_bias`] adds to each score by how much time passed between the two events.
//!
//! Without gating and with learned positions, the weights are those of `torch.nn.TransformerEncoder` over
//! `torch.nn.TransformerEncoderLayer(d, heads, 4 * d, activation="relu", norm_first=True)`, with its final `norm`.

use burn::tensor::{Tensor, activation};

use super::parameters::Spec;
use super::time_bias::{self, Intervals, TimeBias};
use super::{EncoderConfig, Positions};
use crate::kernel::dot_attention;
use crate::kernel::layer_norm::layer_norm;
use crate::kernel::linear::linear;
use crate::kernel::rotary::{Turn, rotate};

/// `x · Wᵀ + b`.
#[derive(Debug, Clone)]
struct Linear {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl Linear {
    fn specs(names: [String; 2], input: usize, output: usize) -> Vec<Spec> {
        // Glorot & Bengio, 2010, as `PyTorch` initialises attention.
        let bound = (6.0 / (input + output) as f32).sqrt();
        let [weight, bias] = names;
        vec![Spec::uniform(weight, [output, input], bound), Spec::constant(bias, [1, output], 0.0)]
    }

    fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self { weight: weights.next()?, bias: weights.next()? })
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [steps, batch, input] = x.dims();
        let [output, _] = self.weight.dims();
        let x = x.reshape([steps * batch, input]);
        linear(x, self.weight.clone(), Some(self.bias.clone())).reshape([steps, batch, output])
    }
}

/// Layer normalisation (Ba et al., 2016).
#[derive(Debug, Clone)]
struct Norm {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl Norm {
    fn specs(name: &str, dim: usize) -> Vec<Spec> {
        vec![
            Spec::constant(format!("{name}.weight"), [1, dim], 1.0),
            Spec::constant(format!("{name}.bias"), [1, dim], 0.0),
        ]
    }

    fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self { weight: weights.next()?, bias: weights.next()? })
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [steps, batch, dim] = x.dims();
        let x = x.reshape([steps * batch, dim]);
        layer_norm(x, self.weight.clone(), self.bias.clone()).reshape([steps, batch, dim])
    }
}

/// Attention and feed-forward, each added to what came in, behind a learned gate where the encoder is gated.
#[derive(Debug, Clone)]
struct Block {
    norm1: Norm,
    /// Queries, keys and values, stacked.
    projection: Linear,
    output: Linear,
    norm2: Norm,
    linear1: Linear,
    linear2: Linear,
    gates: Option<[Linear; 2]>,
    time_bias: Option<TimeBias>,
}

impl Block {
    fn specs(name: &str, config: &EncoderConfig) -> Vec<Spec> {
        let d = config.dim;
        let linear = |part: &str, input, output| {
            Linear::specs([format!("{name}.{part}.weight"), format!("{name}.{part}.bias")], input, output)
        };
        let attention = |suffix: &str| format!("{name}.self_attn.{suffix}");
        let mut specs = [
            Norm::specs(&format!("{name}.norm1"), d),
            Linear::specs([attention("in_proj_weight"), attention("in_proj_bias")], d, 3 * d),
            linear("self_attn.out_proj", d, d),
            Norm::specs(&format!("{name}.norm2"), d),
            linear("linear1", d, 4 * d),
            linear("linear2", 4 * d, d),
        ]
        .concat();
        if config.gated {
            specs.extend(linear("gate1", d, d));
            specs.extend(linear("gate2", d, d));
        }
        if config.time_bias {
            specs.push(TimeBias::spec(name, config.heads));
        }
        specs
    }

    fn take(weights: &mut impl Iterator<Item = Tensor<2>>, config: &EncoderConfig) -> Option<Self> {
        Some(Self {
            norm1: Norm::take(weights)?,
            projection: Linear::take(weights)?,
            output: Linear::take(weights)?,
            norm2: Norm::take(weights)?,
            linear1: Linear::take(weights)?,
            linear2: Linear::take(weights)?,
            gates: if config.gated { Some([Linear::take(weights)?, Linear::take(weights)?]) } else { None },
            time_bias: if config.time_bias { Some(TimeBias::take(weights)?) } else { None },
        })
    }

    /// `x + f(norm(x))`, or `x + σ(W x) ∘ f(norm(x))` ("`LiGR`", Borisyuk et al., 2024).
    fn add(&self, x: Tensor<3>, which: usize, change: Tensor<3>) -> Tensor<3> {
        match &self.gates {
            None => x + change,
            Some(gates) => x.clone() + activation::sigmoid(gates[which].forward(x)) * change,
        }
    }
}

/// What all blocks of a forward pass share.
struct Shared {
    /// Carried ones first. `[P, B]`
    sessions: Tensor<2>,
    intervals: Option<Intervals>,
}

/// A block's keys and values of the last K positions of each lane, for the windows to come.
#[derive(Debug, Clone)]
pub struct KeysValues {
    /// Side by side. `[K, B, 2d]`
    pub entries: Tensor<3>,
    /// `[K, B]`
    pub sessions: Tensor<2>,
    /// Their moments, where the encoder heeds them. `[2, K, B]`
    pub times: Option<Tensor<3>>,
}

/// An encoder of several blocks.
#[derive(Debug, Clone)]
pub struct Transformer {
    config: EncoderConfig,
    /// Learned positions, `[K, d]`.
    position: Option<Tensor<2>>,
    /// What stands for a hidden item, `[1, d]`.
    mask_token: Option<Tensor<2>>,
    blocks: Vec<Block>,
    norm: Norm,
}

/// A window, as the encoder reads it.
pub(super) struct Window {
    /// `[T, B, d]`
    pub(super) x: Tensor<3>,
    /// `[T, B]`
    pub(super) sessions: Tensor<2>,
    /// Each step's place in its session, from 0. `[T, B]`
    pub(super) places: Tensor<2>,
    /// Each step's moment, where the encoder heeds them. `[2, T, B]`
    pub(super) times: Option<Tensor<3>>,
    /// 1 where the item is hidden. `[T, B]`
    pub(super) hidden: Option<Tensor<2>>,
}

impl Transformer {
    /// Its matrices, in order.
    pub(super) fn specs(name: &str, config: &EncoderConfig) -> Vec<Spec> {
        let mut specs = Vec::new();
        if config.positions == Positions::Learned {
            specs.push(Spec::uniform(format!("{name}.position.weight"), [config.window, config.dim], 0.05));
        }
        if config.is_bidirectional() {
            specs.push(Spec::uniform(format!("{name}.mask_token"), [1, config.dim], 0.05));
        }
        for layer in 0..config.layers {
            specs.extend(Block::specs(&format!("{name}.layers.{layer}"), config));
        }
        specs.extend(Norm::specs(&format!("{name}.norm"), config.dim));
        specs
    }

    /// Takes its matrices, in the order of [`Self::specs`].
    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>, config: EncoderConfig) -> Option<Self> {
        let position = if config.positions == Positions::Learned { Some(weights.next()?) } else { None };
        let mask_token = if config.is_bidirectional() { Some(weights.next()?) } else { None };
        let blocks = (0..config.layers).map(|_| Block::take(weights, &config)).collect::<Option<_>>()?;
        Some(Self { config, position, mask_token, blocks, norm: Norm::take(weights)? })
    }

    /// States `[T, B, d]` and what to carry to the next window; `dropout` is asked once for the input and twice a block.
    pub(super) fn forward(
        &self,
        window: Window,
        carried: Vec<KeysValues>,
        mut dropout: impl FnMut(Tensor<3>) -> Tensor<3>,
    ) -> (Tensor<3>, Vec<KeysValues>) {
        let [steps, ..] = window.x.dims();
        let device = window.x.device();
        let sessions = match carried.first() {
            Some(past) => Tensor::cat(vec![past.sessions.clone(), window.sessions.clone()], 0),
            None => window.sessions.clone(),
        };
        let [_, batch] = sessions.dims();
        let intervals = self.config.time_bias.then(|| {
            let own = window.times.clone().unwrap_or_else(|| time_bias::unknown([steps, batch], &device));
            let before = carried.first().and_then(|past| past.times.clone());
            Intervals::new(Tensor::cat(before.into_iter().chain([own]).collect(), 1), steps, self.config.heads)
        });
        let shared = Shared { sessions, intervals };
        let mut x = dropout(self.embed(window));
        let mut next = Vec::with_capacity(carried.len());
        let mut carried = carried.into_iter();
        for block in &self.blocks {
            let (change, kept) = self.attend(block, &x, carried.next(), &shared);
            next.extend(kept);
            x = block.add(x, 0, dropout(change));
            let inner = activation::relu(block.linear1.forward(block.norm2.forward(x.clone())));
            let change = dropout(block.linear2.forward(inner));
            x = block.add(x, 1, change);
        }
        (self.norm.forward(x), next)
    }

    /// Item vectors, hidden ones replaced, with learned positions added.
    fn embed(&self, window: Window) -> Tensor<3> {
        let [steps, batch, dim] = window.x.dims();
        let mut x = window.x;
        if let (Some(token), Some(hidden)) = (&self.mask_token, window.hidden) {
            let hidden = hidden.reshape([steps, batch, 1]);
            x = x * (hidden.clone() * -1.0 + 1.0) + token.clone().reshape([1, 1, dim]) * hidden;
        }
        if let Some(position) = &self.position {
            let places = window.places.clamp_max((self.config.window - 1) as f32);
            x = x + position.clone().select(0, places.reshape([steps * batch]).int()).reshape([steps, batch, dim]);
        }
        x
    }

    /// A block's attention over the carried and the window's own positions; and, where something was carried in, what to carry on.
    fn attend(
        &self,
        block: &Block,
        x: &Tensor<3>,
        carried: Option<KeysValues>,
        shared: &Shared,
    ) -> (Tensor<3>, Option<KeysValues>) {
        let stacked = block.projection.forward(block.norm1.forward(x.clone())); // [T, B, 3d]
        let before = carried.as_ref().map(|past| past.entries.clone());
        let context = dot_attention::dot_attention(dot_attention::Input {
            stacked: self.rotated(stacked.clone(), before.as_ref().map_or(0, |entries| entries.dims()[0]), 2),
            carried: before.map(|entries| self.rotated(entries, 0, 1)),
            sessions: shared.sessions.clone(),
            causal: !self.config.is_bidirectional(),
            bias: block.time_bias.as_ref().zip(shared.intervals.as_ref()).map(|(bias, intervals)| bias.of(intervals)),
            heads: self.config.heads,
        });
        let kept = carried.map(|past| past.next(&stacked.without_autodiff(), shared));
        (block.output.forward(context), kept)
    }

    /// With `vectors` of those that stand side by side turned to their positions, from `first` on.
    fn rotated(&self, x: Tensor<3>, first: usize, vectors: usize) -> Tensor<3> {
        let EncoderConfig { dim, heads, positions, .. } = self.config;
        match positions {
            Positions::Learned => x,
            Positions::Rotary => rotate(x, Turn { first, columns: vectors * dim, width: dim / heads }),
        }
    }
}

impl KeysValues {
    /// The last K positions of these and the window's.
    fn next(self, stacked: &Tensor<3>, shared: &Shared) -> Self {
        let [steps, batch, columns] = stacked.dims();
        let [window, ..] = self.entries.dims();
        let own = stacked.clone().slice([steps.saturating_sub(window)..steps, 0..batch, columns / 3..columns]);
        let older = (steps < window).then(|| self.entries.slice([steps..window]));
        Self {
            entries: match older {
                None => own,
                Some(older) => Tensor::cat(vec![older, own], 0),
            },
            sessions: shared.sessions.clone().slice([steps..steps + window]),
            times: shared.intervals.as_ref().map(|intervals| intervals.last(window)),
        }
    }
}
