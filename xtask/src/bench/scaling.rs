//! What a training step and a list cost as catalogue, sequences and vectors grow: measured in Chromium without a GPU, drawn into `reports/`.

use std::fs;
use std::ops::Range;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;
use serde_json::{Value, json};

use super::Bench;
use crate::shell::root;

/// One size that varies while the others stand still.
struct Axis {
    title: &'static str,
    size: &'static str,
    task: &'static str,
    figure: &'static str,
    sizes: &'static [u32],
}

/// The settings that stand still: those of `SAMPLED` in `benches/browser/workload.js`, and as many negatives as a thousand items bear.
const NEGATIVES: u32 = 512;

const AXES: [Axis; 4] = [
    Axis {
        title: "A step, as the catalogue grows",
        size: "items",
        task: "homebody-scale",
        figure: "ms",
        sizes: &[1_000, 10_000, 100_000, 1_000_000],
    },
    Axis {
        title: "A step, as sequences grow",
        size: "steps",
        task: "homebody-scale",
        figure: "ms",
        sizes: &[20, 50, 100, 200],
    },
    Axis {
        title: "A step, as vectors grow",
        size: "dim",
        task: "homebody-scale",
        figure: "ms",
        sizes: &[32, 64, 128, 256],
    },
    Axis {
        title: "From an event to the ten best, as the catalogue grows",
        size: "items",
        task: "homebody-top-ten",
        figure: "median",
        sizes: &[1_000, 10_000, 100_000, 1_000_000],
    },
];

/// What one size costs.
struct Cost {
    size: u32,
    ms: f64,
    /// Of WebAssembly, after training.
    megabytes: Option<f64>,
}

/// Measures every point, writes `reports/scaling.json`, `.md` and `.svg`.
pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let curves = AXES.iter().map(|axis| axis.measure(bench)).collect::<Result<Vec<_>>>()?;
    let write = |extension: &str, text: String| {
        let file = root().join("reports/scaling").with_extension(extension);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    };
    write("json", serde_json::to_string_pretty(&as_json(&curves))? + "\n")?;
    write("md", as_markdown(&curves))?;
    write("svg", drawn(&curves).map_err(|cause| anyhow!("cannot draw the curves: {cause}"))?)?;
    println!("{}", as_markdown(&curves));
    Ok(())
}

impl Axis {
    fn measure(&self, bench: &mut Bench) -> Result<Vec<Cost>> {
        self.sizes.iter().map(|&size| self.cost(bench, size)).collect()
    }

    fn cost(&self, bench: &mut Bench, size: u32) -> Result<Cost> {
        let settings = json!({ "negatives": NEGATIVES, self.size: size });
        let task = format!("{}={settings}", self.task);
        let measured = bench.measure(&task).map_err(|why| anyhow!("{task}: {why}"))?;
        let ms = measured[self.figure].as_f64().with_context(|| format!("{task} gave no {}", self.figure))?;
        Ok(Cost { size, ms, megabytes: measured["wasmMB"].as_f64() })
    }
}

fn as_json(curves: &[Vec<Cost>]) -> Value {
    let point = |cost: &Cost| json!({ "size": cost.size, "ms": cost.ms, "megabytes": cost.megabytes });
    let curve = |(axis, costs): (&Axis, &Vec<Cost>)| json!({ "title": axis.title, "size": axis.size, "costs": costs.iter().map(point).collect::<Vec<_>>() });
    AXES.iter().zip(curves).map(curve).collect()
}

fn as_markdown(curves: &[Vec<Cost>]) -> String {
    let mut text = format!(
        "# What homebody costs as sizes grow\n\nMilliseconds at the median and megabytes of WebAssembly's memory in Chromium, no GPU, one thread: \
         `cargo xtask bench --scaling`.\nA step is a GRU's with a loss over {NEGATIVES} shared negatives; what does not vary is 10,000 items, \
         vectors of 64, 128 sequences of 50 steps.\nA list is ten of all items after one more event.\nOne run: the step that three tables share (10,000 items, 50 steps, width 64) was measured \
         three times, and what differs by less than those tells nothing.\n\n![The curves](scaling.svg)\n",
    );
    for (axis, costs) in AXES.iter().zip(curves) {
        let heading = format!("\n{}:\n\n| {} | ms | MB |\n|---|---|---|\n", axis.title, axis.size);
        let row = |cost: &Cost| {
            let megabytes = cost.megabytes.map_or_else(|| "–".into(), |megabytes| format!("{megabytes:.0}"));
            format!("| {} | {:.1} | {megabytes} |\n", cost.size, cost.ms)
        };
        text.extend(std::iter::once(heading).chain(costs.iter().map(row)));
    }
    text
}

/// Four charts, both axes logarithmic: a cost that grows with its size is a line that rises by as much.
fn drawn(curves: &[Vec<Cost>]) -> Result<String, Box<dyn std::error::Error>> {
    let mut svg = String::new();
    let canvas = SVGBackend::with_string(&mut svg, (1000, 700)).into_drawing_area();
    canvas.fill(&WHITE)?;
    for ((axis, costs), area) in AXES.iter().zip(curves).zip(canvas.split_evenly((2, 2))) {
        let sizes: Vec<f64> = axis.sizes.iter().map(|&size| f64::from(size)).collect();
        let most = costs.iter().map(|cost| cost.ms).fold(1.0, f64::max);
        let least = costs.iter().map(|cost| cost.ms).fold(most, f64::min);
        // Room beside the first and the last, which are labelled too.
        let across = sizes[0] / 1.2..sizes[sizes.len() - 1] * 1.2;
        let up = least / 2.0..most * 2.0;
        let marks = marks(&up);
        let mut chart = ChartBuilder::on(&area)
            .caption(axis.title, ("sans-serif", 18))
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(across.log_scale().with_key_points(sizes), up.log_scale().with_key_points(marks))?;
        chart
            .configure_mesh()
            .x_desc(axis.size)
            .y_desc("ms")
            .x_label_formatter(&|size| grouped(*size))
            .y_label_formatter(&|ms| ms.to_string())
            .bold_line_style(BLACK.mix(0.1))
            .light_line_style(WHITE)
            .draw()?;
        let points = || costs.iter().map(|cost| (f64::from(cost.size), cost.ms));
        chart.draw_series(LineSeries::new(points(), BLUE.stroke_width(2)))?;
        chart.draw_series(points().map(|point| Circle::new(point, 4, BLUE.filled())))?;
    }
    canvas.present()?;
    drop(canvas);
    Ok(svg)
}

/// 1, 2 and 5 times powers of ten.
fn marks(range: &Range<f64>) -> Vec<f64> {
    let powers = (-3..6).map(|power| 10_f64.powi(power));
    powers.flat_map(|power| [1.0, 2.0, 5.0].map(|times| times * power)).filter(|mark| range.contains(mark)).collect()
}

/// A whole number, its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let grouped: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    grouped.join(",")
}
