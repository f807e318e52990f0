//! What a caller may set, and what follows from the data's own size where it is not set.

use serde::{Deserialize, Serialize};

use crate::embedding::Window;
use crate::embedding::glove::GloveConfig;
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
    /// Item vectors alone, from co-occurrence counts.
    Glove,
    /// A GRU on vectors that skip-gram prepared.
    Gru,
    /// The attention preset, on vectors that skip-gram prepared.
    #[default]
    GruAttention,
}

impl ModelKind {
    /// Is it item vectors alone?
    #[must_use]
    pub fn is_embedding(self) -> bool {
        matches!(self, Self::SkipGram | Self::Glove)
    }
}

/// What the item vectors of a sequence model start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarmStart {
    /// Skip-gram's input vectors.
    #[default]
    SkipGram,
    /// The sum of `GloVe`'s two vectors.
    Glove,
    /// Random vectors.
    None,
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
    /// What a sequence model's item vectors start from.
    pub warm_start: WarmStart,
    /// Skip-gram and `GloVe`: items of fewer views take no part, 0 ..= 1,000,000; their vectors stay random.
    pub min_count: u32,
    /// Passes for skip-gram, 0 ..= 1000; 0 starts a sequence model from random vectors.
    pub skip_gram_epochs: u32,
    /// Skip-gram: items at most this far apart are a pair. 1 ..= 50.
    pub skip_gram_window: u32,
    /// Skip-gram: negatives per pair. 1 ..= 100.
    pub skip_gram_negatives: u32,
    /// Skip-gram: negatives are drawn in proportion to `count^alpha`, -1 ..= 1. The lower, the more popular the items it ranks first.
    /// Absent: 0.75, word2vec's, for a warm start; 0.3 for skip-gram alone (at 0 its scores are the logarithm of how likely an item is
    /// to follow, at 1 of how much likelier than elsewhere; measured best near 0 on ratings, at 0.3 to 0.5 on browsing).
    pub skip_gram_alpha: Option<f32>,
    /// Skip-gram: an item that makes up more than this share of all events is thinned (Mikolov et al., 2013), 0 ..= 1; 0, the default,
    /// thins none. Text needs it for its stop words, at 1e-3 to 1e-5; in a catalogue, the popular items are wanted.
    pub skip_gram_subsample: f32,
    /// Passes for `GloVe`, 0 ..= 1000; absent: 15, and up to 100 on small data; 0 starts a sequence model from random vectors.
    pub glove_epochs: Option<u32>,
    /// `GloVe`: items at most this far apart are seen near each other, and count 1/distance. 1 ..= 50.
    pub glove_window: u32,
    /// `GloVe`: co-occurrences weigh more the higher their count, up to this one. Above 0, at most 1,000,000. The paper's 100 is for
    /// billions of words; counts of items are small.
    pub glove_x_max: f32,
    /// `GloVe`: weight of a pair that was never seen near each other, one of which is drawn for each that was, 0 ..= 1; 0 trains on
    /// none, as the paper does.
    pub glove_unseen: f32,
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
            warm_start: WarmStart::default(),
            min_count: 1,
            skip_gram_epochs: 10,
            skip_gram_window: 5,
            skip_gram_negatives: 5,
            skip_gram_alpha: None,
            skip_gram_subsample: 0.0,
            glove_epochs: None,
            glove_window: 5,
            glove_x_max: 10.0,
            glove_unseen: 0.1,
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
        whole("skipGramWindow", self.skip_gram_window, 1..=50)?;
        whole("skipGramNegatives", self.skip_gram_negatives, 1..=100)?;
        whole("window", self.window, 1..=512)?;
        whole("patience", self.patience, 1..=1000)?;
        whole("negatives", self.negatives.unwrap_or(0), 0..=1_000_000)?;
        whole("minCount", self.min_count, 0..=1_000_000)?;
        whole("gloveWindow", self.glove_window, 1..=50)?;
        let passes = |kind| if self.model == kind { 1..=1000 } else { 0..=1000 };
        whole("skipGramEpochs", self.skip_gram_epochs, passes(ModelKind::SkipGram))?;
        whole("gloveEpochs", self.glove_epochs.unwrap_or(1), passes(ModelKind::Glove))?;
        let number = |name: &str, value: f32, legal: bool, range: &str| {
            let wrong = || Error::Config {
                name: name.into(),
                value: value.to_string(),
                legal: format!("give a number {range}"),
            };
            if legal { Ok(()) } else { Err(wrong()) }
        };
        let (alpha, t, x_max) = (self.skip_gram_alpha.unwrap_or(0.0), self.skip_gram_subsample, self.glove_x_max);
        number("skipGramAlpha", alpha, (-1.0..=1.0).contains(&alpha), "from -1 to 1")?;
        number("skipGramSubsample", t, (0.0..=1.0).contains(&t), "from 0 to 1")?;
        number("gloveXMax", x_max, x_max > 0.0 && x_max <= 1e6, "above 0 and at most 1000000")?;
        let unseen = self.glove_unseen;
        number("gloveUnseen", unseen, (0.0..=1.0).contains(&unseen), "from 0 to 1")?;
        let rate = self.learning_rate;
        number("learningRate", rate, rate > 0.0 && rate <= 1.0, "above 0 and at most 1")
    }

    /// The embedding that is trained first; [`WarmStart::None`] for a sequence model on random vectors.
    pub(super) fn embedding(&self) -> WarmStart {
        match (self.model, self.warm_start) {
            (ModelKind::SkipGram, _) => WarmStart::SkipGram,
            (ModelKind::Glove, _) => WarmStart::Glove,
            (_, WarmStart::SkipGram) if self.skip_gram_epochs == 0 => WarmStart::None,
            (_, WarmStart::Glove) if self.glove_epochs == Some(0) => WarmStart::None,
            (_, embedding) => embedding,
        }
    }

    fn neighbours(&self, size: u32) -> Window {
        Window { size: size as usize, directed: self.model.is_embedding() }
    }

    /// `GloVe`'s settings.
    pub(super) fn glove(&self) -> GloveConfig {
        GloveConfig {
            dim: self.dim as usize,
            window: self.neighbours(self.glove_window),
            x_max: self.glove_x_max,
            unseen: self.glove_unseen,
            min_count: self.min_count,
            epochs: self.glove_epochs.map(|epochs| epochs as usize),
            learning_rate: 0.05,
        }
    }

    /// Skip-gram's settings on this data.
    pub(super) fn skip_gram(&self, sequences: &Sequences) -> SkipGramConfig {
        /// A pass should take at least this many steps, or the vectors hardly move.
        const STEPS_PER_PASS: usize = 24;
        let window = self.neighbours(self.skip_gram_window);
        let about = sequences.events() * window.size;
        let alpha = if self.model.is_embedding() { 0.3 } else { 0.75 };
        SkipGramConfig {
            dim: self.dim as usize,
            window,
            negatives: self.skip_gram_negatives as usize,
            alpha: self.skip_gram_alpha.map_or(alpha, f64::from),
            subsample: f64::from(self.skip_gram_subsample),
            min_count: self.min_count,
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
    fn the_embeddings_settings_are_checked() {
        let refused = |json: &str, name: &str| {
            let error = serde_json::from_str::<TrainingOptions>(json).unwrap().check().unwrap_err();
            assert!(error.to_string().starts_with(name), "{json}: {error}");
        };
        refused(r#"{"skipGramAlpha": 1.01}"#, "skipGramAlpha = 1.01 is not usable: give a number from -1 to 1");
        refused(r#"{"skipGramAlpha": -1.5}"#, "skipGramAlpha");
        refused(r#"{"skipGramSubsample": -0.1}"#, "skipGramSubsample");
        refused(r#"{"gloveXMax": 0}"#, "gloveXMax");
        refused(r#"{"gloveUnseen": 2}"#, "gloveUnseen");
        refused(r#"{"gloveWindow": 0}"#, "gloveWindow");
        refused(r#"{"model": "skip-gram", "skipGramEpochs": 0}"#, "skipGramEpochs");
        refused(r#"{"model": "glove", "gloveEpochs": 0}"#, "gloveEpochs");
        serde_json::from_str::<TrainingOptions>(r#"{"skipGramAlpha": -1, "skipGramSubsample": 1}"#)
            .unwrap()
            .check()
            .unwrap();
    }

    #[test]
    fn no_passes_means_a_random_start() {
        let embedding = |json: &str| serde_json::from_str::<TrainingOptions>(json).unwrap().embedding();
        assert_eq!(embedding("{}"), WarmStart::SkipGram);
        assert_eq!(embedding(r#"{"skipGramEpochs": 0}"#), WarmStart::None);
        assert_eq!(embedding(r#"{"warmStart": "glove", "skipGramEpochs": 0}"#), WarmStart::Glove);
        assert_eq!(embedding(r#"{"warmStart": "glove", "gloveEpochs": 0}"#), WarmStart::None);
        assert_eq!(embedding(r#"{"warmStart": "none"}"#), WarmStart::None);
        assert_eq!(embedding(r#"{"model": "glove", "warmStart": "none"}"#), WarmStart::Glove);
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
