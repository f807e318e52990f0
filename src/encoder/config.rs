//! An encoder's shape, and what of it is legal.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::copy::CopyPath;
use super::gru::Gru;
use super::lstm::Lstm;
use super::parameters::Spec;
use super::transformer::Transformer;
use super::transitions::TransitionPath;
use crate::error::{Error, Result};
use crate::kernel::dot_attention;

/// Which encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// GRU layers.
    Gru,
    /// LSTM layers.
    Lstm,
    /// GRU → additive attention over the session's last states → GRU over \[state; context\].
    GruAttention,
    /// A causal Transformer.
    Transformer,
    /// A bidirectional Transformer that names hidden items.
    Bert,
}

/// How a Transformer knows the order of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Rotary: by how far apart steps are.
    #[default]
    Rotary,
    /// A learned vector for each of the first K places of a session.
    Learned,
}

/// An encoder's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each named in files and settings")]
pub struct EncoderConfig {
    /// Which encoder.
    pub kind: Kind,
    /// Width of item vectors, states and attention alike (the output is tied to the item table). 8 ..= 512.
    pub dim: usize,
    /// K: how many steps of the session attention may look at. 1 ..= 512; more costs time in proportion.
    pub window: usize,
    /// Layers (Transformers: blocks), 1 ..= 8. The attention preset is as it is: 1.
    #[serde(default = "one")]
    pub layers: usize,
    /// Heads of a Transformer's attention, 1 ..= 8; each is `dim / heads` wide.
    #[serde(default = "one")]
    pub heads: usize,
    /// How a Transformer knows the order of steps.
    #[serde(default)]
    pub positions: Positions,
    /// Does a Transformer weigh each block's part by a learned gate?
    #[serde(default)]
    pub gated: bool,
    /// Does the output point at items of the session, too? See [`super::copy`].
    #[serde(default)]
    pub copy: bool,
    /// Does the output know what followed the last item before? See [`super::transitions`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transitions: bool,
    /// Does a causal Transformer heed how much time passed between events? See [`super::time_bias`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_bias: bool,
}

fn one() -> usize {
    1
}

impl EncoderConfig {
    /// An encoder of one layer and one head.
    #[must_use]
    pub fn new(kind: Kind, dim: usize, window: usize) -> Self {
        Self {
            kind,
            dim,
            window,
            layers: 1,
            heads: 1,
            positions: Positions::Rotary,
            gated: false,
            copy: false,
            transitions: false,
            time_bias: false,
        }
    }

    /// Does it read what comes after a step, too?
    #[must_use]
    pub fn is_bidirectional(&self) -> bool {
        self.kind == Kind::Bert
    }

    /// Does it attend with heads?
    #[must_use]
    pub fn is_transformer(&self) -> bool {
        matches!(self.kind, Kind::Transformer | Kind::Bert)
    }

    /// Checks every range, before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first setting that is out of its range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name: &str, value: String, legal: &str| {
            Err(Error::Config { name: name.into(), value, legal: legal.into() })
        };
        for (name, value, most) in [("layers", self.layers, 8), ("heads", self.heads, 8), ("window", self.window, 512)]
        {
            if !(1..=most).contains(&value) {
                return wrong(name, value.to_string(), &format!("give a whole number from 1 to {most}"));
            }
        }
        if !(8..=512).contains(&self.dim) {
            return wrong("dim", self.dim.to_string(), "give a whole number from 8 to 512");
        }
        if self.is_transformer() && !self.dim.is_multiple_of(2 * self.heads) {
            return wrong(
                "dim",
                self.dim.to_string(),
                "each head must have an even width: give a multiple of 2 · heads",
            );
        }
        if self.is_transformer() && self.dim / self.heads > dot_attention::WIDEST {
            let legal = format!("a head is at most {} wide: give more heads", dot_attention::WIDEST);
            return wrong("heads", self.heads.to_string(), &legal);
        }
        if self.kind == Kind::GruAttention && self.layers != 1 {
            return wrong("layers", self.layers.to_string(), "the attention preset has one of each: give 1");
        }
        if self.copy && self.is_bidirectional() {
            return wrong("copy", "true".into(), "a bidirectional model has no copy path: give false");
        }
        if self.transitions && self.is_bidirectional() {
            return wrong("transitions", "true".into(), "a bidirectional model has none: give false");
        }
        if self.time_bias && self.kind != Kind::Transformer {
            return wrong("timeBias", "true".into(), "only the model transformer has it: give false, or that model");
        }
        Ok(())
    }

    /// All matrices: the encoder's, then the copy path's and the transitions'.
    #[must_use]
    pub fn specs(&self) -> Vec<Spec> {
        let mut specs = self.encoder_specs();
        if self.copy {
            specs.extend(CopyPath::specs("copy", self.dim));
        }
        if self.transitions {
            specs.extend(TransitionPath::specs("transitions", self.dim));
        }
        specs
    }

    /// Where the copy path's weights and the transitions' lie, of those that there are, in the flat weights.
    #[must_use]
    pub fn path_ranges(&self) -> Vec<Range<usize>> {
        let size = |specs: &[Spec]| specs.iter().map(Spec::size).sum::<usize>();
        let mut start = size(&self.encoder_specs());
        let paths = [
            self.copy.then(|| CopyPath::specs("copy", self.dim)),
            self.transitions.then(|| TransitionPath::specs("transitions", self.dim)),
        ];
        let range = |specs: Vec<Spec>| {
            let range = start..start + size(&specs);
            start = range.end;
            range
        };
        paths.into_iter().flatten().map(range).collect()
    }

    /// The encoder's matrices, in the order they are taken.
    #[must_use]
    pub fn encoder_specs(&self) -> Vec<Spec> {
        let d = self.dim;
        let layers = 0..self.layers;
        match self.kind {
            Kind::Gru => layers.flat_map(|layer| Gru::specs("gru", layer, d, d)).collect(),
            Kind::Lstm => layers.flat_map(|layer| Lstm::specs("lstm", layer, d, d)).collect(),
            Kind::GruAttention => {
                [Gru::specs("first", 0, d, d), Attention::specs("attention", d, d), Gru::specs("second", 0, 2 * d, d)]
                    .concat()
            }
            Kind::Transformer | Kind::Bert => Transformer::specs("transformer", self),
        }
    }

    /// Multiply-adds of attention per step, about, where a window has `steps` of them; no weights take part in them.
    #[must_use]
    pub fn attention_work(&self, steps: usize) -> usize {
        /// A tanh of additive attention costs about as much as this many multiply-adds.
        const TANH: usize = 8;
        match self.kind {
            Kind::Gru | Kind::Lstm => 0,
            Kind::GruAttention => self.window * self.dim * (2 + TANH),
            Kind::Transformer => 2 * self.layers * (self.window + steps) * self.dim,
            Kind::Bert => 2 * self.layers * steps * self.dim,
        }
    }

    /// How many dropout masks a forward pass in training takes.
    #[must_use]
    pub fn dropouts(&self) -> usize {
        match self.kind {
            Kind::Gru | Kind::Lstm => 1 + self.layers,
            Kind::GruAttention => 4,
            Kind::Transformer | Kind::Bert => 1 + 2 * self.layers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_out_of_range_is_named_with_its_range() {
        let base = EncoderConfig::new(Kind::Transformer, 64, 50);
        base.check().unwrap();
        for (config, part) in [
            (EncoderConfig { layers: usize::MAX, ..base }, "layers"),
            (EncoderConfig { dim: 0, ..base }, "dim = 0"),
            (EncoderConfig { heads: 3, ..base }, "multiple of 2 · heads"),
            (EncoderConfig { dim: 256, heads: 1, ..base }, "at most 128 wide"),
            (EncoderConfig { kind: Kind::GruAttention, layers: 2, ..base }, "attention preset"),
            (EncoderConfig { kind: Kind::Bert, copy: true, ..base }, "no copy path"),
            (EncoderConfig { kind: Kind::Bert, transitions: true, ..base }, "transitions = true"),
            (EncoderConfig { kind: Kind::Bert, time_bias: true, ..base }, "only the model transformer has it"),
            (EncoderConfig { kind: Kind::Gru, time_bias: true, ..base }, "timeBias = true"),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
