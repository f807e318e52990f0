//! `homebody evaluate --protocol own-history`.

use std::time::Instant;

use homebody::error::{Error, Result};
use homebody::history::{History, Log};
use homebody::own::evaluation::{ROWS, STRATA, Stratum, evaluate};
use homebody::own::people::{Figures, METRICS, People, in_parallel, row_name};
use homebody::own::person::Person;
use serde_json::{Map, Value, json};

/// Evaluates person by person.
pub(crate) fn run(log: &Log, as_json: bool) -> Result<()> {
    let start = Instant::now();
    let titles = log.titles();
    let figures = |history: &History| Figures::new(&evaluate(&Person::new(history, &titles)));
    let people = People::new(in_parallel(&log.histories, figures));
    if people.figures.is_empty() {
        return Err(Error::TooLittle {
            what: "Evaluation".into(),
            needed: "a person with at least 100 test visits, the later half of their own".into(),
            have: format!("{} people with fewer", people.too_little),
            remedy: "Give longer histories, or lower --min-events".into(),
        });
    }
    print_table(&people);
    if as_json {
        println!("{}", report(&people, start.elapsed().as_secs_f64()));
    }
    Ok(())
}

fn report(people: &People, seconds: f64) -> Value {
    let mut models = Map::new();
    for row in 0..ROWS {
        models.insert(row_name(row).into(), model(people, row));
    }
    let targets = people.targets();
    json!({
        "people": people.figures.len(), "too_little": people.too_little, "models": models,
        "strata": STRATA.iter().enumerate().map(|(at, &stratum)| (name(stratum).to_owned(), json!(visits(people, at)))).collect::<Map<_, _>>(),
        "ceiling@10": people.mean(|figures| Some(ceiling(figures))).map(|told| told[0]),
        "predictability": {
            "entropy_bits": people.mean(|figures| Some(figures.predictability.entropy)),
            "ceiling@1": predictable(people, 1), "ceiling@5": predictable(people, 5), "ceiling@10": predictable(people, 10),
        },
        "targets": {
            "hr@10_not_below_best_baseline": targets.never_worse, "hr@10_not_below_best_expert": targets.never_worse_at_all,
            "hr@10_surely_below_best_baseline": targets.surely_worse,
            "hr@5_gain_2000": targets.gain, "people_2000": targets.long, "hr@5_gain_2000_above_0": targets.sure,
            "gap_mrr@10_ratio_to_frecency": targets.gap, "median_ece": targets.ece,
        },
        "seconds": seconds,
    })
}

fn model(people: &People, row: usize) -> Value {
    let mut model = Map::new();
    let mut put = |key: &str, told: Option<[f64; 3]>| {
        if let Some([value, low, high]) = told {
            model.insert(key.into(), json!(value));
            model.insert(format!("{key}_ci95"), json!([low, high]));
        }
    };
    for (at, (key, _)) in METRICS.iter().enumerate() {
        put(key, people.mean(|figures| Some(figures.rows[row][at])));
    }
    put("ece", people.mean(|figures| Some(figures.ece[row])));
    let mut strata = Map::new();
    for (at, &stratum) in STRATA.iter().enumerate().filter(|(_, stratum)| **stratum != Stratum::All) {
        let told = |metric: usize| people.mean(|figures| Some(figures.strata[at].1.as_ref()?[row][metric]));
        let figures: Map<_, _> = METRICS
            .iter()
            .enumerate()
            .filter_map(|(metric, (key, _))| Some(((*key).to_owned(), json!(told(metric)?[0]))))
            .collect();
        strata.insert(name(stratum).into(), json!(figures));
    }
    model.insert("strata".into(), json!(strata));
    Value::Object(model)
}

fn visits(people: &People, stratum: usize) -> usize {
    people.figures.iter().map(|figures| figures.strata[stratum].0).sum()
}

/// The ceiling that the entropy of the order sets lists of `k`.
fn predictable(people: &People, k: usize) -> Option<[f64; 3]> {
    people.mean(|figures| Some(figures.predictability.ceiling(k)))
}

/// The share of visits that anybody could tell: those of something known.
fn ceiling(figures: &Figures) -> f64 {
    let at = |stratum| STRATA.iter().position(|&other| other == stratum).unwrap_or(0);
    1.0 - figures.strata[at(Stratum::Novel)].0 as f64 / figures.strata[at(Stratum::All)].0 as f64
}

fn name(stratum: Stratum) -> &'static str {
    match stratum {
        Stratum::All => "all",
        Stratum::Start => "session-start",
        Stratum::Inside => "inside-session",
        Stratum::Gap => "gap-7-days",
        Stratum::Absence => "absence-7-days",
        Stratum::Novel => "novel",
    }
}

fn print_table(people: &People) {
    let shown = [Stratum::Start, Stratum::Inside, Stratum::Gap];
    println!(
        "{} people, {} more with too little to tell; means over people\n",
        people.figures.len(),
        people.too_little
    );
    print!("{:<18}{:>8}{:>8}{:>17}{:>8}{:>7}", "", "HR@5", "HR@10", "95%", "MRR@10", "ECE");
    println!("{:>10}{:>10}{:>10}", "start@10", "inside@10", "gap MRR");
    for row in 0..ROWS {
        let all = |metric: usize| people.mean(|figures| Some(figures.rows[row][metric])).unwrap_or_default();
        let [_, low, high] = all(1);
        print!("{:<18}{:>8.4}{:>8.4}{:>17}", row_name(row), all(0)[0], all(1)[0], format!("{low:.4}-{high:.4}"));
        let ece = people.mean(|figures| Some(figures.ece[row])).unwrap_or_default();
        print!("{:>8.4}{:>7.3}", all(2)[0], ece[0]);
        for stratum in shown {
            let at = STRATA.iter().position(|&other| other == stratum).unwrap_or(0);
            let metric = if stratum == Stratum::Gap { 2 } else { 1 };
            match people.mean(|figures| Some(figures.strata[at].1.as_ref()?[row][metric])) {
                Some([mean, ..]) => print!("{mean:>10.4}"),
                None => print!("{:>10}", "-"),
            }
        }
        println!();
    }
    let targets = people.targets();
    let share =
        |told: Option<[f64; 3]>| told.map_or("-".into(), |[v, low, high]| format!("{v:.3} ({low:.3} to {high:.3})"));
    println!("\nof visits, to something known: {}", share(people.mean(|figures| Some(ceiling(figures)))));
    println!(
        "ceilings that the entropy of the order sets (Song et al., 2010): HR@1 {}, HR@10 {}",
        share(predictable(people, 1)),
        share(predictable(people, 10))
    );
    println!(
        "people whose HR@10 is within half a point of the best baseline's, or above: {}",
        share(targets.never_worse)
    );
    println!("  of the best of all simple experts', or above: {}", share(targets.never_worse_at_all));
    println!("  more than half a point below the best baseline's, chance set aside: {}", share(targets.surely_worse));
    println!(
        "HR@5 over the best of frecency, Markov and AccessRank, {} people with 2,000 visits, median: {}",
        targets.long,
        share(targets.gain)
    );
    println!("  of them, with an interval above 0: {}", share(targets.sure));
    println!("MRR@10 after 7 days without the item, over frecency's, median: {}", share(targets.gap));
    println!("expected calibration error, median: {}", share(targets.ece));
}
