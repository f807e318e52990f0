//! `homebody compare`: one table of many models on the same cases.

use std::fs;
use std::path::Path;
use std::time::Instant;

use clap::{Args, ValueEnum};
use homebody::error::{Error, Result};
use homebody::evaluation::{Evaluator, Predictor};
use serde_json::{Value, json};

use crate::evaluate::{Prepared, evaluator, prepared};
use crate::models::{How, ModelName};
use crate::protocol::{Data, ProtocolArgs};
use crate::report::{self, Comparison, Row};
use crate::training::Training;
use crate::{File, data};

/// Arguments of `compare`.
#[derive(Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    protocol: ProtocolArgs,
    /// What is compared, separated by commas: all baselines and the default model, if left out.
    #[arg(long, value_enum, value_delimiter = ',')]
    models: Vec<ModelName>,
    /// Seeds, separated by commas: what draws at random is trained once with each.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u32>,
    /// Writes the table to REPORT.md and REPORT.json.
    #[arg(long, value_name = "REPORT")]
    out: Option<File>,
    #[command(flatten)]
    training: Training,
}

pub(crate) fn run(args: &CompareArgs) -> Result<()> {
    // Before hours of training, not after them.
    args.out.as_deref().map(writable).transpose()?;
    let data = args.protocol.data(None)?;
    let models = if args.models.is_empty() { ModelName::compared() } else { args.models.clone() };
    let evaluator = evaluator(&data);
    let rows = models.into_iter().map(|model| row(model, args, &data, &evaluator)).collect::<Result<Vec<_>>>()?;
    let comparison = Comparison {
        command: command(),
        version: env!("CARGO_PKG_VERSION"),
        protocol: args.protocol.protocol.name(),
        rule: args.protocol.protocol.rule(),
        data: args.protocol.described(&data),
        rows,
    };
    let markdown = comparison.markdown();
    print!("{markdown}");
    if let Some(out) = &args.out {
        data::write(&ending(out, "md"), markdown.as_bytes())?;
        data::write(&ending(out, "json"), format!("{:#}\n", report::value(&comparison)?).as_bytes())?;
    }
    Ok(())
}

fn row(model: ModelName, args: &CompareArgs, data: &Data, evaluator: &Evaluator) -> Result<Row> {
    let start = Instant::now();
    let one = &args.seeds[..1];
    let (seeds, drawn) = if matches!(model.how, How::Counted(_)) { (one, false) } else { (&args.seeds[..], true) };
    let mut row = Row::new(model.name);
    for &seed in seeds {
        eprintln!("{}{}", model.name, if drawn { format!(", seed {seed}") } else { String::new() });
        let Some(Prepared { predictor, events_per_second, seconds, epochs }) =
            prepared(model, data, &args.training, seed)?
        else {
            row.missing = Some("needs titles: the log has none; give --titles".into());
            return Ok(row);
        };
        row.figures.push(report::value(&evaluator.report(&predictor, |_| {})?)?);
        row.shuffled.push(report::value(&evaluator.shuffled(&predictor, u64::from(seed))?)?);
        row.training.push(training(&predictor, args, [events_per_second, seconds], epochs));
        if drawn {
            row.seeds.push(seed);
        }
    }
    eprintln!("  {}, {:.1} s", row.summary(), start.elapsed().as_secs_f64());
    Ok(row)
}

fn training(predictor: &Predictor, args: &CompareArgs, [events_per_second, seconds]: [f64; 2], epochs: usize) -> Value {
    let mut facts = json!({ "seconds": seconds, "events_per_second": events_per_second });
    if matches!(predictor, Predictor::Model(_)) {
        let device = args.training.device.to_possible_value();
        facts["device"] = json!(device.map(|device| device.get_name().to_owned()));
        facts["epochs"] = json!(epochs);
    }
    facts
}

/// The command that was typed, so that it can be typed again.
fn command() -> String {
    let quoted = |argument: String| {
        let plain = |c: char| c.is_alphanumeric() || "-_./,=:+".contains(c);
        if argument.chars().all(plain) { argument } else { format!("'{}'", argument.replace('\'', r"'\''")) }
    };
    let arguments = std::env::args_os().skip(1).map(|argument| quoted(argument.to_string_lossy().into_owned()));
    std::iter::once("homebody".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// `REPORT`, `REPORT.md` and `REPORT.json` all name the same pair of files.
fn ending(out: &Path, ending: &str) -> File {
    let bare = if out.extension().is_some_and(|ending| ending == "md" || ending == "json") {
        out.with_extension("")
    } else {
        out.to_owned()
    };
    let mut name = bare.into_os_string();
    name.push(format!(".{ending}"));
    name.into()
}

/// Can files be written there?
fn writable(out: &Path) -> Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |cause: String| Error::Io { path: folder.display().to_string(), cause };
    let found = fs::metadata(folder).map_err(|cause| failed(cause.to_string()))?;
    if found.is_dir() { Ok(()) } else { Err(failed("not a folder, so that no report can be written there".into())) }
}
