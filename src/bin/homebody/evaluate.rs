//! `homebody evaluate`.

use std::time::Instant;

use clap::Args;
use homebody::catalogue::{Catalogue, Item};
use homebody::device;
use homebody::error::{Error, Result};
use homebody::evaluation::{Evaluator, Predictor, Report};
use homebody::model::Model;
use homebody::sequences::Sequences;
use homebody::training::{Job, TrainingOptions};
use serde_json::{Value, json};

use crate::data;
use crate::models::{DEFAULT, How, Known, ModelName};
use crate::protocol::{Data, Protocol, ProtocolArgs};
use crate::training::Training;
use crate::{File, incremental, own_history, progress};

/// Arguments of `evaluate`.
#[derive(Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    protocol: ProtocolArgs,
    /// What ranks; own-history has models of its own.
    #[arg(long, value_enum, default_value = DEFAULT)]
    model: ModelName,
    /// Evaluate this model file instead of training one.
    #[arg(long)]
    load: Option<File>,
    /// Seed of every random draw.
    #[arg(long)]
    seed: Option<u32>,
    /// Learn the latest part of the training events, of this share, by updating a model that was trained on the rest; compare it with that
    /// model as it was, and with one trained on everything.
    #[arg(long, conflicts_with = "load")]
    incremental: Option<f64>,
    /// Rank once more with every context in a random order, to see how much order tells.
    #[arg(long)]
    shuffled_control: bool,
    #[command(flatten)]
    training: Training,
    /// Print JSON, as the last line of standard output.
    #[arg(long)]
    json: bool,
}

/// A predictor and what it took.
pub(crate) struct Prepared {
    pub(crate) predictor: Predictor,
    /// Events learned from per second.
    pub(crate) events_per_second: f64,
    pub(crate) seconds: f64,
    /// Passes over the sessions, where there were any.
    pub(crate) epochs: usize,
}

pub(crate) fn run(args: &EvaluateArgs) -> Result<()> {
    if args.protocol.protocol == Protocol::OwnHistory {
        args.check_own()?;
        return own_history::run(&args.protocol.own()?, args.json);
    }
    let start = Instant::now();
    let loaded = args.load.as_deref().map(data::decompressed).transpose()?;
    let data = args.protocol.data(loaded.as_deref().map(catalogue_of).transpose()?)?;
    let seed = args.seed.unwrap_or_else(|| TrainingOptions::default().seed);
    if let Some(share) = args.incremental {
        return incrementally(args, &data, share, seed);
    }
    let (predictor, events_per_second) = if let Some(bytes) = loaded {
        let device = pollster::block_on(device::open(args.training.choice()))?;
        let model = Model::from_bytes(&bytes, &device)?.0;
        (Predictor::Model(with_content(model, &data, &data.holdout.known.sequences)?), 0.0)
    } else {
        let prepared = prepared(args.model, &data, &args.training, seed)?.ok_or_else(|| no_titles("content-knn"))?;
        (prepared.predictor, prepared.events_per_second)
    };
    let evaluator = evaluator(&data);
    let report = evaluator.report(&predictor, |_| {})?;
    let mut more = json!({
        "model": if args.load.is_some() { "loaded" } else { args.model.name },
        "items": data.catalogue.len(), "users": data.users, "unknown": data.unknown,
        "events_per_second": events_per_second,
    });
    if args.shuffled_control {
        more["shuffled"] = json!(evaluator.shuffled(&predictor, u64::from(seed))?);
    }
    more["seconds"] = json!(start.elapsed().as_secs_f64());
    print(args, &report, more)
}

impl EvaluateArgs {
    /// Refuses what has no part in the protocol own-history, rather than to leave it out.
    fn check_own(&self) -> Result<()> {
        let given = [
            ("--load", self.load.is_some()),
            ("--seed", self.seed.is_some()),
            ("--incremental", self.incremental.is_some()),
            ("--shuffled-control", self.shuffled_control),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(Error::Config {
                name: format!("{name} beside --protocol"),
                value: "own-history".into(),
                legal: "leave it out: that protocol's models are its own, and nothing is drawn".into(),
            }),
            None => Ok(()),
        }
    }
}

fn incrementally(args: &EvaluateArgs, data: &Data, share: f64, seed: u32) -> Result<()> {
    let How::Trained(kind) = args.model.how else {
        return Err(Error::Config {
            name: "incremental".into(),
            value: args.model.name.into(),
            legal: "only sequence models are updated: choose one by --model".into(),
        });
    };
    let options = args.training.options(kind, seed);
    let (report, compared) = incremental::compare(data, share, &options, &args.training)?;
    let more = json!({
        "model": args.model.name, "items": data.catalogue.len(), "users": data.users, "incremental": compared,
    });
    print(args, &report, more)
}

pub(crate) fn evaluator(data: &Data) -> Evaluator<'_> {
    Evaluator::new(&data.holdout.split.test, &data.holdout.known.sequences, data.filter_seen, data.unknown)
}

/// Trains or counts; `None` where the data lacks the titles that it takes.
pub(crate) fn prepared(model: ModelName, data: &Data, training: &Training, seed: u32) -> Result<Option<Prepared>> {
    let start = Instant::now();
    let known = Known { known: &data.holdout.known, texts: &data.texts };
    let baseline = match model.how {
        How::Trained(kind) => {
            let split = &data.holdout.split;
            let options = training.options(kind, seed);
            let job = Job::new(options, split.train.clone(), split.validation.clone()).timed(split.times.clone());
            let trained = progress::train(job, training.choice())?;
            return Ok(Some(Prepared {
                predictor: Predictor::Model(with_content(trained.model, data, &split.train)?),
                events_per_second: trained.events_per_second,
                seconds: start.elapsed().as_secs_f64(),
                epochs: trained.epochs,
            }));
        }
        How::Drawn(learn) => Some(learn(&known, seed)),
        How::Counted(count) => count(&known),
    };
    let seconds = start.elapsed().as_secs_f64();
    let events_per_second = known.known.sequences.events() as f64 / seconds.max(1e-9);
    let prepared =
        |baseline| Prepared { predictor: Predictor::Baseline(baseline), events_per_second, seconds, epochs: 0 };
    Ok(baseline.map(prepared))
}

/// The model that reads the items' texts, unless there are none or --content is false.
fn with_content(model: Model, data: &Data, learned: &Sequences) -> Result<Model> {
    let nothing_written = data.texts.iter().all(|text| text.trim().is_empty());
    match data.content {
        Some(true) if nothing_written => return Err(no_titles("--content")),
        Some(false) => return Ok(model),
        None if nothing_written => return Ok(model),
        _ => {}
    }
    pollster::block_on(model.with_content(&data.texts, learned, &data.holdout.split.validation))
}

fn no_titles(what: &str) -> Error {
    Error::TooLittle {
        what: what.into(),
        needed: "what is written about the items".into(),
        have: "a log that says nothing about them".into(),
        remedy: "Give --titles, a table of item id and title".into(),
    }
}

/// The catalogue that a model file was trained on.
fn catalogue_of(bytes: &[u8]) -> Result<Catalogue> {
    let (_, description) = Model::from_bytes(bytes, &device::cpu()?)?;
    if description.ids.len() != description.items {
        return Err(Error::Checkpoint {
            cause: "it does not name its items".into(),
            remedy: "Write it with `homebody train --out`".into(),
        });
    }
    let item = |id: String| Item { id, ..Item::default() };
    Catalogue::new(description.ids.into_iter().map(item))
}

fn print(args: &EvaluateArgs, report: &Report, more: Value) -> Result<()> {
    let mut report = crate::report::value(report)?;
    if let (Value::Object(report), Value::Object(more)) = (&mut report, more) {
        report.extend(more);
    }
    if args.json {
        println!("{report}");
    } else {
        println!("{report:#}");
    }
    Ok(())
}
