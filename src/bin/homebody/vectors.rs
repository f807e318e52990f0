//! Item vectors: how they train, `homebody vectors`, and starting from a file of them.

#![allow(clippy::doc_markdown, reason = "the comments are the help text")]

use std::fs;

use clap::{Args, ValueEnum};
use homebody::catalogue::Catalogue;
use homebody::device;
use homebody::embedding::vectors::Vectors;
use homebody::error::{Error, Result};
use homebody::model::Model;
use homebody::training::{ModelKind, TrainingOptions, WarmStart};

use crate::{File, data};

/// What a sequence model's item vectors start from.
#[derive(Clone, Copy, ValueEnum)]
enum Start {
    /// Skip-gram.
    SkipGram,
    /// GloVe.
    Glove,
    /// Random vectors.
    None,
}

/// How item vectors train.
#[derive(Args)]
pub(crate) struct VectorSettings {
    /// What a sequence model's item vectors start from.
    #[arg(long, value_enum)]
    warm_start: Option<Start>,
    /// Skip-gram and GloVe leave items of fewer views out.
    #[arg(long)]
    min_count: Option<u32>,
    /// Skip-gram: items at most this far apart are a pair.
    #[arg(long)]
    skip_gram_window: Option<u32>,
    /// Skip-gram: negatives are drawn in proportion to count^alpha, -1 to 1.
    #[arg(long, allow_negative_numbers = true)]
    skip_gram_alpha: Option<f32>,
    /// Skip-gram: share of all events above which an item is thinned; 0 thins none.
    #[arg(long)]
    skip_gram_subsample: Option<f32>,
    /// Passes for GloVe; 0 starts a sequence model from random vectors.
    #[arg(long)]
    glove_epochs: Option<u32>,
    /// GloVe: items at most this far apart are seen near each other.
    #[arg(long)]
    glove_window: Option<u32>,
    /// GloVe: the co-occurrence count from which on all weigh alike.
    #[arg(long)]
    glove_x_max: Option<f32>,
    /// GloVe: weight of a pair that was never seen; 0 trains on none.
    #[arg(long)]
    glove_unseen: Option<f32>,
}

impl VectorSettings {
    /// Sets what was given.
    pub(crate) fn apply(&self, options: &mut TrainingOptions) {
        let set = |target: &mut u32, given: Option<u32>| *target = given.unwrap_or(*target);
        set(&mut options.min_count, self.min_count);
        set(&mut options.skip_gram_window, self.skip_gram_window);
        set(&mut options.glove_window, self.glove_window);
        options.warm_start = match self.warm_start {
            Some(Start::SkipGram) => WarmStart::SkipGram,
            Some(Start::Glove) => WarmStart::Glove,
            Some(Start::None) => WarmStart::None,
            None => options.warm_start,
        };
        options.skip_gram_alpha = self.skip_gram_alpha;
        options.skip_gram_subsample = self.skip_gram_subsample.unwrap_or(options.skip_gram_subsample);
        let alone = if options.model == ModelKind::Glove { options.epochs } else { None };
        options.glove_epochs = self.glove_epochs.or(alone);
        options.glove_x_max = self.glove_x_max.unwrap_or(options.glove_x_max);
        options.glove_unseen = self.glove_unseen.unwrap_or(options.glove_unseen);
    }
}

/// Arguments of `vectors`.
#[derive(Args)]
pub(crate) struct VectorsArgs {
    /// A model that `homebody train` wrote.
    #[arg(long)]
    model: File,
    /// Where to write its item vectors, in word2vec's text format; blanks in ids become ␣.
    #[arg(long)]
    out: File,
}

/// `homebody vectors`.
pub(crate) fn run(args: &VectorsArgs) -> Result<()> {
    let (model, description) = Model::from_bytes(&data::decompressed(&args.model)?, &device::cpu()?)?;
    if description.ids.len() != description.items {
        return Err(Error::Checkpoint {
            cause: "it does not name its items".into(),
            remedy: "Write it with `homebody train --out`".into(),
        });
    }
    let vectors = pollster::block_on(model.export_vectors(description.ids))?;
    fs::write(&args.out, vectors.to_text()?)
        .map_err(|cause| Error::Io { path: args.out.display().to_string(), cause: cause.to_string() })?;
    println!("{}: {} vectors of {}", args.out.display(), vectors.ids().len(), vectors.dim());
    Ok(())
}

/// Reads vectors to start from, in the catalogue's order; sets the options' width to theirs unless `--dim` was given.
pub(crate) fn start(
    file: &File,
    catalogue: &Catalogue,
    options: &mut TrainingOptions,
    dim: Option<u32>,
) -> Result<Vec<f32>> {
    let vectors = Vectors::parse(&data::decompressed(file)?)?;
    if dim.is_none() {
        options.dim = Some(u32::try_from(vectors.dim()).unwrap_or(u32::MAX));
    }
    let aligned = vectors.align(catalogue, u64::from(options.seed))?;
    if aligned.missing > 0 {
        eprintln!(
            "note: {} of {} items have no vector there and start from a random one",
            aligned.missing,
            catalogue.len()
        );
    }
    Ok(aligned.values)
}
