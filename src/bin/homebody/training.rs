//! How to train, as the command line says it.

use clap::{Args, ValueEnum};
use homebody::device::Choice;
use homebody::encoder::Positions;
use homebody::loss::Loss;
use homebody::training::{ModelKind, NegativeSource, TrainingOptions};
use serde::de::DeserializeOwned;

use crate::vectors::VectorSettings;

/// Which device trains.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum DeviceName {
    /// SIMD, one thread.
    Cpu,
    /// Vulkan, Metal or DX12.
    Gpu,
}

/// How to train.
#[derive(Args)]
pub(crate) struct Training {
    /// Which device trains; ranking is done on it too.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(crate) device: DeviceName,
    /// Passes over the sessions, at most.
    #[arg(long)]
    epochs: Option<u32>,
    /// Width of item vectors and states.
    #[arg(long)]
    pub(crate) dim: Option<u32>,
    /// Passes for skip-gram; 0 starts the sequence model from random vectors.
    #[arg(long)]
    skip_gram_epochs: Option<u32>,
    #[command(flatten)]
    vectors: VectorSettings,
    /// Adam's step size for the sequence model.
    #[arg(long)]
    learning_rate: Option<f32>,
    /// How many states attention may look back on.
    #[arg(long)]
    window: Option<u32>,
    /// Lanes trained side by side; by default 4 to 64, as many as leave a pass 128 steps.
    #[arg(long)]
    batch: Option<u32>,
    /// Steps of a window: gradients go no further back; by default the mean session, 8 to 32.
    #[arg(long)]
    steps: Option<u32>,
    /// Shared negatives of the sampled loss; 0 forces full softmax.
    #[arg(long)]
    negatives: Option<u32>,
    /// Epochs without a better validation NDCG before it stops.
    #[arg(long)]
    patience: Option<u32>,
    /// Layers of the encoder.
    #[arg(long)]
    layers: Option<u32>,
    /// Heads of a Transformer.
    #[arg(long)]
    heads: Option<u32>,
    /// How a Transformer knows the order of steps.
    #[arg(long, value_parser = named::<Positions>)]
    positions: Option<Positions>,
    /// Weigh each block of a Transformer by a learned gate.
    #[arg(long)]
    gated: bool,
    /// Point at items of the session, too; told by the data's repeats where it is left out.
    #[arg(long)]
    copy: Option<bool>,
    /// Know how often what followed the last item; on where it is left out, but for bert.
    #[arg(long)]
    transitions: Option<bool>,
    /// Let a Transformer heed how much time passed between events; needs times.
    #[arg(long)]
    time_bias: bool,
    /// Share of units dropped out in training.
    #[arg(long)]
    dropout: Option<f32>,
    /// What is minimised: softmax, bce, gbce or bpr-max.
    #[arg(long, value_parser = named::<Loss>)]
    loss: Option<Loss>,
    /// Negatives are drawn in proportion to views to this power.
    #[arg(long, allow_negative_numbers = true)]
    negative_alpha: Option<f32>,
    /// Where negatives come from: drawn, in-batch or mixed.
    #[arg(long, value_parser = named::<NegativeSource>)]
    negative_source: Option<NegativeSource>,
    /// Decoupled weight decay of the encoder.
    #[arg(long)]
    weight_decay: Option<f32>,
    /// Largest global norm of the gradients.
    #[arg(long)]
    clip: Option<f32>,
}

impl Training {
    pub(crate) fn choice(&self) -> Choice {
        match self.device {
            DeviceName::Cpu => Choice::Cpu,
            DeviceName::Gpu => Choice::Gpu,
        }
    }

    pub(crate) fn options(&self, kind: ModelKind, seed: u32) -> TrainingOptions {
        let defaults = TrainingOptions::default();
        let mut options = TrainingOptions {
            model: kind,
            epochs: self.epochs,
            seed,
            dim: self.dim,
            skip_gram_epochs: match (kind, self.skip_gram_epochs, self.epochs) {
                (_, Some(epochs), _) | (ModelKind::SkipGram, None, Some(epochs)) => epochs,
                _ => defaults.skip_gram_epochs,
            },
            learning_rate: self.learning_rate,
            window: self.window,
            layers: self.layers,
            heads: self.heads.unwrap_or(defaults.heads),
            positions: self.positions.unwrap_or(defaults.positions),
            gated: self.gated,
            copy: self.copy,
            transitions: self.transitions,
            time_bias: self.time_bias.then_some(true),
            dropout: self.dropout,
            loss: self.loss.unwrap_or(defaults.loss),
            batch: self.batch,
            steps: self.steps,
            negatives: self.negatives,
            negative_alpha: self.negative_alpha.unwrap_or(defaults.negative_alpha),
            negative_source: self.negative_source.unwrap_or(defaults.negative_source),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            clip: self.clip.unwrap_or(defaults.clip),
            patience: self.patience,
            ..defaults
        };
        self.vectors.apply(&mut options);
        options
    }
}

/// A setting's value by the name that the package uses for it, too.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::from(name)).map_err(|error| error.to_string())
}
