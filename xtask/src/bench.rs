//! homebody beside what else a user could pick, in one run on one machine: `TensorFlow.js` in the same Chromium, Keras and gensim natively.
//! The work is that of `benches/browser/workload.js` on every side.

mod comparison;
mod losses;
mod scaling;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum as _};
use serde_json::{Value, json};

use self::comparison::{Comparison, Sides};
use crate::setup;
use crate::shell::{capture, root, run, stage, target_folder};
use crate::test::node;
use crate::wasm;

/// Arguments of `bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// What is compared; all of it without one.
    names: Vec<Comparison>,
    /// Write the rows to this file, too.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Instead, measure homebody alone as catalogue, sequences and vectors grow, and draw the curves into `reports/`.
    #[arg(long, conflicts_with_all = ["names", "json"])]
    scaling: bool,
}

/// What a side measured: an object of figures, or why there is none.
type Measured = std::result::Result<Value, String>;

/// Sets up, measures every side once, prints the table.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let names = if options.names.is_empty() { Comparison::value_variants() } else { &options.names };
    wasm::build_all()?;
    let folder = target_folder()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut bench = Bench::new(&folder)?;
    if options.scaling {
        return scaling::run(&mut bench);
    }
    let rows: Vec<Value> = names.iter().map(|name| bench.compare(*name)).collect();
    println!("{}", table(&rows));
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(&rows)?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

struct Bench {
    sessions: PathBuf,
    browser: PathBuf,
    chromium: PathBuf,
    /// A Python with the peers, or why there is none.
    python: std::result::Result<PathBuf, String>,
    /// By task: each side is measured once.
    measured: Vec<(String, Measured)>,
}

impl Bench {
    fn new(folder: &Path) -> Result<Self> {
        let browser = setup::npm_packages("benches/browser")?;
        let sessions = folder.join("sessions.txt");
        run(Command::new(node()?).arg("run.js").arg("--sessions").arg(&sessions).current_dir(&browser))?;
        let python = python(&folder.join("peers")).map_err(|error| format!("{error:#}"));
        Ok(Self { sessions, browser, chromium: setup::chromium()?, python, measured: Vec::new() })
    }

    fn compare(&mut self, comparison: Comparison) -> Value {
        let Sides { own, peers, figure, unit, more_is_better } = comparison.sides();
        let homebody = self.measure(own);
        let peers: Vec<(&str, Measured)> = peers.iter().map(|peer| (*peer, self.measure(peer))).collect();
        let of = |measured: &Measured| measured.as_ref().ok().and_then(|value| value[figure].as_f64());
        let better = |a: &f64, b: &f64| if more_is_better { a.total_cmp(b) } else { b.total_cmp(a) };
        let best = peers.iter().filter_map(|(name, measured)| Some((*name, of(measured)?)));
        let best = best.max_by(|a, b| better(&a.1, &b.1));
        let ratio =
            of(&homebody).zip(best).map(|(own, (_, peer))| if more_is_better { own / peer } else { peer / own });
        let details = |measured: &Measured| match measured {
            Ok(value) => value.clone(),
            Err(why) => json!({ "missing": why }),
        };
        let best_details = best.and_then(|(best, _)| peers.iter().find(|(name, _)| *name == best));
        let losses = best_details.and_then(|(_, peer)| losses::compared(homebody.as_ref().ok()?, peer.as_ref().ok()?));
        json!({
            "name": comparison.name(), "unit": unit, "ratio": ratio,
            "homebody": of(&homebody), "peer": best.map(|(_, peer)| peer), "best_peer": best.map(|(name, _)| name),
            "losses": losses,
            "homebody_details": details(&homebody),
            "peer_details": peers.iter().map(|(name, m)| ((*name).to_owned(), details(m))).collect::<serde_json::Map<_, _>>(),
        })
    }

    fn measure(&mut self, task: &str) -> Measured {
        if let Some((_, known)) = self.measured.iter().find(|(name, _)| name == task) {
            return known.clone();
        }
        let line = stage(&format!("Measuring: {task}"), || {
            let mut command = self.command(task)?;
            capture(&mut command)
        });
        let measured = line.map_err(|error| format!("{error:#}")).and_then(|line| read(&line));
        self.measured.push((task.to_owned(), measured.clone()));
        measured
    }

    fn command(&self, task: &str) -> Result<Command> {
        if Path::new(task).extension().is_none_or(|extension| extension != "py") {
            let mut command = Command::new(node()?);
            command.arg("run.js").arg(task).env("HOMEBODY_CHROMIUM", &self.chromium).current_dir(&self.browser);
            return Ok(command);
        }
        let python = self.python.as_ref().map_err(|why| anyhow!("{why}"))?;
        let mut command = Command::new(python);
        command.arg(root().join("benches/peers").join(task)).arg(&self.sessions);
        Ok(command)
    }
}

/// A side's answer: the last line of what it prints.
fn read(output: &str) -> Measured {
    let line = output.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(line).map_err(|cause| format!("it printed no figures ({cause})"))?;
    match value["missing"].as_str() {
        Some(why) => Err(why.to_owned()),
        None => Ok(value),
    }
}

/// A virtual environment with the Python peers.
fn python(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let requirements = root().join("benches/peers/requirements.txt");
    let installed = folder.join("requirements.txt");
    if fs::read(&installed).ok() != fs::read(&requirements).ok() {
        stage("Installing the Python peers", || {
            capture(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
            capture(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))
        })?;
        fs::copy(&requirements, &installed).with_context(|| format!("cannot write {}", installed.display()))?;
    }
    Ok(python)
}

fn table(rows: &[Value]) -> String {
    let mut lines =
        vec![format!("\n{:<31} {:>10} {:>10} {:>8}  {:<9} peer", "comparison", "homebody", "peer", "ratio", "unit")];
    let number = |value: &Value, digits| value.as_f64().map_or("missing".into(), |number| format!("{number:.digits$}"));
    lines.extend(rows.iter().map(|row| {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let alone = row["peer_details"] == json!({});
        let beside = |field: &str, digits| if alone { "–".into() } else { number(&row[field], digits) };
        format!(
            "{:<31} {:>10} {:>10} {:>8}  {:<9} {}{}",
            text("name"),
            number(&row["homebody"], 1),
            beside("peer", 1),
            beside("ratio", 2),
            text("unit"),
            text("best_peer"),
            losses::verdict(&row["losses"]),
        )
    }));
    lines.push("A ratio above 1: homebody is better.".into());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(measured: Vec<(&str, Measured)>) -> Bench {
        let measured = measured.into_iter().map(|(task, figures)| (task.to_owned(), figures)).collect();
        Bench {
            sessions: PathBuf::new(),
            browser: PathBuf::new(),
            chromium: PathBuf::new(),
            python: Err("none".into()),
            measured,
        }
    }

    #[test]
    fn the_best_peer_counts_and_a_missing_one_is_no_win() {
        let (homebody, webgl) = (Ok(json!({ "ms": 50.0 })), Ok(json!({ "ms": 4000.0 })));
        let webgpu = Ok(json!({ "ms": 9000.0 }));
        let sides = vec![
            ("homebody-gru-cpu", homebody),
            ("tfjs-gru-cpu", Err("no".into())),
            ("tfjs-gru-webgl", webgl),
            ("tfjs-gru-webgpu", webgpu),
        ];
        let mut bench = bench(sides);
        let row = bench.compare(Comparison::GruTrainCpuVsTfjs);
        assert_eq!((row["ratio"].as_f64(), row["best_peer"].as_str()), (Some(80.0), Some("tfjs-gru-webgl")));
        let row = bench.compare(Comparison::GruTrainCpuVsKeras);
        assert!(row["ratio"].is_null() && row["peer"].is_null(), "{row}");
        assert_eq!(row["peer_details"]["gru_keras.py"]["missing"], "none");
        assert!(table(&[row]).contains("missing"));
    }

    #[test]
    fn more_events_a_second_are_better() {
        let sides = [("homebody-skip-gram", 500.0), ("skip_gram_gensim.py", 250.0)];
        let mut bench = bench(sides.map(|(name, rate)| (name, Ok(json!({ "eventsPerSecond": rate })))).to_vec());
        assert_eq!(bench.compare(Comparison::SkipGramCpuVsGensim)["ratio"], 2.0);
    }
}
