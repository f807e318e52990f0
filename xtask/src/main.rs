//! The project's only build tool: `cargo xtask build | serve | test | bench | size`.
//!
//! Each task sets up what it needs and is missing (see [`setup`]), or says in one line which command does.

mod bench;
mod exports;
mod notices;
mod packaging;
mod serve;
mod setup;
mod shell;
mod size;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::test::Part;
use crate::wasm::Artifact;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the WebAssembly artifacts into `pkg/wasm/`.
    Build {
        /// Only this artifact; both without it.
        artifact: Option<Artifact>,
    },
    /// Build what is needed and serve the page on this machine.
    Serve(serve::Options),
    /// Run the tests, all parts or those named.
    Test {
        /// Legal parts; all of them without one.
        parts: Vec<Part>,
        /// Spare nothing: `faults` kills 200 tabs and fails every operation of the storage, `packaging` builds a Next.js project.
        #[arg(long)]
        full: bool,
    },
    /// Compare homebody's speed with that of what else a user could pick, side by side.
    Bench(bench::Options),
    /// Show what a visitor downloads, compressed.
    Size {
        /// One JSON object on the last line instead of a table.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Build { artifact: Some(artifact) } => wasm::build(artifact),
        Task::Build { artifact: None } => wasm::build_all().and_then(|()| notices::write()),
        Task::Serve(options) => serve::serve(&options),
        Task::Test { parts, full } => test::run(&parts, full),
        Task::Bench(options) => bench::bench(&options),
        Task::Size { json } => size::print(json),
    }
}
