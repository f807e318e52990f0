//! What is evaluated.

use crate::baseline::Baseline;
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;
use crate::sequences::Context;

/// Anything that scores all items after a context.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per evaluation, never in a collection")]
pub enum Predictor {
    /// A trained model.
    Model(Model),
    /// Something simple.
    Baseline(Box<dyn Baseline>),
}

/// Contexts that a model scores together, at most.
const BATCH: usize = 128;
/// Scores of a batch, at most, where it has several contexts: 64 MiB, half of what WebGPU binds at once by default.
const SCORES: usize = 1 << 24;

impl Predictor {
    /// Scores, one row of all items per context, whose times nobody knows.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where a model's weights are missing.
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(contexts.len());
        let contexts: Vec<_> = contexts.iter().map(|items| Context::untimed(items)).collect();
        self.each_row(&contexts, |_, scores| rows.push(scores.to_vec()))?;
        Ok(rows)
    }

    /// Hands out each context's position and its scores, in order, a batch at a time: contexts of like length had better be neighbours.
    pub(super) fn each_row(&self, contexts: &[Context<'_>], mut take: impl FnMut(usize, &[f32])) -> Result<()> {
        match self {
            Self::Baseline(baseline) => {
                contexts.iter().enumerate().for_each(|(at, context)| take(at, &baseline.scores(context.items)));
            }
            Self::Model(model) => {
                let size = (SCORES / model.vectors().dims()[0].max(1)).clamp(1, BATCH);
                for (batch, contexts) in contexts.chunks(size).enumerate() {
                    let scores = model.scores_timed(contexts)?;
                    let [_, items] = scores.dims();
                    let values: Vec<f32> = scores.into_data().try_into_vec().expect("scores are f32");
                    let rows = values.chunks_exact(items).enumerate();
                    rows.for_each(|(at, scores)| take(batch * size + at, scores));
                }
            }
        }
        Ok(())
    }
}
