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

use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Int, Tensor, activation};

use super::attention::Cache;
use super::parameters::Spec;
use super::time_bias::{self, Intervals, TimeBias};
use super::{EncoderConfig, Positions};
use crate::kernel::dot_attention::{self, dot_attention};
use crate::kernel::linear::linear;

/// `PyTorch`'s epsilon of layer normalisation.
const EPSILON: f64 = 1e-5;

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
        let [_, dim] = self.weight.dims();
        layer_norm(x, self.weight.clone().reshape([dim]), Some(self.bias.clone().reshape([dim])), EPSILON)
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
    mask: Tensor<3>,
    rotation: Option<Rotation>,
    intervals: Option<Intervals>,
    heads: usize,
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

    /// States `[T, B, d]` and the caches for the next window; `dropout` is asked once for the input and twice a block.
    pub(super) fn forward(
        &self,
        window: Window,
        caches: Vec<Cache>,
        mut dropout: impl FnMut(Tensor<3>) -> Tensor<3>,
    ) -> (Tensor<3>, Vec<Cache>) {
        let [steps, ..] = window.x.dims();
        let device = window.x.device();
        let sessions = match caches.first() {
            Some(cache) => Tensor::cat(vec![cache.sessions.clone(), window.sessions.clone()], 0),
            None => window.sessions.clone(),
        };
        let [positions, batch] = sessions.dims();
        let intervals = self.config.time_bias.then(|| {
            let own = window.times.clone().unwrap_or_else(|| time_bias::unknown([steps, batch], &device));
            let carried = caches.first().and_then(|cache| cache.times.clone());
            Intervals::new(Tensor::cat(carried.into_iter().chain([own]).collect(), 1), steps, self.config.heads)
        });
        let shared = Shared {
            mask: dot_attention::mask(sessions.clone(), steps, !self.config.is_bidirectional()),
            rotation: (self.config.positions == Positions::Rotary)
                .then(|| Rotation::new(positions, self.config.dim / self.config.heads, &device)),
            intervals,
            heads: self.config.heads,
        };
        let mut x = dropout(self.embed(window));
        let mut next = Vec::with_capacity(caches.len());
        let mut caches = caches.into_iter();
        for block in &self.blocks {
            let (change, kept) = attend(block, &x, caches.next(), &sessions, &shared);
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
}

/// A block's attention over the carried and the window's own positions; and, where something was carried in, what to carry on.
fn attend(
    block: &Block,
    x: &Tensor<3>,
    cache: Option<Cache>,
    sessions: &Tensor<2>,
    shared: &Shared,
) -> (Tensor<3>, Option<Cache>) {
    let [steps, batch, dim] = x.dims();
    let stacked = block.projection.forward(block.norm1.forward(x.clone())); // [T, B, 3d]
    let part = |i: usize| stacked.clone().slice([0..steps, 0..batch, i * dim..(i + 1) * dim]);
    let (mut keys, mut values) = (part(1), part(2));
    let kept = cache.map(|cache| {
        let window = cache.sessions.dims()[0];
        keys = Tensor::cat(vec![cache.keys, keys.clone()], 0);
        values = Tensor::cat(vec![cache.values, values.clone()], 0);
        let last = |x: &Tensor<3>| x.clone().without_autodiff().slice([steps..steps + window]);
        Cache {
            keys: last(&keys),
            values: last(&values),
            sessions: sessions.clone().slice([steps..steps + window]),
            times: shared.intervals.as_ref().map(|intervals| intervals.last(window)),
        }
    });
    let [positions, ..] = keys.dims();
    let rotate = |x: Tensor<3>, first: usize| match &shared.rotation {
        None => x,
        Some(rotation) => rotation.apply(x, first, shared.heads),
    };
    let context = dot_attention(dot_attention::Input {
        queries: rotate(part(0), positions - steps),
        keys: rotate(keys, 0),
        values,
        mask: shared.mask.clone(),
        bias: block.time_bias.as_ref().zip(shared.intervals.as_ref()).map(|(bias, intervals)| bias.of(intervals)),
        heads: shared.heads,
    });
    (block.output.forward(context), kept)
}

/// Rotary positions (Su et al., 2021): scores depend on how far apart two steps are, not on where they stand.
struct Rotation {
    /// `[P, 1, 1, width/2]`
    cos: Tensor<4>,
    /// `[P, 1, 1, width/2]`
    sin: Tensor<4>,
}

impl Rotation {
    fn new(positions: usize, width: usize, device: &Device) -> Self {
        const BASE: f32 = 10_000.0;
        let half = width / 2;
        let count = |n: usize| Tensor::<1, Int>::arange(0..n as i64, device).float();
        let frequency = (count(half) * (-BASE.ln() / half as f32)).exp();
        let angle = count(positions).reshape([positions, 1]) * frequency.reshape([1, half]);
        let angle = angle.reshape([positions, 1, 1, half]);
        Self { cos: angle.clone().cos(), sin: angle.sin() }
    }

    /// Rotates `[S, B, d]`, whose first step stands at position `first`.
    fn apply(&self, x: Tensor<3>, first: usize, heads: usize) -> Tensor<3> {
        let [steps, batch, dim] = x.dims();
        let half = dim / heads / 2;
        let x = x.reshape([steps, batch, heads, 2 * half]);
        let part = |i: usize| x.clone().slice([0..steps, 0..batch, 0..heads, i * half..(i + 1) * half]);
        let (real, imaginary) = (part(0), part(1));
        let (cos, sin) =
            (self.cos.clone().slice([first..first + steps]), self.sin.clone().slice([first..first + steps]));
        let turned = [real.clone() * cos.clone() - imaginary.clone() * sin.clone(), imaginary * cos + real * sin];
        Tensor::cat(turned.to_vec(), 3).reshape([steps, batch, dim])
    }
}
