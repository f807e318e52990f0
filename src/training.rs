//! The one training loop, for every model: its caller pulls it step by step, and drops it to cancel.
//!
//! It knows phases (item vectors, then the sequence model), epochs, early stopping and progress, and nothing of what a step does.
//! On any device it reads back one number per call of [`Training::advance`], which is also the back-pressure on a GPU's queue.

mod batch;
mod dropout;
mod job;
mod learner;
mod meter;
mod options;
mod resume;
mod sequence;
mod settings;
mod update;
mod validation;
mod warm_up;

use burn::tensor::{Device, Tensor};
use serde::Serialize;
use web_time::{Duration, Instant};

use crate::embedding::glove::GloveLearner;
use crate::embedding::skip_gram::SkipGramLearner;
use crate::error::{Error, Result};
use crate::kernel::shards::Shards;
use crate::model::Model;
use learner::Learner;
use meter::Meter;
use sequence::SequenceLearner;
use validation::Validation;
use warm_up::WarmUp;

pub use job::Job;
pub(crate) use job::{read_lists, read_moments, write_lists, write_moments};
pub use options::{ModelKind, NegativeSource, TrainingOptions, WarmStart};
pub use settings::SequenceConfig;
pub use warm_up::Speed;

/// What training is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Compiling what the GPU will run.
    WarmingUp,
    /// Learning item vectors.
    SkipGram,
    /// Learning item vectors.
    Glove,
    /// Learning the sequence model.
    Sequence,
    /// Measuring it on held-out sessions.
    Validation,
    /// Finished.
    Done,
}

/// Where training is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Steps done, over all phases.
    pub step: usize,
    /// Steps planned, over all phases; early stopping may end it sooner.
    pub of: usize,
    /// Share of the work done, 0..1: steps of different phases cost differently.
    pub fraction: f64,
    /// The pass in this phase, from 1; while warming up, the part of it.
    pub epoch: usize,
    /// Passes planned in this phase; while warming up, parts.
    pub epochs: usize,
    /// Mean loss (nats per target) since the last report; `None` before the first step.
    pub loss: Option<f32>,
    /// The latest validation NDCG@10; `None` before the first.
    pub validation: Option<f32>,
    /// Events trained on per second, lately.
    pub events_per_second: f64,
    /// Seconds left, if no early stopping; `None` until there is a rate.
    pub seconds_left: Option<f64>,
    /// Finished?
    pub done: bool,
}

/// The best model of a phase so far.
struct Best {
    ndcg: f32,
    model: Model,
}

/// A training run.
pub struct Training {
    job: Job,
    device: Device,
    /// What is left to do before the first step.
    warm_up: Option<WarmUp>,
    learner: Option<Learner>,
    finished: Option<Model>,
    /// Steps done in this phase.
    step: usize,
    /// Epochs of this phase that validation has judged.
    judged: usize,
    /// Epochs since the best one.
    stale: usize,
    best: Option<Best>,
    latest: Option<f32>,
    validation: Option<Validation>,
    /// An update's model has to be judged before its first step: the one to beat.
    unjudged: bool,
    plan: Plan,
    meter: Meter,
}

/// All phases' steps and work, for the bar.
#[derive(Debug, Clone, Copy, Default)]
struct Plan {
    steps_before: usize,
    steps: usize,
    work_before: f64,
    work: f64,
}

impl Training {
    /// Starts a run.
    ///
    /// # Errors
    /// [`Error::Config`] for settings out of range; [`Error::TooLittle`] where no session has two items.
    pub fn new(job: Job, device: &Device) -> Result<Self> {
        job.check()?;
        if job.train.targets() == 0 {
            return Err(Error::TooLittle {
                what: "Training".into(),
                needed: "a session of at least two items".into(),
                have: "none".into(),
                remedy: "View a few more items, or bring a longer history".into(),
            });
        }
        let mut run = Self {
            job,
            device: device.clone(),
            warm_up: None,
            learner: None,
            finished: None,
            step: 0,
            judged: 0,
            stale: 0,
            best: None,
            latest: None,
            validation: None,
            unjudged: false,
            plan: Plan::default(),
            meter: Meter { burst: 1, ..Meter::default() },
        };
        run.learner = run.first_learner()?;
        run.unjudged = run.job.start.is_some();
        run.plan = run.whole_plan();
        run.warm_up = run.cold();
        Ok(run)
    }

    fn first_learner(&self) -> Result<Option<Learner>> {
        let options = &self.job.options;
        let start = self.starting_vectors();
        if self.job.start.is_some() {
            return Ok(self.sequence_learner(start));
        }
        if start.is_some() && !options.model.is_embedding() {
            return Ok(self.sequence_learner(start.as_ref().map(normalized)));
        }
        let seed = u64::from(options.seed);
        Ok(match options.embedding() {
            WarmStart::None => self.sequence_learner(None),
            WarmStart::SkipGram => {
                let config = options.skip_gram(&self.job.train);
                let learner = SkipGramLearner::new(&self.job.train, config, seed, start, &self.device)?;
                Some(Learner::SkipGram(Box::new(learner)))
            }
            WarmStart::Glove => {
                let start = self.job.vectors.as_ref().map(|vectors| &vectors[..]);
                let learner = GloveLearner::new(&self.job.train, options.glove(), seed, start, &self.device)?;
                Some(Learner::Glove(Box::new(learner)))
            }
        })
    }

    fn starting_vectors(&self) -> Option<Shards> {
        let vectors = self.job.vectors.as_ref()?.to_vec();
        let shape = [self.job.train.items, self.job.options.dim()];
        Some(Shards::new(vectors, shape, &self.device))
    }

    fn sequence_learner(&self, vectors: Option<Shards>) -> Option<Learner> {
        let config = self.job.options.sequence(&self.job.train)?;
        let config = self.job.start.as_ref().map_or(config, |start| start.settle(config));
        let seed = u64::from(self.job.options.seed);
        let mut learner = SequenceLearner::new(&self.job.train, config, seed, vectors, &self.device)?;
        if let Some(start) = &self.job.start {
            learner.go_on_from(start, &self.job.train.sessions[start.replayed..]);
        }
        Some(Learner::Sequence(Box::new(learner.timed(self.job.times.clone()))))
    }

    fn whole_plan(&self) -> Plan {
        let sizes = |learner: &Learner| (learner.steps(), learner.steps() as f64 * learner.work_per_step());
        let first = self.learner.as_ref().map_or((0, 0.0), sizes);
        let sequence = self.learner.as_ref().is_some_and(|learner| learner.phase() == Phase::Sequence);
        let follows = !sequence && !self.job.options.model.is_embedding();
        let second = if follows { self.sequence_learner(None).as_ref().map_or((0, 0.0), sizes) } else { (0, 0.0) };
        Plan { steps: first.0 + second.0, work: first.1 + second.1, ..Plan::default() }
    }

    /// Trains for about `budget`, then reports. On a GPU, the first calls warm it up instead, part by part, however long one takes.
    ///
    /// # Errors
    /// [`Error::Diverged`] where the loss is not a number; [`Error::Device`] where the device failed. [`Self::model`] still gives
    /// the best model so far.
    pub async fn advance(&mut self, budget: Duration) -> Result<Progress> {
        let start = Instant::now();
        if self.warm_up.is_some() {
            self.warm().await?;
            return Ok(self.progress());
        }
        if self.unjudged {
            self.judge_start(start, budget).await?;
            return Ok(self.progress());
        }
        let (mut steps, mut total): (usize, Option<Tensor<1>>) = (0, None);
        let mut work = 0.0;
        while steps < self.meter.burst && self.learner.is_some() && !self.at_epoch_end() {
            if let Some(learner) = &mut self.learner {
                let loss = learner.step(self.step)?;
                work += learner.work_per_step();
                total = Some(match total {
                    None => loss,
                    Some(total) => total + loss,
                });
                self.step += 1;
                steps += 1;
            }
            if start.elapsed() >= budget {
                break;
            }
        }
        if let Some(total) = total {
            let loss = scalar(total).await? / steps as f32;
            if !loss.is_finite() {
                return Err(Error::Diverged { step: self.plan.steps_before + self.step, loss: loss.to_string() });
            }
            self.meter.take(loss, steps, work, start.elapsed(), budget, self.learner.as_ref());
        }
        if self.at_epoch_end() {
            self.judge(start, budget).await?;
        }
        Ok(self.progress())
    }

    fn at_epoch_end(&self) -> bool {
        self.learner.as_ref().is_some_and(|l| self.step == (self.judged + 1) * l.steps_per_epoch())
    }

    /// Validates the epoch that ended, and decides what follows.
    async fn judge(&mut self, start: Instant, budget: Duration) -> Result<()> {
        if self.job.validation.is_empty() || !matches!(self.learner, Some(Learner::Sequence(_))) {
            self.end_epoch(None);
        } else if let Some(ndcg) = self.validate(start, budget).await? {
            self.end_epoch(Some(ndcg));
        }
        Ok(())
    }

    /// Validates the model that an update starts from.
    async fn judge_start(&mut self, start: Instant, budget: Duration) -> Result<()> {
        let Some(ndcg) = self.validate(start, budget).await? else { return Ok(()) };
        self.latest = Some(ndcg);
        self.best = self.learner.as_ref().map(|learner| Best { ndcg, model: learner.model() });
        self.unjudged = false;
        Ok(())
    }

    /// The model's validation NDCG, in as many calls as it takes; `None` until it is known.
    async fn validate(&mut self, start: Instant, budget: Duration) -> Result<Option<f32>> {
        let Some(Learner::Sequence(learner)) = &self.learner else { return Ok(None) };
        let model = learner.model();
        let mut run = self.validation.take().unwrap_or_default();
        while !run.is_over(&self.job.validation) {
            // At least one batch a call, whatever the budget: every call gets further.
            run.next(&model, &self.job.validation)?;
            if start.elapsed() >= budget && !run.is_over(&self.job.validation) {
                self.validation = Some(run);
                return Ok(None);
            }
        }
        run.ndcg(&self.job.validation).await.map(Some)
    }

    fn end_epoch(&mut self, ndcg: Option<f32>) {
        self.judged += 1;
        self.latest = ndcg.or(self.latest);
        let Some(learner) = &self.learner else { return };
        if let Some(ndcg) = ndcg {
            if self.best.as_ref().is_none_or(|best| ndcg > best.ndcg) {
                self.best = Some(Best { ndcg, model: learner.model() });
                self.stale = 0;
            } else {
                self.stale += 1;
            }
        }
        if self.judged == learner.epochs() || self.stale >= learner.patience() {
            self.end_phase();
        }
    }

    fn end_phase(&mut self) {
        let Some(learner) = self.learner.take() else { return };
        let model = self.best.take().map_or_else(|| learner.model(), |best| best.model);
        self.plan.steps_before += learner.steps();
        self.plan.work_before += learner.steps() as f64 * learner.work_per_step();
        (self.step, self.judged, self.stale) = (0, 0, 0);
        // The next phase's loss is another one.
        self.meter.loss = None;
        if learner.phase() == Phase::Sequence || self.job.options.model.is_embedding() {
            self.finished = Some(model);
        } else {
            self.learner = self.sequence_learner(Some(normalized(&model.vectors())));
            self.meter.burst = 1;
        }
    }

    /// Events trained on so far, over all phases: an event counts once a pass.
    #[must_use]
    pub fn events_trained(&self) -> f64 {
        self.meter.events
    }

    /// Where it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let done = self.learner.is_none();
        let work = self.learner.as_ref().map_or(0.0, |l| l.work_per_step() * self.step as f64);
        let work_done = if done { self.plan.work } else { self.plan.work_before + work };
        let rate = self.meter.work_per_second;
        let left = (rate > 0.0).then(|| (self.plan.work - work_done) / rate);
        let (epoch, epochs) = self.pass();
        Progress {
            phase: match &self.learner {
                None => Phase::Done,
                Some(_) if self.warm_up.is_some() => Phase::WarmingUp,
                Some(_) if self.validation.is_some() => Phase::Validation,
                Some(learner) => learner.phase(),
            },
            step: self.plan.steps_before + self.step,
            of: self.plan.steps,
            fraction: (work_done / self.plan.work.max(1.0)).min(1.0),
            epoch,
            epochs,
            loss: self.meter.loss,
            validation: self.latest,
            events_per_second: self.meter.events_per_second,
            seconds_left: if done { Some(0.0) } else { left },
            done,
        }
    }

    /// The pass or, while warming up, the part of it, and of how many.
    fn pass(&self) -> (usize, usize) {
        match (&self.warm_up, &self.learner) {
            (Some(warm_up), _) => warm_up.part(),
            (None, Some(l)) => ((self.step / l.steps_per_epoch() + 1).min(l.epochs()), l.epochs()),
            (None, None) => (0, 0),
        }
    }

    /// The finished model, or the best so far.
    #[must_use]
    pub fn model(&self) -> Option<Model> {
        let best = || self.best.as_ref().map(|best| best.model.clone());
        let current = || self.learner.as_ref().map(Learner::model);
        self.finished.clone().or_else(best).or_else(current)
    }
}

/// Vectors of mean length 1: an embedding's lengths grow with training, and the tied output would start out overconfident.
fn normalized(vectors: &Shards) -> Shards {
    let [rows, _] = vectors.dims();
    let lengths = vectors.parts().map(|(_, part)| part.clone().square().sum_dim(1).sqrt().sum());
    let total = lengths.reduce(|a, b| a + b); // [1]
    let Some(total) = total else { return vectors.clone() };
    let mean = (total / rows as f32).clamp_min(1e-6).reshape([1, 1]);
    vectors.map(|part| part / mean.clone())
}

async fn scalar(tensor: Tensor<1>) -> Result<f32> {
    tensor.into_scalar_async::<f32>().await.map_err(|cause| Error::Device {
        device: "The training device".into(),
        cause: format!("{cause:?}"),
        remedy: "Training goes on from the last checkpoint".into(),
    })
}
