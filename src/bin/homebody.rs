//! The command line: train, evaluate and compare on logs.

#[path = "homebody/compare.rs"]
mod compare;
#[path = "homebody/data.rs"]
mod data;
#[path = "homebody/evaluate.rs"]
mod evaluate;
#[path = "homebody/incremental.rs"]
mod incremental;
#[path = "homebody/membership.rs"]
mod membership;
#[path = "homebody/models.rs"]
mod models;
#[path = "homebody/own_history.rs"]
mod own_history;
#[path = "homebody/progress.rs"]
mod progress;
#[path = "homebody/protocol.rs"]
mod protocol;
#[path = "homebody/report.rs"]
mod report;
#[path = "homebody/simulate.rs"]
mod simulate;
#[path = "homebody/titles.rs"]
mod titles;
#[path = "homebody/train.rs"]
mod train;
#[path = "homebody/training.rs"]
mod training;
#[path = "homebody/vectors.rs"]
mod vectors;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Train and evaluate sequential recommenders on logs. Files may be compressed (.xz, .gz).
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model on a log and write it to a file.
    Train(train::TrainArgs),
    /// Train (or load) a model and rank held-out items, over the full catalogue.
    Evaluate(evaluate::EvaluateArgs),
    /// Write a model's item vectors in word2vec's text format.
    Vectors(vectors::VectorsArgs),
    /// Rank the same held-out items by many models and write one table.
    Compare(compare::CompareArgs),
    /// Write the histories of people who do not exist, to try the protocol own-history on.
    Simulate(simulate::SimulateArgs),
}

/// A path on the command line.
type File = PathBuf;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Vectors(args) => vectors::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Simulate(args) => simulate::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
