//! Prepared data on its way to the Trainer.

use std::sync::Arc;

use super::TrainingOptions;
use crate::catalogue::ItemIndex;
use crate::checkpoint::{Content, Reader, Writer};
use crate::error::{Error, Result};
use crate::sequences::{Case, Sequences};

/// Data and settings of a run: item indices only, no ids, titles or times.
#[derive(Debug, Clone)]
pub struct Job {
    /// How to train.
    pub options: TrainingOptions,
    /// What to learn from.
    pub train: Arc<Sequences>,
    /// What early stopping is judged by.
    pub validation: Arc<Vec<Case>>,
    /// Item vectors to start from, `[n_items, dim]`, flat; see [`Self::starting_from`].
    pub(super) vectors: Option<Arc<Vec<f32>>>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Description {
    options: TrainingOptions,
    items: usize,
    /// Are there vectors to start from?
    #[serde(default)]
    vectors: bool,
}

impl Job {
    /// Bundles data and settings.
    #[must_use]
    pub fn new(options: TrainingOptions, train: Sequences, validation: Vec<Case>) -> Self {
        Self {
            options: options.for_items(train.items),
            train: Arc::new(train),
            validation: Arc::new(validation),
            vectors: None,
        }
    }

    /// Starts from these item vectors, `[n_items, dim]`, flat: a sequence model instead of training any first, an embedding instead
    /// of random input vectors.
    ///
    /// # Errors
    /// [`Error::Config`] where they are not of the width that the options ask for, or not as many as there are items.
    pub fn starting_from(mut self, vectors: Vec<f32>) -> Result<Self> {
        self.vectors = Some(Arc::new(vectors));
        self.check()?;
        Ok(self)
    }

    /// Checks the settings, and that the vectors fit them.
    pub(super) fn check(&self) -> Result<()> {
        self.options.check()?;
        let (items, dim) = (self.train.items, self.options.dim());
        match &self.vectors {
            Some(vectors) if vectors.len() != items * dim => Err(Error::Config {
                name: "vectors".into(),
                value: format!("{} numbers", vectors.len()),
                legal: format!("give {items} × {dim}: items times dim"),
            }),
            _ => Ok(()),
        }
    }

    /// As bytes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where they cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut writer = Writer::default();
        write_lists(&mut writer, "train", self.train.sessions.iter().map(Vec::as_slice));
        write_lists(&mut writer, "validation", self.validation.iter().map(|case| case.context.as_slice()));
        let targets: Vec<u32> = self.validation.iter().map(|case| case.target.0).collect();
        writer.integers("validation.targets", &targets);
        let (options, items) = (self.options.clone(), self.train.items);
        if let Some(vectors) = &self.vectors {
            writer.floats("vectors", &[items, options.dim()], vectors);
        }
        writer.finish(Content::Job, &Description { options, items, vectors: self.vectors.is_some() })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where they are not a job.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::open(bytes, Content::Job)?;
        let Description { options, items, vectors } = reader.description()?;
        let train = Sequences::new(items, read_lists(&mut reader, "train")?)?;
        let contexts = Sequences::new(items, read_lists(&mut reader, "validation")?)?.sessions;
        let targets = reader.integers("validation.targets")?;
        if targets.len() != contexts.len() || targets.iter().any(|&t| t as usize >= items) {
            return Err(Error::Checkpoint {
                cause: "its validation targets do not fit".into(),
                remedy: "Prepare the data again".into(),
            });
        }
        let vectors = vectors.then(|| reader.floats("vectors", &[items, options.dim()]).map(Arc::new)).transpose()?;
        reader.finish()?;
        let validation = contexts
            .into_iter()
            .zip(targets)
            .map(|(context, target)| Case { context, target: ItemIndex(target) })
            .collect();
        Ok(Self { vectors, ..Self::new(options, train, validation) })
    }
}

/// Lists of items as one flat list and the lengths.
pub(crate) fn write_lists<'a>(writer: &mut Writer, name: &str, lists: impl Iterator<Item = &'a [ItemIndex]>) {
    let (mut items, mut lengths) = (Vec::new(), Vec::new());
    for list in lists {
        items.extend(list.iter().map(|item| item.0));
        lengths.push(list.len() as u32);
    }
    writer.integers(format!("{name}.items"), &items);
    writer.integers(format!("{name}.lengths"), &lengths);
}

/// What [`write_lists`] wrote.
pub(crate) fn read_lists(reader: &mut Reader, name: &str) -> Result<Vec<Vec<ItemIndex>>> {
    let mut items = reader.integers(&format!("{name}.items"))?.into_iter().map(ItemIndex);
    let lengths = reader.integers(&format!("{name}.lengths"))?;
    if lengths.iter().map(|&l| l as usize).sum::<usize>() != items.len() {
        return Err(Error::Checkpoint {
            cause: format!("the lengths of its {name} lists do not add up"),
            remedy: "Prepare the data again".into(),
        });
    }
    Ok(lengths.into_iter().map(|length| items.by_ref().take(length as usize).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_survives_the_way_to_the_trainer() {
        let items = |list: &[u32]| list.iter().map(|&i| ItemIndex(i)).collect::<Vec<_>>();
        let train = Sequences { items: 5, sessions: vec![items(&[0, 1, 2]), items(&[]), items(&[4])] };
        let validation = vec![Case { context: items(&[3]), target: ItemIndex(2) }];
        let job = Job::new(TrainingOptions::default(), train.clone(), validation.clone());
        let back = Job::from_bytes(&job.to_bytes().unwrap()).unwrap();
        assert_eq!((&*back.train, &*back.validation, &back.options), (&train, &validation, &job.options));
        assert_eq!(back.vectors, None);
        let vectors: Vec<f32> = (0..5 * 64).map(|i| i as f32).collect();
        let job = job.starting_from(vectors.clone()).unwrap();
        let back = Job::from_bytes(&job.to_bytes().unwrap()).unwrap();
        assert_eq!(back.vectors.as_deref(), Some(&vectors));
    }

    #[test]
    fn vectors_of_another_width_or_catalogue_are_refused() {
        let train = Sequences { items: 5, sessions: vec![] };
        let error = Job::new(TrainingOptions::default(), train, vec![]).starting_from(vec![0.0; 5 * 63]).unwrap_err();
        assert!(error.to_string().contains("give 5 × 64: items times dim"), "{error}");
    }
}
