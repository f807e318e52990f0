//! Model files: a description and the weights by name.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Model, SequenceModel, read, read_shards, read_transitions, write_transitions};
use crate::checkpoint::{Content, Reader, Writer};
use crate::embedding::glove::Glove;
use crate::embedding::skip_gram::SkipGram;
use crate::encoder::EncoderConfig;
use crate::error::{Error, Result};

/// What a model file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its kind and shape.
    pub model: Shape,
    /// Size of the catalogue.
    pub items: usize,
    /// The items' ids in order, where the file travels without its catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Base models: how much the items' texts tell, [`Reading::weights`](super::Reading::weights).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<[f32; 3]>,
    /// Base models: how often each item was viewed in the log; else empty.
    #[serde(skip)]
    pub views: Vec<u32>,
}

/// What a model's file says beside its weights, where it travels without its catalogue.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The items' ids in order.
    pub ids: Vec<String>,
    /// How much the items' texts tell.
    pub texts: Option<[f32; 3]>,
    /// How often each item was viewed.
    pub views: Vec<u32>,
}

/// A model's kind and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Shape {
    /// Skip-gram.
    SkipGram {
        /// Width of the vectors.
        dim: usize,
    },
    /// `GloVe`.
    Glove {
        /// Width of the vectors.
        dim: usize,
    },
    /// A sequence encoder.
    Sequence(EncoderConfig),
}

/// The tensor of views in a file.
const VIEWS: &str = "items.views";
/// `GloVe`'s tensors in a file: w, b, w̃ and b̃, each an `nn.Embedding` in `PyTorch`.
const GLOVE_NAMES: [&str; 4] = ["input.weight", "input_bias.weight", "output.weight", "output_bias.weight"];

impl Model {
    /// The file: description and weights; without the texts, which are the catalogue's.
    ///
    /// # Errors
    /// [`Error::Device`] where the weights cannot be read back.
    pub async fn to_bytes(&self, ids: Vec<String>) -> Result<Vec<u8>> {
        self.to_file(About { ids, ..About::default() }).await
    }

    /// The file of a model that travels without its catalogue: a base model.
    ///
    /// # Errors
    /// [`Error::Device`] where the weights cannot be read back.
    pub async fn to_file(&self, about: About) -> Result<Vec<u8>> {
        let [items, dim] = self.vectors().dims();
        let mut writer = Writer::default();
        let model = match self {
            Self::Content(_) => return Box::pin(self.trained().to_file(about)).await,
            Self::SkipGram(model) => {
                for (name, table) in [("input.weight", &model.input), ("output.weight", &model.output)] {
                    writer.floats(name, &[items, dim], &read_shards(table).await?);
                }
                Shape::SkipGram { dim }
            }
            Self::Glove(model) => {
                let tensors = [&model.input, &model.input_bias, &model.output, &model.output_bias];
                for (name, table) in GLOVE_NAMES.into_iter().zip(tensors) {
                    writer.floats(name, &table.dims(), &read_shards(table).await?);
                }
                Shape::Glove { dim }
            }
            Self::Sequence(model) => {
                writer.floats("items.weight", &[items, dim], &read_shards(&model.items).await?);
                let dense = read([&model.dense]).await?.concat();
                let mut rest = dense.as_slice();
                for spec in model.config.specs() {
                    let (own, after) = rest.split_at(spec.size());
                    rest = after;
                    writer.floats(spec.name.clone(), file_shape(&spec.shape), own);
                }
                model.transitions.iter().for_each(|transitions| write_transitions(&mut writer, transitions));
                Shape::Sequence(model.config)
            }
        };
        let About { ids, texts, views } = about;
        if !views.is_empty() {
            writer.integers(VIEWS, &views);
        }
        writer.finish(Content::Model, &Description { model, items, ids, texts, views })
    }

    /// Reads a file onto a device.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where it is torn, foreign, or of another shape than it says.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<(Self, Description)> {
        let mut reader = Reader::open(bytes, Content::Model)?;
        let mut description: Description = reader.description()?;
        let items = description.items;
        if reader.holds_integers(VIEWS) {
            description.views = reader.integers(VIEWS)?;
        }
        let fits = |length: usize| length == 0 || length == items;
        if !fits(description.views.len()) || !fits(description.ids.len()) {
            return Err(Error::Checkpoint {
                cause: "its ids or views are not as many as its items".into(),
                remedy: "Train it again".into(),
            });
        }
        let model = match description.model {
            Shape::SkipGram { dim } => Self::SkipGram(SkipGram {
                input: reader.shards("input.weight", [items, dim], device)?,
                output: reader.shards("output.weight", [items, dim], device)?,
            }),
            Shape::Glove { dim } => {
                let mut tensor = |at: usize, width| reader.shards(GLOVE_NAMES[at], [items, width], device);
                Self::Glove(Glove {
                    input: tensor(0, dim)?,
                    input_bias: tensor(1, 1)?,
                    output: tensor(2, dim)?,
                    output_bias: tensor(3, 1)?,
                })
            }
            Shape::Sequence(config) => {
                config.check().map_err(|error| Error::Checkpoint {
                    cause: format!("its shape is not usable ({error})"),
                    remedy: "Train again".into(),
                })?;
                let table = reader.shards("items.weight", [items, config.dim], device)?;
                let mut dense = Vec::new();
                for spec in config.specs() {
                    dense.extend(reader.floats(&spec.name, file_shape(&spec.shape))?);
                }
                let size = dense.len();
                let dense = Tensor::from_data(TensorData::new(dense, [1, size]), device);
                let transitions =
                    config.transitions.then(|| read_transitions(&mut reader, items).map(Arc::new)).transpose()?;
                Self::Sequence(SequenceModel { config, items: table, dense, transitions })
            }
        };
        reader.finish()?;
        Ok((model, description))
    }
}

/// A vector is written as one, as `PyTorch` does.
fn file_shape(shape: &[usize; 2]) -> &[usize] {
    if shape[0] == 1 { &shape[1..] } else { shape }
}
