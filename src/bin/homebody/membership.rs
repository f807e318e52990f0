//! What a model's file gives away about whose visits it learned from.
//!
//! Membership inference by the loss (Yeom et al., "Privacy Risk in Machine Learning", 2018): whoever has the file and a visitor's steps guesses that
//! the model learned from them where it finds them likely. The area under the curve is the chance that a step it learned from is found likelier
//! than one that it did not: 0.5 gives nothing away, 1 everything.

use homebody::error::Result;
use homebody::model::Model;
use homebody::sequences::{Case, Context, Sequences};
use serde_json::{Value, json};

/// Steps of either kind that are asked.
const CASES: usize = 1000;
/// Contexts that are scored together.
const CHUNK: usize = 64;

/// The report: of steps of the sessions learned from, and of sessions held back.
pub(crate) fn report(model: &Model, learned: &Sequences, held_back: &[Case]) -> Result<Value> {
    let members = likelihoods(model, &steps(learned))?;
    let apart = held_back.len().div_ceil(CASES).max(1);
    let others: Vec<Case> = held_back.iter().step_by(apart).cloned().collect();
    let others = likelihoods(model, &others)?;
    let (auc, error) = area(&members, &others);
    Ok(json!({
        "auc": auc, "interval": [(auc - 1.96 * error).max(0.0), (auc + 1.96 * error).min(1.0)],
        "advantage": advantage(&members, &others), "learned_steps": members.len(), "held_back_steps": others.len(),
    }))
}

/// In words.
pub(crate) fn told(report: &Value) -> String {
    let number = |name: &str| report[name].as_f64().unwrap_or(f64::NAN);
    format!(
        "membership: whoever guesses from the file whether a step was learned from is right {:.0}% of the time between two (50%: it tells \
         nothing; interval {:.2} to {:.2}), {:.0} points better than chance at best",
        100.0 * number("auc"),
        report["interval"][0].as_f64().unwrap_or(f64::NAN),
        report["interval"][1].as_f64().unwrap_or(f64::NAN),
        100.0 * number("advantage"),
    )
}

/// Steps of sessions, evenly spread over all of them.
fn steps(learned: &Sequences) -> Vec<Case> {
    let apart = learned.targets().div_ceil(CASES).max(1);
    let all = learned.sessions.iter().flat_map(|session| (1..session.len()).map(move |at| (session, at)));
    let case = |(session, at): (&Vec<_>, usize)| Case {
        context: session[..at].to_vec(),
        times: Vec::new(),
        target: session[at],
    };
    all.skip(apart / 2).step_by(apart).map(case).collect()
}

/// The logarithm of each target's probability.
fn likelihoods(model: &Model, cases: &[Case]) -> Result<Vec<f64>> {
    let mut likelihoods = Vec::new();
    for cases in cases.chunks(CHUNK) {
        let contexts: Vec<_> = cases.iter().map(|case| Context { items: &case.context, times: &case.times }).collect();
        let scores = model.scores_timed(&contexts)?;
        let [_, items] = scores.dims();
        let scores = scores.into_data().convert::<f32>().try_into_vec::<f32>().unwrap_or_default();
        for (row, case) in scores.chunks_exact(items).zip(cases) {
            let peak = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|score| f64::from(score - peak).exp()).sum();
            likelihoods.push(f64::from(row[case.target.index()] - peak) - sum.ln());
        }
    }
    Ok(likelihoods)
}

/// The area under the curve, ties as half, and its standard error (Hanley & `McNeil`, 1982).
fn area(members: &[f64], others: &[f64]) -> (f64, f64) {
    let (m, n) = (members.len() as f64, others.len() as f64);
    if m == 0.0 || n == 0.0 {
        return (f64::NAN, f64::NAN);
    }
    let mut sorted = others.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |value: f64| sorted.partition_point(|other| *other < value) as f64;
    let upto = |value: f64| sorted.partition_point(|other| *other <= value) as f64;
    let auc = members.iter().map(|&value| f64::midpoint(below(value), upto(value))).sum::<f64>() / (m * n);
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let variance = (auc * (1.0 - auc) + (m - 1.0) * (q1 - auc * auc) + (n - 1.0) * (q2 - auc * auc)) / (m * n);
    (auc, variance.max(0.0).sqrt())
}

/// How much better than chance the best threshold tells them apart: the largest difference of the two rates.
fn advantage(members: &[f64], others: &[f64]) -> f64 {
    let share =
        |of: &[f64], above: f64| of.iter().filter(|value| **value >= above).count() as f64 / of.len().max(1) as f64;
    members.iter().map(|&above| share(members, above) - share(others, above)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_half_where_nothing_tells_and_one_where_all_does() {
        assert_eq!(area(&[1.0, 2.0], &[1.0, 2.0]).0, 0.5);
        assert_eq!(area(&[3.0, 4.0], &[1.0, 2.0]).0, 1.0);
        assert_eq!(area(&[1.0, 4.0], &[2.0]).0, 0.5);
        assert!(area(&[], &[1.0]).0.is_nan());
        assert_eq!((advantage(&[3.0, 4.0], &[1.0, 2.0]), advantage(&[1.0], &[1.0])), (1.0, 0.0));
        // Hanley & McNeil's formula by hand: A = 0.75, m = n = 2, Q1 = 0.6, Q2 = 1.125 / 1.75.
        let (auc, error) = area(&[2.0, 4.0], &[1.0, 3.0]);
        assert!((auc - 0.75).abs() < 1e-12 && (error - 0.276_3).abs() < 1e-3, "{auc} {error}");
    }
}
