//! `homebody train`.

use clap::Args;
use homebody::catalogue::Catalogue;
use homebody::error::{Error, Result};
use homebody::history::SessionRule;
use homebody::training::{Job, TrainingOptions};
use serde_json::json;

use crate::data::{self, Reading};
use crate::models::{DEFAULT, How, ModelName};
use crate::training::Training;
use crate::{File, progress, vectors};

/// Arguments of `train`.
#[derive(Args)]
pub(crate) struct TrainArgs {
    /// The log: one file, or several that belong together (`ratings.csv`, `movies.csv`).
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<File>,
    /// Where to write the model.
    #[arg(long)]
    out: File,
    /// Item vectors to start from, in word2vec's text format.
    #[arg(long)]
    vectors: Option<File>,
    #[command(flatten)]
    reading: Reading,
    /// What to train.
    #[arg(long, value_enum, default_value = DEFAULT)]
    model: ModelName,
    /// Seed of every random draw.
    #[arg(long)]
    seed: Option<u32>,
    #[command(flatten)]
    training: Training,
    /// Print JSON, as the last line of standard output.
    #[arg(long)]
    json: bool,
}

/// One session in this many is held out for early stopping.
const VALIDATION_STRIDE: usize = 12;
/// At most this many are.
const VALIDATION_CASES: usize = 2048;

pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    let How::Trained(kind) = args.model.how else {
        return Err(Error::Config {
            name: "--model".into(),
            value: args.model.name.into(),
            legal: format!("it is a baseline, which has no file: choose one of {}", ModelName::trainable()),
        });
    };
    let log = args.reading.log(&args.data, SessionRule::default())?;
    let catalogue = Catalogue::from_log(&log);
    let split = data::dated(&log, &catalogue)?.hold_out(VALIDATION_STRIDE, VALIDATION_CASES);
    let seed = args.seed.unwrap_or_else(|| TrainingOptions::default().seed);
    let mut options = args.training.options(kind, seed);
    let start = args.vectors.as_ref().map(|file| vectors::start(file, &catalogue, &mut options, args.training.dim));
    let start = start.transpose()?;
    let mut job = Job::new(options, split.train, split.validation).timed(split.times);
    if let Some(start) = start {
        job = job.starting_from(start)?;
    }
    let trained = progress::train(job, args.training.choice())?;
    let ids = catalogue.iter().map(|(_, item)| item.id.clone()).collect();
    let bytes = pollster::block_on(trained.model.to_bytes(ids))?;
    data::write(&args.out, &bytes)?;
    if args.json {
        let report = json!({
            "model": trained.model.name(), "items": catalogue.len(), "users": log.histories.len(),
            "bytes": bytes.len(), "events_per_second": trained.events_per_second,
        });
        println!("{report}");
    } else {
        println!("{}: {} items, {} bytes", args.out.display(), catalogue.len(), bytes.len());
    }
    Ok(())
}
