//! Before the first step: what the training will run, run on learners that are thrown away.
//!
//! A GPU's pipelines are compiled at their first use, which can take seconds each time: done beforehand, part by part, it can be told and
//! cancelled, and does not count into how fast training is. The throw-away learners draw the same numbers as the real ones, which never hear of
//! them. They also tell how fast this device is.

use serde::Serialize;
use web_time::{Duration, Instant};

use super::{Learner, Phase, Training, Validation, normalized, scalar};
use crate::device::is_gpu;
use crate::error::Result;

/// Item tables of more numbers than this, 64 MiB, are not held twice: their first steps compile.
const HELD_TWICE: usize = 1 << 24;
/// The second step updates in place what the first one still shared.
const STEPS: usize = 2;

/// What is left to do before the first step.
#[derive(Debug)]
pub(super) struct WarmUp {
    parts: Vec<Part>,
    done: usize,
}

/// What takes about as long as a visitor waits for a sign of life, on a slow driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    ItemVectors,
    Ranking,
    Sequence,
}

/// How fast a training is on this device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Speed {
    /// Milliseconds a step, at the mean over all phases' steps.
    pub step: f64,
    /// Seconds that all planned steps take; early stopping may end it sooner.
    pub seconds: f64,
}

impl WarmUp {
    /// The part under way, from 1, and of how many.
    pub(super) fn part(&self) -> (usize, usize) {
        (self.done + 1, self.parts.len())
    }
}

impl Training {
    /// What has to be compiled before the next step: nothing on the CPU.
    pub(super) fn cold(&self) -> Option<WarmUp> {
        let numbers = self.job.train.items * self.job.options.dim();
        (is_gpu(&self.device) && numbers <= HELD_TWICE).then(|| self.all_parts())?
    }

    fn all_parts(&self) -> Option<WarmUp> {
        let phase = self.learner.as_ref()?.phase();
        let sequence = !self.job.options.model.is_embedding();
        let ranks = sequence && !self.job.validation.is_empty();
        let parts = [(Part::ItemVectors, phase != Phase::Sequence), (Part::Ranking, ranks), (Part::Sequence, sequence)];
        let parts = parts.into_iter().filter(|(_, taken)| *taken).map(|(part, _)| part).collect();
        Some(WarmUp { parts, done: 0 })
    }

    /// Does the next part.
    pub(super) async fn warm(&mut self) -> Result<()> {
        let Some(mut warm_up) = self.warm_up.take() else { return Ok(()) };
        if let Some(part) = warm_up.parts.get(warm_up.done) {
            self.run(*part).await?;
            warm_up.done += 1;
        }
        self.warm_up = (warm_up.done < warm_up.parts.len()).then_some(warm_up);
        Ok(())
    }

    async fn run(&self, part: Part) -> Result<()> {
        let learner = match part {
            Part::ItemVectors => self.first_learner()?,
            Part::Ranking | Part::Sequence => self.sequence_learner(None),
        };
        match (part, learner) {
            (Part::Ranking, Some(Learner::Sequence(learner))) => {
                let mut ranking = Validation::default();
                ranking.next(&learner.model(), &self.job.validation)?;
                ranking.ndcg(&self.job.validation).await.map(drop)
            }
            (_, Some(mut learner)) => {
                for step in 0..STEPS {
                    scalar(learner.step(step)?).await?;
                }
                // As a sequence model's first vectors.
                for (_, part) in normalized(&learner.model().vectors()).parts() {
                    scalar(part.clone().sum()).await?;
                }
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// Times a few steps of each phase, in about `budget` and at least one step a phase; the training itself does not move.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device) where the device failed.
    pub async fn speed(&self, budget: Duration) -> Result<Speed> {
        let first = self.first_learner()?;
        let follows = first.as_ref().is_some_and(|first| first.phase() != Phase::Sequence);
        let second = if follows { self.sequence_learner(None) } else { None };
        let phases = 1 + u32::from(second.is_some());
        let (mut seconds, mut steps) = (0.0, 0);
        for mut learner in first.into_iter().chain(second) {
            seconds += timed(&mut learner, budget / phases).await? * learner.steps() as f64;
            steps += learner.steps();
        }
        Ok(Speed { step: 1000.0 * seconds / steps.max(1) as f64, seconds })
    }
}

/// Seconds a step, in bursts that double, as training goes: one readback each. The first step is not timed where there is time for more.
async fn timed(learner: &mut Learner, budget: Duration) -> Result<f64> {
    let start = Instant::now();
    let (mut step, mut burst) = (0, 1);
    loop {
        let begun = Instant::now();
        for _ in 1..burst {
            learner.step(step)?;
            step += 1;
        }
        scalar(learner.step(step)?).await?;
        step += 1;
        let each = begun.elapsed().as_secs_f64() / f64::from(burst);
        // The next burst takes twice as long.
        if start.elapsed() + 2 * begun.elapsed() >= budget || step >= learner.steps_per_epoch() {
            return Ok(each);
        }
        burst *= 2;
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::catalogue::ItemIndex;
    use crate::device::{self, Choice};
    use crate::sequences::{Case, Sequences};
    use crate::training::{Job, ModelKind, TrainingOptions};

    fn training(model: ModelKind, device: &Device) -> Training {
        let walk = |start: u32| (0..12).map(|step| ItemIndex((start + step) % 9)).collect::<Vec<_>>();
        let train = Sequences { items: 9, sessions: (0..24).map(walk).collect() };
        let case = Case { context: walk(2)[..4].to_vec(), times: Vec::new(), target: ItemIndex(6) };
        let options =
            TrainingOptions { model, dim: Some(8), epochs: Some(2), skip_gram_epochs: 1, ..TrainingOptions::default() };
        Training::new(Job::new(options, train, vec![case; 3]), device).unwrap()
    }

    fn trained(mut run: Training) -> (Vec<u8>, Vec<Phase>) {
        let mut phases = Vec::new();
        while phases.last() != Some(&Phase::Done) {
            phases.push(pollster::block_on(run.advance(Duration::from_millis(5))).unwrap().phase);
        }
        (pollster::block_on(run.model().unwrap().to_bytes(Vec::new())).unwrap(), phases)
    }

    #[test]
    fn the_cpu_has_nothing_to_compile() {
        assert!(training(ModelKind::Gru, &device::cpu().unwrap()).cold().is_none());
    }

    /// The CPU and, where a (software) Vulkan is at hand, the GPU.
    fn devices() -> Vec<Device> {
        let gpu = std::env::var_os("HOMEBODY_TEST_GPU").map(|_| pollster::block_on(device::open(Choice::Gpu)).unwrap());
        [device::cpu().unwrap()].into_iter().chain(gpu).collect()
    }

    #[test]
    fn a_warm_up_comes_first_and_changes_nothing() {
        for device in devices() {
            for (model, parts) in [(ModelKind::Gru, 3), (ModelKind::Transformer, 3), (ModelKind::SkipGram, 1)] {
                let mut warm = training(model, &device);
                assert_eq!(warm.warm_up.is_some(), is_gpu(&device));
                warm.warm_up = warm.all_parts();
                let before = warm.progress();
                assert_eq!((before.phase, before.epoch, before.epochs), (Phase::WarmingUp, 1, parts));
                assert_eq!((before.seconds_left, before.fraction), (None, 0.0));
                let speed = pollster::block_on(warm.speed(Duration::from_millis(20))).unwrap();
                assert!(speed.step > 0.0 && speed.seconds > 0.0, "{speed:?}");
                let (bytes, phases) = trained(warm);
                let warming = phases.iter().take_while(|phase| **phase == Phase::WarmingUp).count();
                assert_eq!(warming, parts - 1, "the last part's report tells what comes next");
                assert!(!phases[warming..].contains(&Phase::WarmingUp));
                let mut cold = training(model, &device);
                cold.warm_up = None;
                assert!(bytes == trained(cold).0, "{model:?}");
            }
        }
    }

    #[test]
    fn a_run_that_goes_on_is_warmed_up_for_what_is_left() {
        let device = device::cpu().unwrap();
        let mut run = training(ModelKind::Gru, &device);
        assert_eq!(run.all_parts().unwrap().part(), (1, 3));
        while run.progress().phase == Phase::SkipGram {
            pollster::block_on(run.advance(Duration::ZERO)).unwrap();
        }
        assert_eq!(run.all_parts().unwrap().part(), (1, 2));
    }
}
