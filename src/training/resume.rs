//! Interrupting and going on: a resumed run does exactly the steps that an uninterrupted one would have done.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{Best, Job, Learner, Phase, SequenceLearner, Training};
use crate::checkpoint::{Content, Reader, Writer};
use crate::encoder::State;
use crate::encoder::attention::Cache;
use crate::encoder::transformer::KeysValues;
use crate::error::{Error, Result};
use crate::kernel::shards::Shards;
use crate::model::{Model, SequenceModel, read_shards};
use crate::table::{AdaGradTable, Table};

#[derive(Serialize, Deserialize)]
struct Description {
    phase: Phase,
    step: usize,
    judged: usize,
    stale: usize,
    latest: Option<f32>,
    best: Option<f32>,
}

impl Training {
    /// Everything a new run needs to go on from here.
    ///
    /// A validation in progress is not kept: it is done again.
    ///
    /// # Errors
    /// [`Error::TooLittle`] where training is over; [`Error::Device`] where the device failed.
    pub async fn checkpoint(&self) -> Result<Vec<u8>> {
        let Some(learner) = &self.learner else {
            return Err(Error::TooLittle {
                what: "A checkpoint".into(),
                needed: "a run in progress".into(),
                have: "a finished one".into(),
                remedy: "Ask for the model instead".into(),
            });
        };
        let mut writer = Writer::default();
        for (name, tensor) in self.tensors(learner) {
            let shape = tensor.dims();
            writer.floats(name, &shape, &read_shards(&tensor).await?);
        }
        let description = Description {
            phase: learner.phase(),
            step: self.step,
            judged: self.judged,
            stale: self.stale,
            latest: self.latest,
            best: self.best.as_ref().map(|best| best.ndcg),
        };
        writer.finish(Content::Checkpoint, &description)
    }

    /// Starts where a checkpoint of the same job ended.
    ///
    /// # Errors
    /// As [`Training::new`]; [`Error::Checkpoint`] where the checkpoint is not one of this job.
    pub fn resume(job: Job, checkpoint: &[u8], device: &Device) -> Result<Self> {
        let mut run = Self::new(job, device)?;
        let mut reader = Reader::open(checkpoint, Content::Checkpoint)?;
        let description: Description = reader.description()?;
        let first = run.learner.as_ref().map(Learner::phase);
        if description.phase == Phase::Sequence && first != Some(Phase::Sequence) {
            run.end_phase();
        }
        if run.learner.as_ref().map(Learner::phase) != Some(description.phase) {
            return Err(Error::Checkpoint {
                cause: "it was made by a run with other settings".into(),
                remedy: "Start the training anew".into(),
            });
        }
        (run.step, run.judged) = (description.step, description.judged);
        (run.stale, run.latest) = (description.stale, description.latest);
        run.restore(&mut reader, description.best, device)?;
        reader.finish()?;
        run.unjudged &= description.best.is_none();
        if let Some(learner) = &mut run.learner {
            learner.skip(run.step);
        }
        run.warm_up = run.cold();
        Ok(run)
    }

    /// Every tensor of the run by name, as matrices.
    fn tensors(&self, learner: &Learner) -> Vec<(String, Shards)> {
        let mut tensors = Vec::new();
        let mut table = |name: &str, table: &Table| {
            for (part, tensor) in [("weights", &table.weights), ("first", &table.first), ("second", &table.second)] {
                tensors.push((format!("{name}.{part}"), tensor.clone()));
            }
        };
        match learner {
            Learner::SkipGram(learner) => {
                table("input", &learner.input);
                table("output", &learner.output);
            }
            Learner::Glove(learner) => {
                for (name, AdaGradTable { weights, squares }) in
                    [("input", &learner.input), ("output", &learner.output)]
                {
                    tensors.push((format!("{name}.weights"), weights.clone()));
                    tensors.push((format!("{name}.squares"), squares.clone()));
                }
            }
            Learner::Sequence(learner) => {
                table("items", &learner.items);
                table("dense", &learner.dense);
                tensors.extend(state_tensors(&learner.state).into_iter().map(|(name, tensor)| (name, tensor.into())));
            }
        }
        if let Some(Best { model: Model::Sequence(model), .. }) = &self.best {
            tensors.push(("best.items".into(), model.items.clone()));
            tensors.push(("best.dense".into(), model.dense.clone().into()));
        }
        tensors
    }

    fn restore(&mut self, reader: &mut Reader, best: Option<f32>, device: &Device) -> Result<()> {
        let mut fill = |name: &str, table: &mut Table| -> Result<()> {
            let shape = table.weights.dims();
            table.weights = reader.shards(&format!("{name}.weights"), shape, device)?;
            table.first = reader.shards(&format!("{name}.first"), shape, device)?;
            table.second = reader.shards(&format!("{name}.second"), shape, device)?;
            Ok(())
        };
        match &mut self.learner {
            None => {}
            Some(Learner::SkipGram(learner)) => {
                fill("input", &mut learner.input)?;
                fill("output", &mut learner.output)?;
            }
            Some(Learner::Glove(learner)) => {
                for (name, table) in [("input", &mut learner.input), ("output", &mut learner.output)] {
                    let shape = table.weights.dims();
                    table.weights = reader.shards(&format!("{name}.weights"), shape, device)?;
                    table.squares = reader.shards(&format!("{name}.squares"), shape, device)?;
                }
            }
            Some(Learner::Sequence(learner)) => {
                fill("items", &mut learner.items)?;
                fill("dense", &mut learner.dense)?;
                restore_state(learner, reader, device)?;
                if let Some(ndcg) = best {
                    let items = reader.shards("best.items", learner.items.weights.dims(), device)?;
                    let dense = reader.tensor("best.dense", learner.dense.weights.dims(), device)?;
                    // Where no pass was better, the best is the model that an update started from.
                    let started = self.stale == self.judged;
                    let transitions = if started { learner.transitions.clone() } else { learner.transitions() };
                    let model = SequenceModel { config: learner.config.encoder, items, dense, transitions };
                    self.best = Some(Best { ndcg, model: Model::Sequence(model) });
                }
            }
        }
        Ok(())
    }
}

fn state_tensors(state: &State) -> Vec<(String, Tensor<2>)> {
    let mut tensors: Vec<_> =
        state.hidden.iter().enumerate().map(|(layer, hidden)| (format!("state.{layer}"), hidden.clone())).collect();
    for (layer, cache) in state.caches.iter().enumerate() {
        let [window, lanes, dim] = cache.keys.dims();
        let flat = |tensor: &Tensor<3>| tensor.clone().reshape([window * lanes, dim]);
        tensors.push((format!("cache.{layer}.keys"), flat(&cache.keys)));
        tensors.push((format!("cache.{layer}.values"), flat(&cache.values)));
        tensors.push((format!("cache.{layer}.sessions"), cache.sessions.clone()));
    }
    for (block, past) in state.keys_values.iter().enumerate() {
        let [window, lanes, columns] = past.entries.dims();
        tensors.push((format!("block.{block}.entries"), past.entries.clone().reshape([window * lanes, columns])));
        tensors.push((format!("block.{block}.sessions"), past.sessions.clone()));
        let times = past.times.as_ref().map(|times| times.clone().reshape([2 * window, lanes]));
        tensors.extend(times.map(|times| (format!("block.{block}.times"), times)));
    }
    tensors
}

fn restore_state(learner: &mut SequenceLearner, reader: &mut Reader, device: &Device) -> Result<()> {
    for (layer, hidden) in learner.state.hidden.iter_mut().enumerate() {
        *hidden = reader.tensor(&format!("state.{layer}"), hidden.dims(), device)?;
    }
    for (layer, cache) in learner.state.caches.iter_mut().enumerate() {
        let [window, lanes, dim] = cache.keys.dims();
        let mut flat = |name: &str| -> Result<Tensor<3>> {
            let name = format!("cache.{layer}.{name}");
            Ok(reader.tensor(&name, [window * lanes, dim], device)?.reshape([window, lanes, dim]))
        };
        let (keys, values) = (flat("keys")?, flat("values")?);
        let sessions = reader.tensor(&format!("cache.{layer}.sessions"), [window, lanes], device)?;
        *cache = Cache { keys, values, sessions };
    }
    for (block, past) in learner.state.keys_values.iter_mut().enumerate() {
        let [window, lanes, columns] = past.entries.dims();
        let mut flat = |name: &str, shape| reader.tensor(&format!("block.{block}.{name}"), shape, device);
        let entries = flat("entries", [window * lanes, columns])?.reshape([window, lanes, columns]);
        let sessions = flat("sessions", [window, lanes])?;
        let times = past.times.as_ref().map(|_| flat("times", [2 * window, lanes])).transpose()?;
        *past = KeysValues { entries, sessions, times: times.map(|times| times.reshape([2, window, lanes])) };
    }
    Ok(())
}
