//! What an update recovers: the stale model, the updated and the retrained one on the same cases.

use std::time::Instant;

use homebody::error::{Error, Result};
use homebody::evaluation::{Predictor, Report};
use homebody::model::Model;
use homebody::sequences::{Sequences, split_by_time};
use homebody::training::{Job, TrainingOptions};
use serde_json::{Value, json};

use crate::evaluate::evaluator;
use crate::progress::{self, Trained};
use crate::protocol::Data;
use crate::training::Training;

/// One training session in this many is held out for early stopping, as in the protocols.
const VALIDATION: (usize, usize) = (20, 2048);

/// One of the three models.
struct Row {
    report: Report,
    events: f64,
    seconds: f64,
}

/// Trains on all but the latest `share` of the training events, updates that model by them, trains another on everything, and compares them;
/// the updated model's report, and all three beside it.
pub(crate) fn compare(
    data: &Data,
    share: f64,
    options: &TrainingOptions,
    training: &Training,
) -> Result<(Report, Value)> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::Config {
            name: "incremental".into(),
            value: share.to_string(),
            legal: "give a number above 0 and below 1".into(),
        });
    }
    let known = &data.holdout.known.sequences;
    let (old, fresh) = split_by_time(&known.sessions, 1.0 - share);
    let old = Sequences::new(known.items, old)?;
    let from_scratch = |sequences: &Sequences| {
        let split = sequences.clone().hold_out(VALIDATION.0, VALIDATION.1);
        run(data, Job::new(options.clone(), split.train, split.validation), training)
    };
    let (model, stale) = from_scratch(&old)?;
    let Model::Sequence(model) = model else {
        return Err(Error::Config {
            name: "incremental".into(),
            value: model.name().into(),
            legal: "only sequence models are updated: choose one by --model".into(),
        });
    };
    let (_, updated) = run(data, Job::update(options, &model, &old, &fresh)?, training)?;
    let (_, retrained) = from_scratch(known)?;
    let gain = |figure: fn(&Report) -> f64| {
        let [stale, updated, retrained] = [&stale, &updated, &retrained].map(|row| figure(&row.report));
        (updated - stale) / (retrained - stale)
    };
    let more = json!({
        "share": share,
        "stale": stale.value()?, "updated": updated.value()?, "retrained": retrained.value()?,
        "recovered_gain": { "ndcg@10": gain(|report| report.figures.ndcg_10), "hr@10": gain(|report| report.figures.hr_10) },
        "cost": { "events": updated.events / retrained.events, "seconds": updated.seconds / retrained.seconds },
    });
    Ok((updated.report, more))
}

fn run(data: &Data, job: Job, training: &Training) -> Result<(Model, Row)> {
    let start = Instant::now();
    let Trained { model, events, .. } = progress::train(job, training.choice())?;
    let seconds = start.elapsed().as_secs_f64();
    let report = evaluator(data).report(&Predictor::Model(model.clone()), |_| {})?;
    Ok((model, Row { report, events, seconds }))
}

impl Row {
    fn value(&self) -> Result<Value> {
        let mut value = crate::report::value(&self.report)?;
        value["events_trained"] = json!(self.events);
        value["seconds"] = json!(self.seconds);
        Ok(value)
    }
}
