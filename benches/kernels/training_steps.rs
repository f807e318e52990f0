//! Whole training steps: batch, upload, forward, backward, optimizer, and a readback every now and then, as in production.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use homebody::catalogue::ItemIndex;
use homebody::error::Result;
use homebody::sequences::Sequences;
use homebody::training::{Job, ModelKind, Training, TrainingOptions};

use crate::stopwatch::median;

/// A model and the shape of its batch; vectors are 64 wide.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    model: ModelKind,
    items: u32,
    lanes: u32,
    steps: u32,
    /// 0: softmax over all items.
    negatives: u32,
}

const fn gru(name: &'static str, items: u32) -> Step {
    Step { name, model: ModelKind::Gru, items, lanes: 128, steps: 50, negatives: 2048 }
}

/// The shapes of `docs/speed.md`.
pub(crate) const ALL: [Step; 5] = [
    Step { lanes: 64, steps: 20, negatives: 0, ..gru("step: GRU, V 3,000, B 64, T 20, full softmax", 3_000) },
    gru("step: GRU, V 10,000, B 128, T 50, 2,048 negatives", 10_000),
    gru("step: GRU, V 100,000, B 128, T 50, 2,048 negatives", 100_000),
    gru("step: GRU, V 1,000,000, B 128, T 50, 2,048 negatives", 1_000_000),
    Step {
        model: ModelKind::Transformer,
        negatives: 0,
        ..gru("step: Transformer, two blocks, V 3,000, B 128, T 50, full softmax", 3_000)
    },
];

/// The loss is read once in as long, see [`Training::advance`].
const BUDGET: Duration = Duration::from_millis(250);
const SAMPLES: u32 = 7;

impl Step {
    /// How long a step takes, at the median of a few samples.
    pub(crate) fn time(&self, device: &Device) -> Result<Duration> {
        let mut training = Training::new(self.job()?, device)?;
        // Compiles what there is to compile, and finds out how many steps fill the budget.
        for _ in 0..4 {
            pollster::block_on(training.advance(BUDGET))?;
        }
        let sample = |training: &mut Training| -> Result<Duration> {
            let (before, start) = (training.progress().step, Instant::now());
            let after = pollster::block_on(training.advance(BUDGET))?.step;
            Ok(start.elapsed() / (after - before).max(1) as u32)
        };
        Ok(median((0..SAMPLES).map(|_| sample(&mut training)).collect::<Result<_>>()?))
    }

    fn job(&self) -> Result<Job> {
        let options = TrainingOptions {
            model: self.model,
            dim: Some(64),
            batch: Some(self.lanes),
            steps: Some(self.steps),
            window: Some(self.steps),
            epochs: Some(1000),
            skip_gram_epochs: 0,
            negatives: Some(self.negatives),
            dropout: Some(0.0),
            copy: Some(false),
            transitions: Some(false),
            ..TrainingOptions::default()
        };
        // Walks over the items in turn: each is there, and an epoch has a hundred steps at least.
        let length = self.steps + 1;
        let walks = (100 * self.lanes).max(self.items.div_ceil(length));
        let walk = |at: u32| (at * length..(at + 1) * length).map(|step| ItemIndex(step % self.items)).collect();
        Ok(Job::new(options, Sequences::new(self.items as usize, (0..walks).map(walk).collect())?, Vec::new()))
    }
}
