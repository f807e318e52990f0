//! What a caller may set. What follows where it is not set is in `settings`.

use serde::{Deserialize, Serialize};

use crate::encoder::{Kind, Positions};
use crate::error::{Error, Result};
use crate::loss::Loss;

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
            Self::SkipGram | Self::Glove => None,
            Self::Gru => Some(Kind::Gru),
            Self::Lstm => Some(Kind::Lstm),
            Self::GruAttention => Some(Kind::GruAttention),
            Self::Transformer => Some(Kind::Transformer),
            Self::Bert => Some(Kind::Bert),
        }
    }

    /// Is it item vectors alone?
    #[must_use]
    pub fn is_embedding(self) -> bool {
        self.encoder().is_none()
    }
}

/// Where the negatives of a sampled loss come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NegativeSource {
    /// Drawn in proportion to `count^negativeAlpha`.
    #[default]
    Drawn,
    /// The step's other targets: free, but popular items alone are seen often. Needs no `negatives`.
    InBatch,
    /// Both; with `negatives` at 0, in-batch alone.
    Mixed,
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
    /// Width of item vectors and states, 8 ..= 512; absent: 64, from 2,000 items on 128. More is slower and, on small data, no better.
    pub dim: Option<u32>,
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
    /// Does the output know how often what followed the last item? Absent: yes, but for `bert`, which cannot.
    pub transitions: Option<bool>,
    /// Does a causal Transformer heed how much time passed between events? Absent: no. It needs times; other models have none of it.
    pub time_bias: Option<bool>,
    /// Share of units dropped out in training, 0 up to 0.9; absent: 0.2 where sessions are long (50 items and more), else
    /// 1.3 / √(events per item), at most 0.5: the fewer events an item has, the sooner they are learned by heart.
    pub dropout: Option<f32>,
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
    /// Lanes trained side by side, 1 ..= 4096; absent: as many as leave a pass 128 steps, 4 to 64 (a Transformer: to 32).
    pub batch: Option<u32>,
    /// Steps of a window, 1 ..= 1000: gradients go no further back; absent: the mean session, 8 to 32 (a Transformer: to 100).
    pub steps: Option<u32>,
    /// Epochs without a better validation NDCG before training stops, 1 ..= 1000; absent: 4, and on small data as many as 300 steps
    /// take.
    pub patience: Option<u32>,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            model: ModelKind::default(),
            seed: 1,
            dim: None,
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
            learning_rate: None,
            window: None,
            layers: None,
            heads: 2,
            positions: Positions::default(),
            gated: false,
            copy: None,
            transitions: None,
            time_bias: None,
            dropout: None,
            loss: Loss::default(),
            negatives: None,
            negative_alpha: 0.5,
            negative_source: NegativeSource::default(),
            weight_decay: 0.01,
            clip: 1.0,
            batch: None,
            steps: None,
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
        whole("epochs", self.epochs.unwrap_or(1), 1..=1000)?;
        whole("skipGramWindow", self.skip_gram_window, 1..=50)?;
        whole("skipGramNegatives", self.skip_gram_negatives, 1..=100)?;
        whole("patience", self.patience.unwrap_or(1), 1..=1000)?;
        whole("batch", self.batch.unwrap_or(1), 1..=4096)?;
        whole("steps", self.steps.unwrap_or(1), 1..=1000)?;
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
        let rate = self.learning_rate.unwrap_or(0.1);
        number("learningRate", rate, rate > 0.0 && rate <= 1.0, "above 0 and at most 1")?;
        let dropout = self.dropout.unwrap_or(0.0);
        number("dropout", dropout, (0.0..=0.9).contains(&dropout), "from 0 to 0.9")?;
        let alpha = self.negative_alpha;
        number("negativeAlpha", alpha, (-1.0..=1.0).contains(&alpha), "from -1 to 1")?;
        let decay = self.weight_decay;
        number("weightDecay", decay, (0.0..=1.0).contains(&decay), "from 0 to 1")?;
        number("clip", self.clip, self.clip > 0.0 && self.clip.is_finite(), "above 0")?;
        // Item vectors alone have no encoder, but what is set for one is held to the same ranges.
        self.encoder(self.model.encoder().unwrap_or(Kind::Gru), 1, false).check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named_with_its_range() {
        let options = TrainingOptions { dim: Some(4), ..TrainingOptions::default() };
        assert_eq!(
            options.check().unwrap_err().to_string(),
            "dim = 4 is not usable: give a whole number from 8 to 512"
        );
        let options = TrainingOptions { learning_rate: Some(f32::NAN), ..TrainingOptions::default() };
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
    fn only_the_transformer_heeds_times() {
        let check = |json: &str| serde_json::from_str::<TrainingOptions>(json).unwrap().check();
        check(r#"{"model": "transformer", "timeBias": true}"#).unwrap();
        check(r#"{"model": "bert", "timeBias": false}"#).unwrap();
        for model in ["bert", "gru", "gru-attention", "lstm", "skip-gram"] {
            let error = check(&format!(r#"{{"model": "{model}", "timeBias": true}}"#)).unwrap_err().to_string();
            assert!(error.starts_with("timeBias = true is not usable: only the model transformer"), "{model}: {error}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = serde_json::from_str::<TrainingOptions>(r#"{"epoch": 3}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `epoch`"), "{error}");
    }
}
