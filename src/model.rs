//! Trained models: contexts in, scores of all items out.

mod adapter;
mod alternatives;
mod content;
mod file;
mod likeness;
mod over;
mod running;
mod sequence;
mod transitions;

pub use adapter::Adapter;
pub use alternatives::Alternatives;
use burn::tensor::{Tensor, Transaction};
pub use content::{ContentModel, Reading};
pub use file::{About, Description, Shape};
pub(crate) use likeness::Likeness;
use likeness::Likenesses;
pub use running::Running;
pub use sequence::SequenceModel;
use sequence::Steps;
pub(crate) use transitions::{read_transitions, write_transitions};

use crate::catalogue::ItemIndex;
use crate::embedding::glove::Glove;
use crate::embedding::skip_gram::SkipGram;
use crate::embedding::vectors::Vectors;
use crate::encoder::Kind;
use crate::error::{Error, Result};
use crate::kernel::shards::Shards;
use crate::sequences::Context;

/// A model that scores.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "few exist at a time, and their tensors are shared")]
pub enum Model {
    /// Item vectors alone.
    SkipGram(SkipGram),
    /// Item vectors alone.
    Glove(Glove),
    /// Item vectors and a sequence encoder.
    Sequence(SequenceModel),
    /// One of these, and the texts of its items.
    Content(Box<ContentModel>),
}

impl Model {
    /// As on the command line: `skip-gram`, `gru`, ….
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Content(_) => self.trained().name(),
            Self::SkipGram(_) => "skip-gram",
            Self::Glove(_) => "glove",
            Self::Sequence(model) => match model.config.kind {
                Kind::Gru => "gru",
                Kind::Lstm => "lstm",
                Kind::GruAttention => "gru-attention",
                Kind::Transformer => "transformer",
                Kind::Bert => "bert",
            },
        }
    }

    /// The item vectors, which similarity, a warm start and an export take: skip-gram's input vectors, `GloVe`'s w + w̃, a sequence
    /// model's item table. `[n_items, d]`
    #[must_use]
    pub fn vectors(&self) -> Shards {
        match self {
            Self::Content(_) => self.trained().vectors(),
            Self::SkipGram(model) => model.input.clone(),
            Self::Glove(model) => model.vectors(),
            Self::Sequence(model) => model.items.clone(),
        }
    }

    /// The item vectors by id.
    ///
    /// # Errors
    /// [`Error::Device`] where they cannot be read back; [`Error::Format`] where the ids do not fit them.
    pub async fn export_vectors(&self, ids: Vec<String>) -> Result<Vectors> {
        let vectors = self.vectors();
        Vectors::new(vectors.dims()[1], ids, read_shards(&vectors).await?)
    }

    /// Scores of all items after each context (logits, for sequence models; log-probabilities, for those with content). An empty
    /// context scores by a zero state.
    ///
    /// # Shapes
    /// Output `[contexts, n_items]`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores(&self, contexts: &[&[ItemIndex]]) -> Result<Tensor<2>> {
        match self {
            Self::Content(_) => Ok(self.reading_texts(self.trained().scores(contexts)?, contexts)),
            Self::SkipGram(model) => Ok(model.scores(contexts)),
            Self::Glove(model) => Ok(model.scores(contexts)),
            Self::Sequence(model) => model.scores(contexts),
        }
    }

    /// The same, for a model that heeds times, with those of the contexts. When the question is asked is none of them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    pub fn scores_timed(&self, contexts: &[Context<'_>]) -> Result<Tensor<2>> {
        match self {
            Self::Sequence(model) => model.scores_timed(contexts),
            Self::Content(_) => Ok(self.reading_texts(self.trained().scores_timed(contexts)?, &items_of(contexts))),
            _ => self.scores(&items_of(contexts)),
        }
    }

    /// The same for contexts that have most of their items in common: texts are compared once. `[contexts, n_items]`, flat
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where weights are missing.
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    pub fn scores_of_alike(&self, contexts: &[Context<'_>]) -> Result<Vec<f32>> {
        let data = self.trained().scores_timed(contexts)?.into_data();
        let mut scores = data.try_into_vec().expect("scores are f32, read where they are made");
        self.reading_texts_of_alike(&mut scores, &items_of(contexts), &mut Likenesses::default());
        Ok(scores)
    }
}

pub(crate) fn missing(what: &str) -> Error {
    Error::Checkpoint { cause: format!("{what} are missing"), remedy: "Train again".into() }
}

fn items_of<'a>(contexts: &[Context<'a>]) -> Vec<&'a [ItemIndex]> {
    contexts.iter().map(|context| context.items).collect()
}

/// Reads a table back, row by row.
///
/// # Errors
/// [`Error::Device`] where the device failed.
pub async fn read_shards(table: &Shards) -> Result<Vec<f32>> {
    let mut numbers = Vec::new();
    for (_, part) in table.parts() {
        // Mostly there is one.
        let read = read([part]).await?.concat();
        if numbers.is_empty() { numbers = read } else { numbers.extend(read) }
    }
    Ok(numbers)
}

/// Reads tensors back in one transaction.
///
/// # Errors
/// [`Error::Device`] where the device failed.
pub async fn read<const N: usize>(tensors: [&Tensor<2>; N]) -> Result<Vec<Vec<f32>>> {
    let transaction = tensors.into_iter().fold(Transaction::default(), |t, tensor| t.register(tensor.clone()));
    let failed = |cause: String| Error::Device {
        device: "The device".into(),
        cause,
        remedy: "Training goes on from the last checkpoint".into(),
    };
    let data = transaction.execute_async().await.map_err(|cause| failed(format!("{cause:?}")))?;
    data.into_iter().map(|d| d.try_into_vec().map_err(|cause| failed(format!("{cause:?}")))).collect()
}
