//! The tests, in parts, and the table that sums them up.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::serve::Site;
use crate::setup::{self, WasmToolchain};
use crate::shell::{capture, cargo, find_program, root, run as run_command, run_within, stage, target_folder};
use crate::{packaging, wasm};

/// A part of the tests that can be run by name.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// Format and lints.
    Lint,
    /// Unit tests beside the code.
    Unit,
    /// Contract, reference, learning and layering tests in `tests/`.
    Contract,
    /// Documentation builds, and its examples run.
    Docs,
    /// The npm package: files, modules, size.
    Packaging,
    /// The real page in a real Chromium.
    Browser,
    /// The package in a real Chromium, with storage, workers, tabs and the GPU process failing; left out of CI's numbers by being short.
    Faults,
    /// A person's own history: its readers, and the page with it.
    OwnHistory,
}

impl Part {
    fn run(self, full: bool) -> Result<()> {
        match self {
            Self::Lint => lint(),
            Self::Unit => unit(),
            Self::Contract => contract(),
            Self::Docs => docs(),
            Self::Packaging => packaging::check(full),
            Self::Browser => drive_page("tests/browser", |name| !name.starts_with(OWN_HISTORY), full),
            Self::OwnHistory => own_history(),
            Self::Faults => drive_page("tests/browser/faults", |_| true, full),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Runs the named parts, or all, goes on after a failure, and fails at the end if one did.
pub(crate) fn run(parts: &[Part], full: bool) -> Result<()> {
    let parts = if parts.is_empty() { Part::value_variants() } else { parts };
    let mut outcomes = Vec::new();
    for part in parts {
        let started = Instant::now();
        let result = stage(&format!("Testing: {}", part.name()), || part.run(full));
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        outcomes.push(Outcome { part: *part, passed: result.is_ok(), took: started.elapsed() });
    }
    println!("{}", table(&outcomes));
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    println!("{} passed, {failed} failed", outcomes.len() - failed);
    if failed > 0 { Err(anyhow!("not all parts passed")) } else { Ok(()) }
}

struct Outcome {
    part: Part,
    passed: bool,
    took: Duration,
}

fn table(outcomes: &[Outcome]) -> String {
    let mut lines = vec![format!("\n{:<11} {:<7} {:>8}", "part", "result", "seconds")];
    lines.extend(outcomes.iter().map(|outcome| {
        let word = if outcome.passed { "passed" } else { "failed" };
        format!("{:<11} {word:<7} {:>8.1}", outcome.part.name(), outcome.took.as_secs_f32())
    }));
    lines.join("\n")
}

fn lint() -> Result<()> {
    run_command(cargo().args(["fmt", "--all", "--check"]))?;
    // One package at a time: together, their features would unite and Burn be checked once more.
    for package in ["homebody", "xtask"] {
        run_command(cargo().args([
            "clippy",
            "--release",
            "--all-targets",
            "--package",
            package,
            "--",
            "-D",
            "warnings",
        ]))?;
    }
    lint_wasm()
}

/// The bindings exist for WebAssembly only, where the native lints do not see them.
fn lint_wasm() -> Result<()> {
    let toolchain = setup::wasm_toolchain()?;
    if toolchain == WasmToolchain::Debian {
        eprintln!("Debian's Rust brings no clippy for WebAssembly: src/wasm.rs is not linted here");
        return Ok(());
    }
    let mut clippy = toolchain.cargo("clippy");
    clippy.args(["--package", "homebody", "--lib", "--profile", "web", "--no-default-features", "--features", "cpu"]);
    clippy.arg("--target-dir").arg(target_folder()?.join("wasm/cpu")).args(["--", "-D", "warnings"]);
    run_command(&mut clippy)
}

fn unit() -> Result<()> {
    native_tests(&["--lib", "--bins"])?;
    native_tests(&["--package", "xtask"])
}

fn contract() -> Result<()> {
    native_tests(&["--test", "*"])
}

/// On the CPU, and on the GPU path too: through a software Vulkan, so that it is the same everywhere.
fn native_tests(selection: &[&str]) -> Result<()> {
    let mut tests = native_runner();
    if let Some(driver) = setup::software_vulkan() {
        tests.env("VK_DRIVER_FILES", driver).env("HOMEBODY_TEST_GPU", "1");
    } else {
        eprintln!("no software Vulkan: the GPU path is not tested; on Debian install mesa-vulkan-drivers libvulkan1");
    }
    run_command(tests.args(selection))
}

/// Tests run in processes of their own where nextest is at hand, else in cargo's.
fn native_runner() -> Command {
    let runner: &[&str] = if find_program(&["cargo-nextest"]).is_some() { &["nextest", "run"] } else { &["test"] };
    let mut cargo = cargo();
    cargo.args(runner).arg("--release");
    cargo
}

fn docs() -> Result<()> {
    run_command(cargo().args(["doc", "--release", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run_command(cargo().args(["test", "--release", "--doc"]))
}

/// Ten times what a part of Node's tests takes on idle cores.
const LONGEST: Duration = Duration::from_mins(20);

/// What the files of the part `own-history` begin with.
const OWN_HISTORY: &str = "own-history";

/// The readers' units need no browser.
fn own_history() -> Result<()> {
    let units = test_files(&root().join("tests/own-history"), |_| true)?;
    run_command(Command::new(node()?).arg("--test").args(units))?;
    drive_page("tests/browser", |name| name.starts_with(OWN_HISTORY), false)
}

/// Runs a folder's browser tests of these names on the served page.
fn drive_page(tests: &str, is_meant: impl Fn(&str) -> bool, full: bool) -> Result<()> {
    wasm::build_all()?;
    let folder = setup::npm_packages("tests/browser")?;
    let chromium = setup::chromium()?;
    let site = Site::open(0)?;
    site.add_webgpu();
    let mut node = Command::new(node()?);
    // One file at a time: each drives a browser that trains, and all would share the same cores.
    node.args(["--test", "--test-concurrency=1"]).args(test_files(&root().join(tests), is_meant)?);
    node.env("HOMEBODY_CLI", command_line()?).env("HOMEBODY_URL", site.address()).env("HOMEBODY_CHROMIUM", chromium);
    run_tests(node.current_dir(&folder), full)
}

/// Runs Node's tests: in full nothing is spared, else a browser that hangs is not waited for.
pub(crate) fn run_tests(node: &mut Command, full: bool) -> Result<()> {
    if full { run_command(node.env("HOMEBODY_FULL", "1")) } else { run_within(node, LONGEST) }
}

/// The command line, built: tests train base models with it.
pub(crate) fn command_line() -> Result<PathBuf> {
    run_command(cargo().args(["build", "--release", "--bin", "homebody"]))?;
    Ok(target_folder()?.join("release").join(format!("homebody{}", std::env::consts::EXE_SUFFIX)))
}

/// Node, new enough.
pub(crate) fn node() -> Result<PathBuf> {
    let node = find_program(&["node"]).context("node is not on PATH: install Node 20 or newer")?;
    let version = capture(Command::new(&node).arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major < Some(20) {
        bail!("the tests need Node 20 or newer, this is {}", version.trim());
    }
    Ok(node)
}

/// A folder's tests, named one by one, as Node's versions disagree about what a folder means.
pub(crate) fn test_files(folder: &Path, is_meant: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".test.js") && is_meant(&name) {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("{} holds no *.test.js", folder.display());
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_per_part() {
        let outcomes = [
            Outcome { part: Part::Lint, passed: true, took: Duration::from_millis(1500) },
            Outcome { part: Part::Browser, passed: false, took: Duration::from_secs(90) },
        ];
        let table = table(&outcomes);
        assert!(table.contains("lint        passed       1.5\nbrowser     failed      90.0"), "{table}");
    }

    #[test]
    fn every_part_has_a_name_to_call_it_by() {
        let names: Vec<String> = Part::value_variants().iter().map(|part| part.name()).collect();
        assert_eq!(names, ["lint", "unit", "contract", "docs", "packaging", "browser", "faults", "own-history"]);
    }
}
