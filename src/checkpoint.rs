//! Files: one container for models, checkpoints and training jobs.
//!
//! A safetensors file whose metadata names the format, its version, what the file is, and a JSON description. What is read is
//! checked against what is asked for: name, type and shape; foreign tensors, duplicates and numbers that are not finite are refused.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};
use crate::kernel::shards::Shards;

/// The one metadata key: several would be written in the random order of a hash map, and equal files would differ.
const KEY: &str = "homebody";
/// 2: what Home keeps says more, and base models hold views. All that version 1 holds is read as it was.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Envelope {
    version: u32,
    content: String,
    description: serde_json::Value,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A trained model.
    Model,
    /// Training, interrupted.
    Checkpoint,
    /// Prepared data for the Trainer.
    Job,
    /// Home's state.
    Home,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Checkpoint => "checkpoint",
            Self::Job => "job",
            Self::Home => "home",
        }
    }
}

/// A file being written.
#[derive(Debug, Default)]
pub struct Writer {
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl Writer {
    /// Adds floats.
    pub fn floats(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        self.tensors.push((name.into(), Dtype::F32, shape.to_vec(), bytemuck::cast_slice(values).to_vec()));
    }

    /// Adds whole numbers.
    pub fn integers(&mut self, name: impl Into<String>, values: &[u32]) {
        self.tensors.push((name.into(), Dtype::U32, vec![values.len()], bytemuck::cast_slice(values).to_vec()));
    }

    /// The file's bytes, described by `description`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where the description or the tensors cannot be written.
    pub fn finish(self, content: Content, description: &impl Serialize) -> Result<Vec<u8>> {
        let description = serde_json::to_value(description).map_err(|cause| unusable(&cause))?;
        let envelope = Envelope { version: VERSION, content: content.name().to_owned(), description };
        let envelope = serde_json::to_string(&envelope).map_err(|cause| unusable(&cause))?;
        let metadata = HashMap::from([(KEY.to_owned(), envelope)]);
        let views = self
            .tensors
            .iter()
            .map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?)))
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|cause| unusable(&cause))?;
        safetensors::serialize(views, Some(metadata)).map_err(|cause| unusable(&cause))
    }
}

/// A file being read. Every tensor has to be taken: [`Reader::finish`] refuses what is left.
#[derive(Debug)]
pub struct Reader {
    description: serde_json::Value,
    floats: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    integers: BTreeMap<String, Vec<u32>>,
}

impl Reader {
    /// Reads and checks the container.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where the bytes are torn, foreign, newer than this build, or not what `content` asks for.
    pub fn open(bytes: &[u8], content: Content) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|cause| unusable(&cause))?;
        let Some(envelope) = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)) else {
            return Err(refused("homebody did not write it", "Choose a file that homebody wrote"));
        };
        let envelope: Envelope = serde_json::from_str(envelope).map_err(|cause| unusable(&cause))?;
        if !(1..=VERSION).contains(&envelope.version) {
            let cause = format!("its format is version {}, this build reads up to {VERSION}", envelope.version);
            return Err(refused(&cause, "Use the build that wrote it, or a newer one"));
        }
        if envelope.content != content.name() {
            let cause = format!("it is a {}, not a {}", envelope.content, content.name());
            return Err(refused(&cause, "Choose another file"));
        }
        let file = SafeTensors::deserialize(bytes).map_err(|cause| unusable(&cause))?;
        let mut reader = Self { description: envelope.description, floats: BTreeMap::new(), integers: BTreeMap::new() };
        for (name, view) in file.iter() {
            reader.take_in(name, &view)?;
        }
        Ok(reader)
    }

    fn take_in(&mut self, name: &str, view: &TensorView<'_>) -> Result<()> {
        let name = name.to_owned();
        let words = view.data().chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
        let duplicate = match view.dtype() {
            Dtype::F32 => {
                let values: Vec<f32> = words.map(f32::from_le_bytes).collect();
                if values.iter().any(|v| !v.is_finite()) {
                    return Err(refused(
                        &format!("{name:?} holds numbers that are not finite"),
                        "Use an earlier file, or train again",
                    ));
                }
                self.floats.insert(name.clone(), (view.shape().to_vec(), values)).is_some()
            }
            Dtype::U32 => self.integers.insert(name.clone(), words.map(u32::from_le_bytes).collect()).is_some(),
            other => return Err(refused(&format!("{name:?} is of type {other:?}"), "Export it as F32")),
        };
        if duplicate { Err(refused(&format!("{name:?} stands in it twice"), "Write it again")) } else { Ok(()) }
    }

    /// Its description.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where it is not what `T` expects.
    pub fn description<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.description).map_err(|cause| unusable(&cause))
    }

    /// Takes floats of a given shape.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where they are missing or of another shape.
    pub fn floats(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        match self.floats.remove(name) {
            Some((found, values)) if found == shape => Ok(values),
            Some((found, _)) => {
                Err(refused(&format!("{name:?} has shape {found:?}, not {shape:?}"), "Choose a file of the same model"))
            }
            None => Err(missing(name)),
        }
    }

    /// Takes floats of a given shape, onto a device.
    ///
    /// # Errors
    /// As [`Self::floats`].
    pub fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D], device: &Device) -> Result<Tensor<D>> {
        Ok(Tensor::from_data(TensorData::new(self.floats(name, &shape)?, shape), device))
    }

    /// Takes a table onto a device.
    ///
    /// # Errors
    /// As [`Self::floats`].
    pub fn shards(&mut self, name: &str, shape: [usize; 2], device: &Device) -> Result<Shards> {
        Ok(Shards::new(self.floats(name, &shape)?, shape, device))
    }

    /// Is there such a tensor of whole numbers?
    #[must_use]
    pub fn holds_integers(&self, name: &str) -> bool {
        self.integers.contains_key(name)
    }

    /// Takes whole numbers.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where they are missing.
    pub fn integers(&mut self, name: &str) -> Result<Vec<u32>> {
        self.integers.remove(name).ok_or_else(|| missing(name))
    }

    /// Checks that nothing foreign is left.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] naming the first tensor nobody asked for.
    pub fn finish(self) -> Result<()> {
        match self.floats.keys().chain(self.integers.keys()).next() {
            None => Ok(()),
            Some(name) => Err(refused(
                &format!("it holds {name:?}, which no part of the model is"),
                "Choose a file that homebody wrote",
            )),
        }
    }
}

fn refused(cause: &str, remedy: &str) -> Error {
    Error::Checkpoint { cause: cause.to_owned(), remedy: remedy.to_owned() }
}

fn missing(name: &str) -> Error {
    refused(&format!("{name:?} is missing"), "Choose another file, or train again")
}

fn unusable(cause: &impl ToString) -> Error {
    refused(&cause.to_string(), "It may be cut short: copy or export it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.floats("a", &[2, 1], &[1.0, 2.0]);
        writer.integers("b", &[3]);
        writer.finish(Content::Model, &"described").unwrap()
    }

    fn cause(result: Result<impl std::fmt::Debug>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        let mut reader = Reader::open(&file(), Content::Model).unwrap();
        assert_eq!(reader.description::<String>().unwrap(), "described");
        assert_eq!(reader.floats("a", &[2, 1]).unwrap(), [1.0, 2.0]);
        assert_eq!(reader.integers("b").unwrap(), [3]);
        reader.finish().unwrap();
    }

    #[test]
    fn torn_foreign_and_mismatched_files_are_refused_with_a_reason() {
        let whole = file();
        for cut in 0..whole.len() {
            assert!(Reader::open(&whole[..cut], Content::Model).is_err(), "cut at {cut}");
        }
        assert!(cause(Reader::open(&whole, Content::Home)).contains("it is a model, not a home"));
        let other = safetensors::serialize(Vec::<(String, TensorView<'_>)>::new(), None).unwrap();
        assert!(cause(Reader::open(&other, Content::Model)).contains("did not write it"));
        let mut reader = Reader::open(&whole, Content::Model).unwrap();
        assert!(cause(reader.floats("a", &[2, 2])).contains("has shape [2, 1], not [2, 2]"));
        let mut reader = Reader::open(&whole, Content::Model).unwrap();
        assert!(cause(reader.integers("nothing")).contains("is missing"));
        assert!(cause(reader.finish()).contains("no part of the model"));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        let mut writer = Writer::default();
        writer.floats("a", &[1], &[f32::NAN]);
        let bytes = writer.finish(Content::Model, &()).unwrap();
        assert!(cause(Reader::open(&bytes, Content::Model)).contains("not finite"));
    }
}
