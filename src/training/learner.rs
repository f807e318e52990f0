//! What each phase steps.

use burn::tensor::Tensor;

use super::Phase;
use super::sequence::SequenceLearner;
use crate::embedding::glove::GloveLearner;
use crate::embedding::skip_gram::SkipGramLearner;
use crate::error::Result;
use crate::model::Model;

/// A phase's learner.
pub(super) enum Learner {
    SkipGram(Box<SkipGramLearner>),
    Glove(Box<GloveLearner>),
    Sequence(Box<SequenceLearner>),
}

impl Learner {
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::SkipGram(_) => Phase::SkipGram,
            Self::Glove(_) => Phase::Glove,
            Self::Sequence(_) => Phase::Sequence,
        }
    }

    pub(super) fn epochs(&self) -> usize {
        match self {
            Self::SkipGram(learner) => learner.config.epochs,
            Self::Glove(learner) => learner.epochs(),
            Self::Sequence(learner) => learner.config.epochs,
        }
    }

    /// Epochs without improvement before it stops.
    pub(super) fn patience(&self) -> usize {
        match self {
            Self::SkipGram(_) | Self::Glove(_) => usize::MAX,
            Self::Sequence(learner) => learner.config.patience,
        }
    }

    pub(super) fn steps_per_epoch(&self) -> usize {
        match self {
            Self::SkipGram(learner) => learner.steps_per_epoch(),
            Self::Glove(learner) => learner.steps_per_epoch(),
            Self::Sequence(learner) => learner.steps_per_epoch(),
        }
    }

    pub(super) fn steps(&self) -> usize {
        self.epochs() * self.steps_per_epoch()
    }

    pub(super) fn events(&self) -> usize {
        match self {
            Self::SkipGram(learner) => learner.events(),
            Self::Glove(learner) => learner.events(),
            Self::Sequence(learner) => learner.events(),
        }
    }

    pub(super) fn work_per_step(&self) -> f64 {
        match self {
            Self::SkipGram(learner) => learner.work_per_step(),
            Self::Glove(learner) => learner.work_per_step(),
            Self::Sequence(learner) => learner.work_per_step(),
        }
    }

    pub(super) fn step(&mut self, step: usize) -> Result<Tensor<1>> {
        match self {
            Self::SkipGram(learner) => Ok(learner.step(step)),
            Self::Glove(learner) => Ok(learner.step(step)),
            Self::Sequence(learner) => learner.step(step),
        }
    }

    pub(super) fn skip(&mut self, steps: usize) {
        match self {
            Self::SkipGram(learner) => learner.skip(steps),
            // Its steps depend on their number alone.
            Self::Glove(_) => {}
            Self::Sequence(learner) => learner.skip(steps),
        }
    }

    pub(super) fn model(&self) -> Model {
        match self {
            Self::SkipGram(learner) => Model::SkipGram(learner.model()),
            Self::Glove(learner) => Model::Glove(learner.model()),
            Self::Sequence(learner) => Model::Sequence(learner.model()),
        }
    }
}
