//! Prepared data on its way to the Trainer.

use std::sync::Arc;

use super::TrainingOptions;
use super::update::Start;
use crate::catalogue::ItemIndex;
use crate::checkpoint::{Content, Reader, Writer};
use crate::encoder::EncoderConfig;
use crate::encoder::parameters::Spec;
use crate::error::{Error, Result};
use crate::model::{read_transitions, write_transitions};
use crate::sequences::{Case, Moment, Sequences};

/// Data and settings of a run: item indices only, no ids, titles or dates; how far apart the events of a session are, only where the
/// settings need it.
#[derive(Debug, Clone)]
pub struct Job {
    /// How to train.
    pub options: TrainingOptions,
    /// What to learn from.
    pub train: Arc<Sequences>,
    /// What early stopping is judged by.
    pub validation: Arc<Vec<Case>>,
    /// The moments of what is learned from; see [`Self::timed`].
    pub(super) times: Arc<Vec<Vec<Moment>>>,
    /// Item vectors to start from, `[n_items, dim]`, flat; see [`Self::starting_from`].
    pub(super) vectors: Option<Arc<Vec<f32>>>,
    /// The model to go on from, beside the vectors; see [`Self::update`].
    pub(super) start: Option<Start>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Description {
    options: TrainingOptions,
    items: usize,
    /// Are there vectors to start from?
    #[serde(default)]
    vectors: bool,
    /// Are there moments?
    #[serde(default)]
    times: bool,
    /// The encoder that an update goes on from, its passes, and how many sessions are replayed.
    #[serde(default)]
    start: Option<(EncoderConfig, usize, usize)>,
}

/// An unknown moment in a file.
const UNKNOWN: u32 = u32::MAX;

impl Job {
    /// Bundles data and settings.
    #[must_use]
    pub fn new(options: TrainingOptions, train: Sequences, validation: Vec<Case>) -> Self {
        Self {
            options: options.for_items(train.items),
            train: Arc::new(train),
            validation: Arc::new(validation),
            times: Arc::default(),
            vectors: None,
            start: None,
        }
    }

    /// With the moments of the training events, session by session, as [`Split::times`](crate::sequences::Split::times) has them. They
    /// are taken along only where the settings ask for them.
    #[must_use]
    pub fn timed(mut self, times: Vec<Vec<Moment>>) -> Self {
        if self.options.heeds_times() {
            self.times = Arc::new(times);
        }
        self
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

    /// Checks the settings, and that moments and vectors fit them.
    pub(crate) fn check(&self) -> Result<()> {
        self.options.check()?;
        if self.options.heeds_times() && !self.knows_times() {
            return Err(Error::Config {
                name: "timeBias".into(),
                value: "true".into(),
                legal: "these events have no times: give a log that has them, or leave it out".into(),
            });
        }
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

    /// Is there a moment for some event, and an entry for each?
    fn knows_times(&self) -> bool {
        let (sessions, times) = (&self.train.sessions, &*self.times);
        times.iter().flatten().any(Option::is_some)
            && times.len() == sessions.len()
            && times.iter().zip(sessions).all(|(times, session)| times.len() == session.len())
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
        let times = self.options.heeds_times();
        if times {
            write_moments(&mut writer, "train", self.times.iter().flatten());
            let moments = self
                .validation
                .iter()
                .flat_map(|case| (0..case.context.len()).map(|at| case.times.get(at).unwrap_or(&None)));
            write_moments(&mut writer, "validation", moments);
        }
        let (options, items) = (self.options.clone(), self.train.items);
        if let Some(vectors) = &self.vectors {
            writer.floats("vectors", &[items, options.dim()], vectors);
        }
        if let Some(start) = &self.start {
            writer.floats("dense", &[start.dense.len()], &start.dense);
            start.transitions.iter().for_each(|transitions| write_transitions(&mut writer, transitions));
        }
        let start = self.start.as_ref().map(|start| (start.encoder, start.passes, start.replayed));
        writer.finish(Content::Job, &Description { options, items, vectors: self.vectors.is_some(), times, start })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where they are not a job.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::open(bytes, Content::Job)?;
        let Description { options, items, vectors, times, start } = reader.description()?;
        let train = Sequences::new(items, read_lists(&mut reader, "train")?)?;
        let contexts = Sequences::new(items, read_lists(&mut reader, "validation")?)?.sessions;
        let targets = reader.integers("validation.targets")?;
        if targets.len() != contexts.len() || targets.iter().any(|&t| t as usize >= items) {
            return Err(Error::Checkpoint {
                cause: "its validation targets do not fit".into(),
                remedy: "Prepare the data again".into(),
            });
        }
        let (mut train_times, mut case_times) = (Vec::new(), Vec::new());
        if times {
            train_times = read_moments(&mut reader, "train", &train.sessions)?;
            case_times = read_moments(&mut reader, "validation", &contexts)?;
        }
        let mut case_times = case_times.into_iter();
        let vectors = vectors.then(|| reader.floats("vectors", &[items, options.dim()]).map(Arc::new)).transpose()?;
        let start = start.map(|start| read_start(&mut reader, start, &train)).transpose()?;
        reader.finish()?;
        let validation = contexts
            .into_iter()
            .zip(targets)
            .map(|(context, target)| {
                let times = case_times.next().unwrap_or_default();
                Case { context, times, target: ItemIndex(target) }
            })
            .collect();
        Ok(Self { vectors, start, ..Self::new(options, train, validation).timed(train_times) })
    }
}

fn read_start(
    reader: &mut Reader,
    (encoder, passes, replayed): (EncoderConfig, usize, usize),
    train: &Sequences,
) -> Result<Start> {
    encoder.check()?;
    if replayed > train.sessions.len() {
        return Err(Error::Checkpoint {
            cause: "it replays more sessions than there are".into(),
            remedy: "Prepare the data again".into(),
        });
    }
    let size: usize = encoder.specs().iter().map(Spec::size).sum();
    let dense = Arc::new(reader.floats("dense", &[size])?);
    let transitions = encoder.transitions.then(|| read_transitions(reader, train.items).map(Arc::new)).transpose()?;
    Ok(Start { encoder, dense, transitions, replayed, passes })
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

/// The moments of lists that are written already.
pub(crate) fn write_moments<'a>(writer: &mut Writer, name: &str, moments: impl Iterator<Item = &'a Moment>) {
    let moments: Vec<u32> = moments.map(|moment| moment.unwrap_or(UNKNOWN)).collect();
    writer.integers(format!("{name}.times"), &moments);
}

/// What [`write_moments`] wrote of these lists.
pub(crate) fn read_moments(reader: &mut Reader, name: &str, lists: &[Vec<ItemIndex>]) -> Result<Vec<Vec<Moment>>> {
    let mut moments =
        reader.integers(&format!("{name}.times"))?.into_iter().map(|moment| (moment != UNKNOWN).then_some(moment));
    if moments.len() != lists.iter().map(Vec::len).sum::<usize>() {
        return Err(Error::Checkpoint {
            cause: format!("the times of its {name} lists do not add up"),
            remedy: "Prepare the data again".into(),
        });
    }
    Ok(lists.iter().map(|list| moments.by_ref().take(list.len()).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::ModelKind;
    use super::*;

    #[test]
    fn a_job_survives_the_way_to_the_trainer() {
        let items = |list: &[u32]| list.iter().map(|&i| ItemIndex(i)).collect::<Vec<_>>();
        let train = Sequences { items: 5, sessions: vec![items(&[0, 1, 2]), items(&[]), items(&[4])] };
        let validation = vec![Case::new(items(&[3]), ItemIndex(2))];
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
    fn moments_travel_where_they_are_asked_for() {
        let items = |list: &[u32]| list.iter().map(|&i| ItemIndex(i)).collect::<Vec<_>>();
        let train = Sequences { items: 5, sessions: vec![items(&[0, 1, 2]), items(&[4])] };
        let times = vec![vec![Some(0), None, Some(70)], vec![None]];
        let case = |times: &[Moment]| Case { times: times.to_vec(), ..Case::new(items(&[3, 1]), ItemIndex(2)) };
        let job = |time_bias, times: &Vec<_>, case| {
            let options = TrainingOptions { model: ModelKind::Transformer, time_bias, ..TrainingOptions::default() };
            let job = Job::new(options, train.clone(), vec![case]).timed(times.clone());
            Job::from_bytes(&job.to_bytes().unwrap()).unwrap()
        };
        let with = job(Some(true), &times, case(&[Some(3), None]));
        assert_eq!((&*with.times, &*with.validation), (&times, &vec![case(&[Some(3), None])]));
        with.check().unwrap();
        // Nobody knows the case's: it stays answerable.
        assert_eq!(job(Some(true), &times, case(&[])).validation[0].times, [None, None]);
        let without = job(None, &times, case(&[Some(3), None]));
        assert_eq!((without.times.len(), &*without.validation), (0, &vec![case(&[])]));
    }

    #[test]
    fn times_that_are_asked_for_and_missing_are_an_error() {
        let options =
            TrainingOptions { model: ModelKind::Transformer, time_bias: Some(true), ..TrainingOptions::default() };
        let train = Sequences { items: 2, sessions: vec![vec![ItemIndex(0), ItemIndex(1)]] };
        let job = |times| Job::new(options.clone(), train.clone(), vec![]).timed(times);
        job(vec![vec![Some(0), None]]).check().unwrap();
        for times in [vec![], vec![vec![None, None]], vec![vec![Some(0)]], vec![vec![Some(0); 2]; 2]] {
            let error = job(times).check().unwrap_err().to_string();
            assert!(error.contains("timeBias = true is not usable: these events have no times"), "{error}");
        }
    }

    #[test]
    fn vectors_of_another_width_or_catalogue_are_refused() {
        let train = Sequences { items: 5, sessions: vec![] };
        let error = Job::new(TrainingOptions::default(), train, vec![]).starting_from(vec![0.0; 5 * 63]).unwrap_err();
        assert!(error.to_string().contains("give 5 × 64: items times dim"), "{error}");
    }
}
