//! `homebody train`.

use clap::Args;
use homebody::catalogue::Catalogue;
use homebody::error::{Error, Result};
use homebody::history::SessionRule;
use homebody::model::About;
use homebody::training::{Job, TrainingOptions};
use serde_json::json;

use crate::data::{self, Reading};
use crate::models::{DEFAULT, How, ModelName};
use crate::training::Training;
use crate::{File, membership, progress, vectors};

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
    /// Leave out items that fewer visitors than this viewed: what few viewed tells of those few.
    #[arg(long, default_value_t = 1)]
    min_visitors_per_item: usize,
    /// Report what the file gives away: whether a visitor's steps were learned from can be guessed from how likely the model finds them.
    #[arg(long)]
    membership: bool,
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
    let mut log = args.reading.log(&args.data, SessionRule::default())?;
    let rare = data::leave_out_rare(&mut log, args.min_visitors_per_item);
    if rare.0 > 0 {
        eprintln!(
            "left out {} items that fewer than {} visitors viewed: {} events",
            rare.0, args.min_visitors_per_item, rare.1
        );
    }
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
    let (learned, held_back) = (job.train.clone(), job.validation.clone());
    let trained = progress::train(job, args.training.choice())?;
    let texts = pollster::block_on(trained.model.clone().with_content(&catalogue.texts(), &learned, &held_back))?;
    let about = About {
        ids: catalogue.iter().map(|(_, item)| item.id.clone()).collect(),
        texts: texts.reads().map(|reading| reading.weights),
        views: learned.counts(),
    };
    let bytes = pollster::block_on(trained.model.to_file(about))?;
    data::write(&args.out, &bytes)?;
    let report = args.membership.then(|| membership::report(&trained.model, &learned, &held_back)).transpose()?;
    if args.json {
        let report = json!({
            "membership": report, "left_out": { "items": rare.0, "events": rare.1 },
            "model": trained.model.name(), "items": catalogue.len(), "users": log.histories.len(),
            "bytes": bytes.len(), "events_per_second": trained.events_per_second,
        });
        println!("{report}");
    } else {
        println!("{}: {} items, {} bytes", args.out.display(), catalogue.len(), bytes.len());
        report.iter().for_each(|report| println!("{}", membership::told(report)));
    }
    Ok(())
}
