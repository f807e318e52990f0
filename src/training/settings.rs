//! What training goes by: what the caller set, and what follows from the data's own size where nothing was.

use super::options::{ModelKind, NegativeSource, TrainingOptions, WarmStart};
use crate::embedding::Window;
use crate::embedding::glove::GloveConfig;
use crate::embedding::skip_gram::SkipGramConfig;
use crate::encoder::{EncoderConfig, Kind};
use crate::loss::Loss;
use crate::sequences::Sequences;

impl TrainingOptions {
    pub(super) fn encoder(&self, kind: Kind, window: usize, repeats: bool) -> EncoderConfig {
        let transformer = matches!(kind, Kind::Transformer | Kind::Bert);
        EncoderConfig {
            kind,
            dim: self.dim(),
            window: self.window.map_or(window, |window| window as usize),
            layers: self.layers.map_or(if transformer { 2 } else { 1 }, |layers| layers as usize),
            heads: self.heads as usize,
            positions: self.positions,
            gated: self.gated,
            copy: self.copy.unwrap_or(repeats && kind != Kind::Bert),
            transitions: self.transitions.unwrap_or(kind != Kind::Bert),
            time_bias: self.heeds_times(),
        }
    }

    /// Does training need to know when events were?
    #[must_use]
    pub fn heeds_times(&self) -> bool {
        self.time_bias.unwrap_or(false)
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

    /// The same with the width that suits `items`, where none is given.
    #[must_use]
    pub(super) fn for_items(mut self, items: usize) -> Self {
        /// Fewer directions blur the transitions between this many items (measured on Wikispeedia).
        const MANY: usize = 2000;
        self.dim.get_or_insert(if items < MANY { 64 } else { 128 });
        self
    }

    pub(super) fn dim(&self) -> usize {
        self.dim.map_or(64, |dim| dim as usize)
    }

    fn neighbours(&self, size: u32) -> Window {
        Window { size: size as usize, directed: self.model.is_embedding() }
    }

    /// `GloVe`'s settings.
    pub(super) fn glove(&self) -> GloveConfig {
        GloveConfig {
            dim: self.dim(),
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
            dim: self.dim(),
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
        /// From this many items on, sessions are long.
        const LONG: usize = 50;
        /// Repeats that are rarer need no copy path.
        const REPEATS: f64 = 0.01;
        let kind = self.model.encoder()?;
        let (targets, sessions) = (sequences.targets().max(1), sequences.sessions.len().max(1));
        let mean = targets / sessions;
        let (window, steps, widest) = match kind {
            Kind::Transformer | Kind::Bert => ((mean * 3 / 2).clamp(20, 200), mean.clamp(8, 100), 32),
            _ => (50, mean.clamp(8, 32), 64),
        };
        let steps = self.steps.map_or(steps, |steps| steps as usize);
        let negatives = match self.negatives {
            Some(negatives) => negatives as usize,
            None if sequences.items <= FULL_SOFTMAX => 0,
            None => 2048,
        };
        let lanes = (targets / (steps * STEPS_PER_PASS)).clamp(4, widest);
        let lanes = self.batch.map_or(lanes, |batch| batch as usize);
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
            dropout: self.dropout.unwrap_or(if mean < LONG { dropout(targets, sequences.items) } else { 0.2 }),
            epochs: self.epochs.map_or(epochs, |epochs| epochs as usize),
            learning_rate: self.learning_rate.unwrap_or(default_rate),
            weight_decay: self.weight_decay,
            clip: self.clip,
            patience: self.patience.map_or(STALE_STEPS.div_ceil(pass).max(4), |patience| patience as usize),
        })
    }
}

/// The share of units to drop out where sessions are short. Measured best on a twentieth, a fifth and all of Wikispeedia's sessions (5, 11
/// and 55 events per item): 0.5 to 0.6, 0.4, and 0.1 to 0.2.
fn dropout(targets: usize, items: usize) -> f32 {
    (1.3 * (items as f32 / targets as f32).sqrt()).min(0.5)
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
    fn the_fewer_events_an_item_has_the_more_is_dropped_out() {
        assert!((dropout(5000, 100) - 0.184).abs() < 1e-3);
        assert!((dropout(100, 100) - 0.5).abs() < 1e-6);
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
