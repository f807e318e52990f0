//! The protocol `own-history` over many people: each is a closed world of their own; figures are means over people.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::evaluation::{Metric, NEEDED, ROWS, STRATA, Stratum, Tested, interval};
use super::experts::{ACCESS_RANK, BASELINES, EXPERTS, FRECENCY, MARKOV};
use super::next;
use super::predictability::Predictability;

/// People with at least this many visits are asked for a gain.
const LONG: usize = 2000;
/// Half a point of HR@10 more or less is as good.
const ALIKE: f64 = 0.005;
/// The figures of a row.
pub const METRICS: [(&str, Metric); 3] =
    [("hr@5", Metric::HitRate(5)), ("hr@10", Metric::HitRate(10)), ("mrr@10", Metric::Mrr)];

/// One person's figures.
#[derive(Debug, Clone)]
pub struct Figures {
    /// All visits.
    pub visits: usize,
    /// By row: the means of [`METRICS`].
    pub rows: Vec<[f64; METRICS.len()]>,
    /// By row: the expected calibration error.
    pub ece: Vec<f64>,
    /// By stratum: its visits, and by row the means of [`METRICS`]; none where there are no visits.
    pub strata: Vec<(usize, Option<Vec<[f64; METRICS.len()]>>)>,
    /// HR@5 less that of the best of frecency, Markov and `AccessRank`, with its 95% interval.
    pub gain: [f64; 3],
    /// HR@10 less that of the best of the [`BASELINES`], with its 95% interval.
    pub lead: [f64; 3],
    /// How much is predictable at all.
    pub predictability: Predictability,
}

impl Figures {
    /// The figures of somebody's test visits; `None` where there are fewer than [`NEEDED`].
    #[must_use]
    pub fn new(tested: &Tested) -> Option<Self> {
        if tested.cases.len() < NEEDED {
            return None;
        }
        let means = |stratum: Stratum| -> Option<Vec<[f64; METRICS.len()]>> {
            tested.of(stratum).next()?;
            let row = |row: usize| METRICS.map(|(_, metric)| tested.mean(row, metric, stratum).unwrap_or(0.0));
            Some((0..ROWS).map(row).collect())
        };
        let rivals: [usize; BASELINES] = std::array::from_fn(|expert| expert);
        Some(Self {
            visits: tested.visits,
            rows: means(Stratum::All)?,
            ece: (0..ROWS).map(|row| tested.ece(row)).collect(),
            strata: STRATA.iter().map(|&stratum| (tested.of(stratum).count(), means(stratum))).collect(),
            gain: gain(tested, Metric::HitRate(5), &[FRECENCY, MARKOV, ACCESS_RANK])?,
            lead: gain(tested, Metric::HitRate(10), &rivals)?,
            predictability: tested.predictability,
        })
    }
}

/// The mixture's mean less that of the best of some experts.
fn gain(tested: &Tested, metric: Metric, rivals: &[usize]) -> Option<[f64; 3]> {
    let mean = |&expert: &usize| tested.mean(expert + 1, metric, Stratum::All).unwrap_or(0.0);
    let best = rivals.iter().max_by(|a, b| mean(a).total_cmp(&mean(b)))? + 1;
    tested.by_day(Stratum::All, |case| metric.gain(case.ranks[0]) - metric.gain(case.ranks[best])).mean()
}

/// The name of a row.
#[must_use]
pub fn row_name(row: usize) -> &'static str {
    if row == 0 { "mixture" } else { next::name(row - 1) }
}

/// Answers for every input, on all cores, in their order.
pub fn in_parallel<T: Sync, R: Send>(inputs: &[T], answer: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let turn = AtomicUsize::new(0);
    let mut answers: Vec<(usize, R)> = std::thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            while let Some((at, input)) =
                Some(turn.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, inputs.get(at)?)))
            {
                done.push((at, answer(input)));
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    answers.sort_by_key(|&(at, _)| at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Figures of all people.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Those with enough test visits.
    pub figures: Vec<Figures>,
    /// How many had too few.
    pub too_little: usize,
}

/// What the mixture is asked to reach, over people; each with the bounds of a 95% interval over people. `None`: nobody to tell it by.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Share of people for whom HR@10 is at most half a point below that of the best of the [`BASELINES`].
    pub never_worse: Option<[f64; 3]>,
    /// The same, of the best of all simple experts: the learned one's evidence, too.
    pub never_worse_at_all: Option<[f64; 3]>,
    /// Share of people for whom HR@10 is more than half a point below that of the best of the [`BASELINES`], chance set aside: their interval
    /// ends there.
    pub surely_worse: Option<[f64; 3]>,
    /// Median gain in HR@5 over the best of frecency, Markov and `AccessRank`, of people with 2,000 visits and more.
    pub gain: Option<[f64; 3]>,
    /// How many of them there are.
    pub long: usize,
    /// Share of them whose gain's own interval is above 0.
    pub sure: Option<[f64; 3]>,
    /// Median ratio of MRR@10 to frecency's, visits of what was not visited for 7 days; people with 20 such visits and more.
    pub gap: Option<[f64; 3]>,
    /// Median expected calibration error.
    pub ece: Option<[f64; 3]>,
}

impl People {
    /// Gathers.
    pub fn new(figures: impl IntoIterator<Item = Option<Figures>>) -> Self {
        let mut people = Self::default();
        for figures in figures {
            match figures {
                Some(figures) => people.figures.push(figures),
                None => people.too_little += 1,
            }
        }
        people
    }

    /// A mean over those people for whom there is a value.
    #[must_use]
    pub fn mean(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<[f64; 3]> {
        told(&self.figures.iter().filter_map(of).collect::<Vec<_>>(), mean)
    }

    /// A median.
    #[must_use]
    pub fn median(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<[f64; 3]> {
        told(&self.figures.iter().filter_map(of).collect::<Vec<_>>(), median)
    }

    /// What the mixture reached.
    #[must_use]
    pub fn targets(&self) -> Targets {
        let long = |figures: &Figures| figures.visits >= LONG;
        let at = STRATA.iter().position(|&stratum| stratum == Stratum::Gap).unwrap_or(0);
        let gap = |figures: &Figures| {
            let (visits, rows) = &figures.strata[at];
            let rows = rows.as_ref().filter(|_| *visits >= 20)?;
            Some((rows[0][2] + 1e-9) / (rows[FRECENCY + 1][2] + 1e-9))
        };
        let yes = |is: bool| f64::from(u8::from(is));
        Targets {
            never_worse: self.mean(|figures| Some(yes(not_below(figures, BASELINES)))),
            never_worse_at_all: self.mean(|figures| Some(yes(not_below(figures, EXPERTS.len())))),
            surely_worse: self.mean(|figures| Some(yes(figures.lead[2] < -ALIKE))),
            gain: self.median(|figures| long(figures).then_some(figures.gain[0])),
            long: self.figures.iter().filter(|figures| long(figures)).count(),
            sure: self.mean(|figures| long(figures).then(|| yes(figures.gain[1] > 0.0))),
            gap: self.median(gap),
            ece: self.median(|figures| Some(figures.ece[0])),
        }
    }
}

/// Is the mixture's HR@10 within half a point of the best of the first experts, or above?
fn not_below(figures: &Figures, experts: usize) -> bool {
    let best = figures.rows[1..=experts].iter().map(|row| row[1]).fold(0.0, f64::max);
    figures.rows[0][1] >= best - ALIKE - 1e-12
}

fn told(values: &[f64], statistic: fn(&mut [f64]) -> f64) -> Option<[f64; 3]> {
    (!values.is_empty()).then(|| interval(values, statistic))
}

fn mean(values: &mut [f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}
