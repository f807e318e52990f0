//! A comparison as Markdown and as JSON.

use homebody::error::{Error, Result};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Cells of a figure that is not there.
const NONE: &str = "–";

/// A whole comparison.
#[derive(Serialize)]
pub(crate) struct Comparison {
    pub(crate) command: String,
    pub(crate) version: &'static str,
    pub(crate) protocol: String,
    pub(crate) rule: String,
    pub(crate) data: Value,
    pub(crate) rows: Vec<Row>,
}

/// A model's figures, once a seed.
pub(crate) struct Row {
    model: &'static str,
    /// Why there are no figures.
    pub(crate) missing: Option<String>,
    /// The seeds, where it draws at random.
    pub(crate) seeds: Vec<u32>,
    pub(crate) figures: Vec<Value>,
    pub(crate) shuffled: Vec<Value>,
    pub(crate) training: Vec<Value>,
}

/// What can be told as JSON.
pub(crate) fn value(of: &impl Serialize) -> Result<Value> {
    serde_json::to_value(of).map_err(|cause| Error::Format {
        what: "The report".into(),
        cause: cause.to_string(),
        remedy: "Report this".into(),
    })
}

impl Row {
    pub(crate) fn new(model: &'static str) -> Self {
        Self {
            model,
            missing: None,
            seeds: Vec::new(),
            figures: Vec::new(),
            shuffled: Vec::new(),
            training: Vec::new(),
        }
    }

    /// A line of progress.
    pub(crate) fn summary(&self) -> String {
        let row = self.json();
        format!("HR@10 {}, NDCG@10 {}", number(&row["hr@10"], 4), number(&row["ndcg@10"], 4))
    }

    /// Means over seeds under the names that `evaluate` gives them; their standard deviations apart.
    fn json(&self) -> Value {
        let mut row = json!({ "model": self.model });
        if let Some(missing) = &self.missing {
            row["missing"] = json!(missing);
            return row;
        }
        if let (Value::Object(row), Value::Object(figures)) = (&mut row, mean(&self.figures)) {
            row.extend(figures);
        }
        row["shuffled"] = mean(&self.shuffled);
        row["training"] = mean(&self.training);
        row["seeds"] = json!(self.seeds);
        if self.figures.len() > 1 {
            row["std"] = deviations(&self.figures);
        }
        row
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

/// Number by number; what is the same everywhere stays as it is.
fn mean(values: &[Value]) -> Value {
    let Some(first) = values.first() else { return Value::Null };
    if values.iter().all(|value| value == first) {
        return first.clone();
    }
    match first {
        Value::Object(fields) => fields.keys().map(|key| (key.clone(), mean(&all(values, key.as_str())))).collect(),
        Value::Array(list) => (0..list.len()).map(|at| mean(&all(values, at))).collect(),
        _ => json!(values.iter().filter_map(Value::as_f64).sum::<f64>() / values.len() as f64),
    }
}

fn all(values: &[Value], at: impl serde_json::value::Index + Copy) -> Vec<Value> {
    values.iter().map(|value| value[at].clone()).collect()
}

/// Sample standard deviations of the numbers.
fn deviations(values: &[Value]) -> Value {
    let Some(Value::Object(fields)) = values.first() else { return Value::Null };
    let mut deviations = Map::new();
    for key in fields.keys() {
        let numbers: Vec<f64> = values.iter().filter_map(|value| value[key].as_f64()).collect();
        if numbers.len() == values.len() {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
            deviations.insert(key.clone(), json!((squares / (numbers.len() - 1) as f64).sqrt()));
        }
    }
    Value::Object(deviations)
}

impl Comparison {
    /// The report to read.
    pub(crate) fn markdown(&self) -> String {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let there: Vec<&Value> = rows.iter().filter(|row| row.get("missing").is_none()).collect();
        let missing = rows.iter().filter(|row| row.get("missing").is_some());
        let missing = missing.map(|row| format!("\n{} is missing: {}.\n", word(&row["model"]), word(&row["missing"])));
        [
            self.heading(),
            "## Accuracy\n\nIn brackets 95% intervals over the cases; behind ± the standard deviation over seeds. Recall@k is \
             HR@k.\n\n"
                .into(),
            table(ACCURACY, &there),
            "\n## What is recommended, and whom it serves\n\nNDCG@10 by part of the cases, and on contexts in a random order; ".into(),
            there.first().map(|row| parts(row) + ".\n\n").unwrap_or_default(),
            table(PARTS, &there),
            "\n## Cost\n\n".into(),
            table(COST, &there),
            missing.collect(),
        ]
        .concat()
    }

    fn heading(&self) -> String {
        let Self { command, version, protocol, rule, data, .. } = self;
        let files = data["files"].as_array().map(|files| files.iter().map(word).collect::<Vec<_>>().join(", "));
        let count = |key: &str| number(&data[key], 0);
        let unknown = match data["unknown"].as_u64() {
            None | Some(0) => String::new(),
            Some(unknown) => format!(" ({unknown} of them ask for items outside the catalogue, which is a miss)"),
        };
        format!(
            "# Comparison: {protocol}\n\n```sh\n{command}\n```\n\nhomebody {version} on {}: {} items, {} users, {} sessions and {} events \
             to learn from, {} cases{unknown}. Every case is ranked over the whole catalogue.\n\n{protocol}: {rule}\n\n",
            files.unwrap_or_default(),
            count("items"),
            count("users"),
            count("sessions"),
            count("events"),
            count("cases"),
        )
    }
}

/// How many cases each part has: the same for every row.
fn parts(row: &Value) -> String {
    let part = |(key, what): (&str, &str)| format!("{} {what}", number(&row[key]["cases"], 0));
    let parts = [
        ("repeats", "repeats (the target is in the context)"),
        ("first_views", "first views"),
        ("new_items", "of items never trained on"),
        ("cold", "cold (contexts of 1 to 4 events)"),
        ("medium", "medium (5 to 19)"),
        ("heavy", "heavy"),
    ];
    parts.map(part).join(", ")
}

/// A column's heading and what stands under it.
type Column = (&'static str, fn(&Value) -> String);

const ACCURACY: &[Column] = &[
    ("model", |row| word(&row["model"])),
    ("HR@5", |row| number(&row["hr@5"], 4)),
    ("HR@10", |row| sure(row, "hr@10")),
    ("HR@20", |row| number(&row["hr@20"], 4)),
    ("NDCG@5", |row| number(&row["ndcg@5"], 4)),
    ("NDCG@10", |row| sure(row, "ndcg@10")),
    ("NDCG@20", |row| number(&row["ndcg@20"], 4)),
    ("MRR@5", |row| number(&row["mrr@5"], 4)),
    ("MRR@10", |row| sure(row, "mrr@10")),
    ("MRR@20", |row| number(&row["mrr@20"], 4)),
];

const PARTS: &[Column] = &[
    ("model", |row| word(&row["model"])),
    ("coverage@10", |row| number(&row["coverage@10"], 3)),
    ("diversity@10", |row| number(&row["diversity@10"], 3)),
    ("popularity@10", |row| number(&row["popularity@10"], 3)),
    ("repeats", |row| part(row, "repeats")),
    ("first views", |row| part(row, "first_views")),
    ("new items", |row| part(row, "new_items")),
    ("cold", |row| part(row, "cold")),
    ("medium", |row| part(row, "medium")),
    ("heavy", |row| part(row, "heavy")),
    ("shuffled", |row| part(row, "shuffled")),
    ("kept of it", |row| {
        let (shuffled, ordered) = (row["shuffled"]["ndcg@10"].as_f64(), row["ndcg@10"].as_f64());
        let share =
            shuffled.zip(ordered).filter(|(_, ordered)| *ordered > 0.0).map(|(shuffled, ordered)| shuffled / ordered);
        share.map_or(NONE.into(), |share| format!("{:.0}%", 100.0 * share))
    }),
];

const COST: &[Column] = &[
    ("model", |row| word(&row["model"])),
    ("seeds", |row| {
        let seeds =
            row["seeds"].as_array().map(|seeds| seeds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        seeds.filter(|seeds| !seeds.is_empty()).unwrap_or(NONE.into())
    }),
    ("device", |row| row["training"]["device"].as_str().unwrap_or(NONE).to_owned()),
    ("epochs", |row| number(&row["training"]["epochs"], 0)),
    ("seconds to learn", |row| number(&row["training"]["seconds"], 1)),
    ("events/s", |row| number(&row["training"]["events_per_second"], 0)),
];

fn table(columns: &[Column], rows: &[&Value]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let headings = line(columns.iter().map(|(heading, _)| (*heading).to_owned()).collect());
    let rule = format!("|{}\n", "---|".repeat(columns.len()));
    let row = |row: &&Value| line(columns.iter().map(|(_, cell)| cell(row)).collect());
    headings + &rule + &rows.iter().map(row).collect::<String>()
}

/// A figure with its interval and, over several seeds, its deviation.
fn sure(row: &Value, key: &str) -> String {
    let interval = &row[format!("{key}_ci95")];
    let bounds = format!("{} [{}, {}]", number(&row[key], 4), number(&interval[0], 4), number(&interval[1], 4));
    match row["std"][key].as_f64() {
        Some(deviation) => format!("{bounds} ± {deviation:.4}"),
        None => bounds,
    }
}

fn part(row: &Value, key: &str) -> String {
    if row[key]["cases"] == 0 { NONE.into() } else { number(&row[key]["ndcg@10"], 3) }
}

fn number(value: &Value, digits: usize) -> String {
    value.as_f64().map_or(NONE.into(), |number| format!("{number:.digits$}"))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or(NONE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_averaged_number_by_number() {
        let seeds = [
            json!({ "ndcg@10": 0.25, "ndcg@10_ci95": [0.0, 0.5], "cases": 7, "cold": { "cases": 7, "hr@10": 0.0 }, "device": "cpu" }),
            json!({ "ndcg@10": 0.75, "ndcg@10_ci95": [0.5, 1.0], "cases": 7, "cold": { "cases": 7, "hr@10": 1.0 }, "device": "cpu" }),
        ];
        let expected = json!({
            "ndcg@10": 0.5, "ndcg@10_ci95": [0.25, 0.75], "cases": 7, "cold": { "cases": 7, "hr@10": 0.5 }, "device": "cpu",
        });
        assert_eq!(mean(&seeds), expected);
        assert_eq!(deviations(&seeds), json!({ "ndcg@10": 0.125_f64.sqrt(), "cases": 0.0 }));
    }

    #[test]
    fn a_figure_shows_how_sure_it_is() {
        let row = json!({ "hr@10": 0.5, "hr@10_ci95": [0.4, 0.6], "std": { "hr@10": 0.01 } });
        assert_eq!(sure(&row, "hr@10"), "0.5000 [0.4000, 0.6000] ± 0.0100");
        assert_eq!(sure(&json!({ "hr@10": 0.5, "hr@10_ci95": [0.4, 0.6] }), "hr@10"), "0.5000 [0.4000, 0.6000]");
    }
}
