//! `homebody evaluate`.

use std::time::Instant;

use clap::{Args, ValueEnum};
use homebody::baseline::{Markov, Popularity};
use homebody::catalogue::{Catalogue, Item, ItemIndex};
use homebody::device;
use homebody::error::{Error, Result};
use homebody::evaluation::{Figures, Predictor, evaluate};
use homebody::history::SessionRule;
use homebody::model::Model;
use homebody::sequences::{Case, Sequences, Split};
use homebody::training::Job;
use serde_json::{Value, json};

use crate::data::{self, Reading};
use crate::train::VALIDATION_CASES;
use crate::{File, ModelName, Training, progress};

/// What is held out, and what is filtered.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Protocol {
    /// Each user's last item is the target, the one before it the validation item (and part of the target's context); items the
    /// user has seen are left out of the ranking.
    LeaveOneOut,
    /// Train on the sessions of `--train`; each line of `--test` is `context items, by blanks`, a tab, `target`. Nothing is filtered.
    NextItem,
}

/// Arguments of `evaluate`.
#[derive(Args)]
pub(crate) struct EvaluateArgs {
    /// What is held out, and what is filtered.
    #[arg(long, value_enum, default_value = "leave-one-out")]
    protocol: Protocol,
    /// The log (leave-one-out).
    #[arg(long, num_args = 1.., required_if_eq("protocol", "leave-one-out"))]
    data: Vec<File>,
    /// Training sessions (next-item).
    #[arg(long, required_if_eq("protocol", "next-item"))]
    train: Option<File>,
    /// Test cases (next-item).
    #[arg(long, required_if_eq("protocol", "next-item"))]
    test: Option<File>,
    /// Evaluate this model file instead of training one.
    #[arg(long)]
    load: Option<File>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    training: Training,
}

/// A split in terms of its catalogue.
struct Data {
    split: Split,
    catalogue: Catalogue,
    users: usize,
    /// Test lines that name an item nobody trained on.
    unknown: usize,
}

pub(crate) fn run(args: &EvaluateArgs) -> Result<()> {
    let start = Instant::now();
    let loaded = args.load.as_deref().map(data::decompressed).transpose()?;
    let known = loaded.as_deref().map(catalogue_of).transpose()?;
    let data = match args.protocol {
        Protocol::LeaveOneOut => leave_one_out(args, known)?,
        Protocol::NextItem => next_item(args, known)?,
    };
    if data.split.test.is_empty() {
        return Err(Error::TooLittle {
            what: "Evaluation".into(),
            needed: "a user with at least three events, or a test line".into(),
            have: "none".into(),
            remedy: "Give more data".into(),
        });
    }
    let (predictor, events_per_second) = predictor(args, &data, loaded.as_deref())?;
    let filter_seen = args.protocol == Protocol::LeaveOneOut;
    let figures =
        evaluate(&predictor, &data.split.test, data.catalogue.len(), filter_seen, |_| {})?.with_misses(data.unknown);
    print(args, &data, &figures, events_per_second, start.elapsed().as_secs_f64())
}

fn predictor(args: &EvaluateArgs, data: &Data, loaded: Option<&[u8]>) -> Result<(Predictor, f64)> {
    let start = Instant::now();
    if let Some(bytes) = loaded {
        let device = pollster::block_on(device::open(args.training.choice()))?;
        return Ok((Predictor::Model(Model::from_bytes(bytes, &device)?.0), 0.0));
    }
    // A simple predictor has nothing to tune: it may count the validation items too.
    let counted = |sequences: &Sequences| sequences.events() as f64 / start.elapsed().as_secs_f64().max(1e-9);
    match args.training.model.kind() {
        Some(kind) => {
            let mut validation = data.split.validation.clone();
            validation.truncate(VALIDATION_CASES);
            let job = Job::new(args.training.options(kind), data.split.train.clone(), validation);
            let trained = progress::train(job, args.training.choice())?;
            Ok((Predictor::Model(trained.model), trained.events_per_second))
        }
        None if args.training.model == ModelName::Markov => {
            let chain = Markov::new(&data.split.train);
            Ok((Predictor::Markov(chain), counted(&data.split.train)))
        }
        None => Ok((Predictor::Popularity(Popularity::new(&data.split.train)), counted(&data.split.train))),
    }
}

fn leave_one_out(args: &EvaluateArgs, known: Option<Catalogue>) -> Result<Data> {
    let log = args.reading.log(&args.data, SessionRule::User)?;
    let catalogue = known.unwrap_or_else(|| Catalogue::from_log(&log));
    let split = data::sequences(&log, &catalogue)?.leave_one_out();
    Ok(Data { split, catalogue, users: log.histories.len(), unknown: 0 })
}

/// One training session in this many is held out for early stopping.
const STRIDE: usize = 20;

fn next_item(args: &EvaluateArgs, known: Option<Catalogue>) -> Result<Data> {
    let (Some(train), Some(test)) = (&args.train, &args.test) else {
        return Err(Error::Config {
            name: "--protocol".into(),
            value: "next-item".into(),
            legal: "give --train and --test with it".into(),
        });
    };
    let log = args.reading.log(std::slice::from_ref(train), SessionRule::default())?;
    let catalogue = known.unwrap_or_else(|| Catalogue::from_log(&log));
    let (cases, unknown) = test_cases(test, &catalogue)?;
    let mut split = data::sequences(&log, &catalogue)?.hold_out(STRIDE, VALIDATION_CASES);
    split.test = cases;
    Ok(Data { split, catalogue, users: log.histories.len(), unknown })
}

/// Test lines as cases; those whose target, or whole context, is unknown are counted as misses.
fn test_cases(file: &File, catalogue: &Catalogue) -> Result<(Vec<Case>, usize)> {
    let bytes = data::decompressed(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let (mut cases, mut unknown) = (Vec::new(), 0);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Some((context, target)) = line.split_once('\t') else {
            return Err(Error::Format {
                what: format!("{}, line {}", file.display(), number + 1),
                cause: "no tab between context and target".into(),
                remedy: "Write context items by blanks, a tab, and the target".into(),
            });
        };
        let context: Vec<ItemIndex> = context.split_whitespace().filter_map(|id| catalogue.get(id)).collect();
        match catalogue.get(target.trim()) {
            Some(target) if !context.is_empty() => cases.push(Case { context, target }),
            _ => unknown += 1,
        }
    }
    Ok((cases, unknown))
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
    let item = |id: String| Item { title: String::new(), id, detail: None, topic: None };
    Catalogue::new(description.ids.into_iter().map(item))
}

fn print(args: &EvaluateArgs, data: &Data, figures: &Figures, events_per_second: f64, seconds: f64) -> Result<()> {
    let mut report = serde_json::to_value(figures).map_err(|cause| Error::Format {
        what: "The report".into(),
        cause: cause.to_string(),
        remedy: "Report this".into(),
    })?;
    let more = json!({
        "model": if args.load.is_some() { "loaded".to_owned() } else { args.training.model.name() },
        "items": data.catalogue.len(), "users": data.users, "unknown": data.unknown,
        "events_per_second": events_per_second, "seconds": seconds,
    });
    if let (Value::Object(report), Value::Object(more)) = (&mut report, more) {
        report.extend(more);
    }
    if args.training.json {
        println!("{report}");
    } else {
        println!("{report:#}");
    }
    Ok(())
}
