//! What a caller may set, and what follows from the data's own size where it is not set.

use serde::{Deserialize, Serialize};

use crate::embedding::skip_gram::SkipGramConfig;
use crate::encoder::{EncoderConfig, Kind};
use crate::error::{Error, Result};
use crate::sequences::Sequences;

/// Which model to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Item vectors alone.
    SkipGram,
    /// A GRU on vectors that skip-gram prepared.
    Gru,
    /// The attention preset, on vectors that skip-gram prepared.
    #[default]
    GruAttention,
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
    /// Adam's step size for the sequence model, above 0 and at most 1.
    pub learning_rate: f32,
    /// K: how many states attention may look back on, 1 ..= 512.
    pub window: u32,
    /// Negatives of the sampled loss, shared by a batch; absent: full softmax up to 8,192 items, else 2,048. 0 forces full softmax.
    pub negatives: Option<u32>,
    /// Epochs without a better validation NDCG before training stops, 1 or more.
    pub patience: u32,
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
            learning_rate: 2e-3,
            window: 50,
            negatives: None,
            patience: 4,
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
        whole("window", self.window, 1..=512)?;
        whole("patience", self.patience, 1..=1000)?;
        whole("negatives", self.negatives.unwrap_or(0), 0..=1_000_000)?;
        if self.learning_rate > 0.0 && self.learning_rate <= 1.0 {
            return Ok(());
        }
        Err(Error::Config {
            name: "learningRate".into(),
            value: self.learning_rate.to_string(),
            legal: "give a number above 0 and at most 1".into(),
        })
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

    /// The sequence model's settings on this data.
    pub(super) fn sequence(&self, sequences: &Sequences) -> SequenceConfig {
        /// Full softmax up to this many items: beyond, its cost per target passes that of 2,048 negatives several times over.
        const FULL_SOFTMAX: usize = 8192;
        /// A pass should take at least this many steps: small data gets narrow batches.
        const STEPS_PER_PASS: usize = 128;
        /// Fewer steps than this leave a sequence model behind a Markov chain (measured on the simulator's data).
        const STEPS: usize = 2400;
        let (targets, sessions) = (sequences.targets().max(1), sequences.sessions.len().max(1));
        let steps = (targets / sessions).clamp(8, 32);
        let negatives = match self.negatives {
            Some(negatives) => negatives as usize,
            None if sequences.items <= FULL_SOFTMAX => 0,
            None => 2048,
        };
        let lanes = (targets / (steps * STEPS_PER_PASS)).clamp(4, 64);
        let epochs = STEPS.div_ceil(targets.div_ceil(steps * lanes)).clamp(10, 60);
        SequenceConfig {
            encoder: EncoderConfig {
                kind: if self.model == ModelKind::Gru { Kind::Gru } else { Kind::GruAttention },
                dim: self.dim as usize,
                window: self.window as usize,
            },
            steps,
            lanes,
            negatives,
            epochs: self.epochs.map_or(epochs, |epochs| epochs as usize),
            learning_rate: self.learning_rate,
            patience: self.patience as usize,
        }
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
    /// Shared negatives a step; 0 is full softmax.
    pub negatives: usize,
    /// Passes at most.
    pub epochs: usize,
    /// Adam's step size.
    pub learning_rate: f32,
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
        let options = TrainingOptions { learning_rate: f32::NAN, ..TrainingOptions::default() };
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
        let config = TrainingOptions::default().sequence(&small);
        assert_eq!((config.lanes, config.steps, config.negatives), (4, 9, 0));
        let large = Sequences { items: 100_000, sessions: vec![(0..100).map(ItemIndex).collect(); 2000] };
        let config = TrainingOptions::default().sequence(&large);
        assert_eq!((config.lanes, config.steps, config.negatives), (48, 32, 2048));
    }
}
