//! How to train, as the command line says it.

use clap::{Args, ValueEnum};
use homebody::device::Choice;
use homebody::training::{ModelKind, TrainingOptions};

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
    dim: Option<u32>,
    /// Passes for skip-gram; 0 starts the sequence model from random vectors.
    #[arg(long)]
    skip_gram_epochs: Option<u32>,
    /// Adam's step size for the sequence model.
    #[arg(long)]
    learning_rate: Option<f32>,
    /// How many states attention may look back on.
    #[arg(long)]
    window: Option<u32>,
    /// Shared negatives of the sampled loss; 0 forces full softmax.
    #[arg(long)]
    negatives: Option<u32>,
    /// Epochs without a better validation NDCG before it stops.
    #[arg(long)]
    patience: Option<u32>,
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
        TrainingOptions {
            model: kind,
            epochs: self.epochs,
            seed,
            dim: self.dim.unwrap_or(defaults.dim),
            skip_gram_epochs: match (kind, self.skip_gram_epochs, self.epochs) {
                (_, Some(epochs), _) | (ModelKind::SkipGram, None, Some(epochs)) => epochs,
                _ => defaults.skip_gram_epochs,
            },
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            window: self.window.unwrap_or(defaults.window),
            negatives: self.negatives,
            patience: self.patience.unwrap_or(defaults.patience),
            ..defaults
        }
    }
}
