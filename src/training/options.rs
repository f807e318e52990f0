//! What a caller may set, and what follows from the data's own size where it is not set.

use serde::{Deserialize, Serialize};

use crate::embedding::skip_gram::SkipGramConfig;
use crate::encoder::{EncoderConfig, Kind, Positions};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::sequences::Sequences;

/// Which model to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Item vectors alone.
    SkipGram,
    /// A GRU on vectors that skip-gram prepared.
    Gru,
    /// An LSTM on vectors that skip-gram prepared.
    Lstm,
    /// The attention preset, on vectors that skip-gram prepared.
    #[default]
    GruAttention,
    /// A causal Transformer on vectors that skip-gram prepared.
    Transformer,
    /// A bidirectional Transformer on vectors that skip-gram prepared.
    Bert,
}

impl ModelKind {
    /// The encoder of a sequence model; `None` for item vectors alone.
    #[must_use]
    pub fn encoder(self) -> Option<Kind> {
        match self {
            Self::SkipGram => None,
            Self::Gru => Some(Kind::Gru),
            Self::Lstm => Some(Kind::Lstm),
            Self::GruAttention => Some(Kind::GruAttention),
            Self::Transformer => Some(Kind::Transformer),
            Self::Bert => Some(Kind::Bert),
        }
    }
}

/// Where the negatives of a sampled loss come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NegativeSource {
    /// Drawn in proportion to `count^negativeAlpha`.
    #[default]
    Drawn,
    /// The step's other targets: free, but popular items alone are seen often.
    InBatch,
    /// Both.
    Mixed,
}

/// How to train. Every field may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainingOptions {
    /// Which model.
    pub model: ModelKind,
    /// Seed of every random draw. The same seed on the same CPU build gives the same bytes.
    pub seed: u32,
    /// Width of item vectors and states, 8 ..= 512. More is slower and, on small data, no better.
    pub dim: u32,
    /// Passes over the sessions for the sequence model, at most; early stopping may end it sooner. 1 ..= 1000; absent: 10, and more on
    /// small data (up to 60), so that there are about 2,400 steps.
    pub epochs: Option<u32>,
    /// Passes for skip-gram, 0 ..= 1000; 0 starts from random vectors.
    pub skip_gram_epochs: u32,
    /// Skip-gram: items at most this far apart are a pair. 1 ..= 50.
    pub skip_gram_window: u32,
    /// Skip-gram: negatives per pair. 1 ..= 100.
    pub skip_gram_negatives: u32,
    /// Adam's peak step size for the sequence model, above 0 and at most 1; absent: 0.002, for Transformers 0.001. It rises over the
    /// first steps and falls to a tenth along a cosine.
    pub learning_rate: Option<f32>,
    /// K: how many steps attention (and the copy path) may look back on, 1 ..= 512; absent: 50, for Transformers as long as the
    /// sessions, up to 200.
    pub window: Option<u32>,
    /// Layers, 1 ..= 8; absent: 1, for Transformers 2.
    pub layers: Option<u32>,
    /// Heads of a Transformer, 1 ..= 8.
    pub heads: u32,
    /// How a Transformer knows the order of steps.
    pub positions: Positions,
    /// Does a Transformer weigh each block's part by a learned gate?
    pub gated: bool,
    /// Does the output point at items of the session, too? Absent: where more than 1% of what comes next was there before.
    pub copy: Option<bool>,
    /// Share of units dropped out in training, 0 up to 0.9; more helps small data that is passed over often.
    pub dropout: f32,
    /// What is minimised.
    pub loss: Loss,
    /// Negatives of the sampled loss, shared by a batch; absent: full softmax up to 8,192 items, else 2,048. 0 forces full softmax.
    pub negatives: Option<u32>,
    /// Negatives are drawn in proportion to `count^negativeAlpha`, -1 ..= 1: 0 is uniform, 1 popularity. `GRU4Rec`'s authors report
    /// 0.2 to 0.75 as best.
    pub negative_alpha: f32,
    /// Where negatives come from.
    pub negative_source: NegativeSource,
    /// Decoupled weight decay of the encoder, 0 ..= 1 (per step, times the step size).
    pub weight_decay: f32,
    /// Gradients are scaled down to this global norm, above 0.
    pub clip: f32,
    /// Epochs without a better validation NDCG before training stops, 1 ..= 1000; absent: 4, and on small data as many as 300 steps
    /// take.
    pub patience: Option<u32>,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            model: ModelKind::default(),
            seed: 1,
            dim: 64,
            epochs: None,
            skip_gram_epochs: 10,
            skip_gram_window: 5,
            skip_gram_negatives: 5,
            learning_rate: None,
            window: None,
            layers: None,
            heads: 2,
            positions: Positions::default(),
            gated: false,
            copy: None,
            dropout: 0.2,
            loss: Loss::default(),
            negatives: None,
            negative_alpha: 0.5,
            negative_source: NegativeSource::default(),
            weight_decay: 0.01,
            clip: 1.0,
            patience: None,
        }
    }
}

impl TrainingOptions {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first setting that is out of its range.
    pub fn check(&self) -> Result<()> {
        let whole = |name: &str, value: u32, range: std::ops::RangeInclusive<u32>| {
            let legal = format!("give a whole number from {} to {}", range.start(), range.end());
            let wrong = || Error::Config { name: name.to_owned(), value: value.to_string(), legal };
            if range.contains(&value) { Ok(()) } else { Err(wrong()) }
        };
        whole("dim", self.dim, 8..=512)?;
        whole("epochs", self.epochs.unwrap_or(1), 1..=1000)?;
        whole("skipGramEpochs", self.skip_gram_epochs, 0..=1000)?;
        whole("skipGramWindow", self.skip_gram_window, 1..=50)?;
        whole("skipGramNegatives", self.skip_gram_negatives, 1..=100)?;
        whole("window", self.window.unwrap_or(1), 1..=512)?;
        whole("layers", self.layers.unwrap_or(1), 1..=8)?;
        whole("heads", self.heads, 1..=8)?;
        whole("patience", self.patience.unwrap_or(1), 1..=1000)?;
        whole("negatives", self.negatives.unwrap_or(0), 0..=1_000_000)?;
        let number = |name: &str, value: f32, legal: bool, range: &str| {
            let wrong = || Error::Config { name: name.into(), value: value.to_string(), legal: range.into() };
            if legal { Ok(()) } else { Err(wrong()) }
        };
        let rate = self.learning_rate.unwrap_or(0.1);
        number("learningRate", rate, rate > 0.0 && rate <= 1.0, "give a number above 0 and at most 1")?;
        number("dropout", self.dropout, (0.0..=0.9).contains(&self.dropout), "give a number from 0 to 0.9")?;
        let alpha = self.negative_alpha;
        number("negativeAlpha", alpha, (-1.0..=1.0).contains(&alpha), "give a number from -1 to 1")?;
        let decay = self.weight_decay;
        number("weightDecay", decay, (0.0..=1.0).contains(&decay), "give a number from 0 to 1")?;
        number("clip", self.clip, self.clip > 0.0 && self.clip.is_finite(), "give a number above 0")?;
        match self.model.encoder() {
            None => Ok(()),
            Some(kind) => self.encoder(kind, 1, false).check(),
        }
    }

    fn encoder(&self, kind: Kind, window: usize, repeats: bool) -> EncoderConfig {
        let transformer = matches!(kind, Kind::Transformer | Kind::Bert);
        EncoderConfig {
            kind,
            dim: self.dim as usize,
            window: self.window.map_or(window, |window| window as usize),
            layers: self.layers.map_or(if transformer { 2 } else { 1 }, |layers| layers as usize),
            heads: self.heads as usize,
            positions: self.positions,
            gated: self.gated,
            copy: self.copy.unwrap_or(repeats && kind != Kind::Bert),
        }
    }

    /// Skip-gram's settings on this data.
    pub(super) fn skip_gram(&self, sequences: &Sequences) -> SkipGramConfig {
        /// A pass should take at least this many steps, or the vectors hardly move.
        const STEPS_PER_PASS: usize = 24;
        let window = self.skip_gram_window as usize;
        let about = sequences.events() * window;
        SkipGramConfig {
            dim: self.dim as usize,
            window,
            negatives: self.skip_gram_negatives as usize,
            alpha: 0.75,
            epochs: self.skip_gram_epochs as usize,
            learning_rate: 0.01,
            pairs: (about / STEPS_PER_PASS).clamp(64, 2048),
        }
    }

    /// The sequence model's settings on this data; `None` for item vectors alone.
    pub(super) fn sequence(&self, sequences: &Sequences) -> Option<SequenceConfig> {
        /// Full softmax up to this many items: beyond, its cost per target passes that of 2,048 negatives several times over.
        const FULL_SOFTMAX: usize = 8192;
        /// A pass should take at least this many steps: small data gets narrow batches.
        const STEPS_PER_PASS: usize = 128;
        /// Fewer steps than this leave a sequence model behind a Markov chain (measured on the simulator's data).
        const STEPS: usize = 2400;
        /// Fewer steps without progress may be chance.
        const STALE_STEPS: usize = 300;
        /// Repeats that are rarer need no copy path.
        const REPEATS: f64 = 0.01;
        let kind = self.model.encoder()?;
        let (targets, sessions) = (sequences.targets().max(1), sequences.sessions.len().max(1));
        let mean = targets / sessions;
        let (window, steps, widest) = match kind {
            Kind::Transformer | Kind::Bert => ((mean * 3 / 2).clamp(20, 200), mean.clamp(8, 100), 32),
            _ => (50, mean.clamp(8, 32), 64),
        };
        let negatives = match self.negatives {
            Some(negatives) => negatives as usize,
            None if sequences.items <= FULL_SOFTMAX => 0,
            None => 2048,
        };
        let lanes = (targets / (steps * STEPS_PER_PASS)).clamp(4, widest);
        let pass = targets.div_ceil(steps * lanes);
        let epochs = STEPS.div_ceil(pass).clamp(10, 60);
        let encoder = self.encoder(kind, window, sequences.repeat_rate() > REPEATS);
        let default_rate = if encoder.is_transformer() { 1e-3 } else { 2e-3 };
        Some(SequenceConfig {
            encoder,
            steps,
            lanes,
            negatives,
            negative_alpha: f64::from(self.negative_alpha),
            negative_source: self.negative_source,
            loss: self.loss,
            dropout: self.dropout,
            epochs: self.epochs.map_or(epochs, |epochs| epochs as usize),
            learning_rate: self.learning_rate.unwrap_or(default_rate),
            weight_decay: self.weight_decay,
            clip: self.clip,
            patience: self.patience.map_or(STALE_STEPS.div_ceil(pass).max(4), |patience| patience as usize),
        })
    }
}

/// The sequence model's settings, resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequenceConfig {
    /// The encoder's shape.
    pub encoder: EncoderConfig,
    /// T: steps of a window; gradients go no further back.
    pub steps: usize,
    /// B: lanes.
    pub lanes: usize,
    /// Shared negatives drawn a step; 0: all items are candidates.
    pub negatives: usize,
    /// Their exponent.
    pub negative_alpha: f64,
    /// Where negatives come from.
    pub negative_source: NegativeSource,
    /// What is minimised.
    pub loss: Loss,
    /// Share of units dropped out.
    pub dropout: f32,
    /// Passes at most.
    pub epochs: usize,
    /// Adam's peak step size.
    pub learning_rate: f32,
    /// Decoupled weight decay of the encoder.
    pub weight_decay: f32,
    /// The gradients' largest global norm.
    pub clip: f32,
    /// Passes without improvement before it stops.
    pub patience: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named_with_its_range() {
        let options = TrainingOptions { dim: 4, ..TrainingOptions::default() };
        assert_eq!(
            options.check().unwrap_err().to_string(),
            "dim = 4 is not usable: give a whole number from 8 to 512"
        );
        let options = TrainingOptions { learning_rate: Some(f32::NAN), ..TrainingOptions::default() };
        assert!(options.check().unwrap_err().to_string().contains("learningRate"));
        TrainingOptions::default().check().unwrap();
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = serde_json::from_str::<TrainingOptions>(r#"{"epoch": 3}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `epoch`"), "{error}");
    }

    #[test]
    fn small_data_gets_narrow_batches() {
        use crate::catalogue::ItemIndex;
        let small = Sequences { items: 10, sessions: vec![(0..10).map(ItemIndex).collect(); 20] };
        let config = TrainingOptions::default().sequence(&small).unwrap();
        assert_eq!((config.lanes, config.steps, config.negatives), (4, 9, 0));
        let large = Sequences { items: 100_000, sessions: vec![(0..100).map(ItemIndex).collect(); 2000] };
        let config = TrainingOptions::default().sequence(&large).unwrap();
        assert_eq!((config.lanes, config.steps, config.negatives), (48, 32, 2048));
    }
}
