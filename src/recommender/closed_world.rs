//! The visitor's own history as a closed world: learned visit by visit, each predicted before, and what the page's four shelves hold.

mod reasons;
mod rediscover;
mod refind;
mod unfinished;
mod unseen;
mod words;

use std::collections::HashMap;

use web_time::{Duration, Instant};

use super::Recommender;
use super::own::OwnHistory;
use crate::catalogue::{Catalogue, ItemIndex};
use crate::own::evaluation::{Blocks, Case, Metric, NEEDED, ROWS, STRATA, Stratum, Tested, case};
use crate::own::experts::EXPERTS;
use crate::own::next::{self, Next};
use crate::own::past::{NONE, Past, Request, Visit};
use crate::own::person::host;
use crate::protocol::{
    CatalogueItem, HistoryEvaluation, HistoryProgress, PredictorRow, Refound, Shelf, ShelfItem, Shelves, Verdict,
};

/// A pause of more than this many seconds starts a sitting.
const GAP: f64 = 1800.0;
/// The work that predictions may take in all, in items looked at: in a long history of many pages only the latest visits are predicted before
/// they are learned, at least [`LEAST_PREDICTED`]; the earlier ones are only counted.
const WORK: usize = 60_000_000;
const LEAST_PREDICTED: usize = 400;
/// Steps between two looks at the clock.
const STEPS: usize = 32;
/// Next keeps silent where the first ten are less likely than this together.
const SILENT: f32 = 0.1;
const SHELF: usize = 10;

/// What was learned of the visitor's own history.
#[derive(Debug, Clone, Default)]
pub(super) struct ClosedWorld {
    /// By number: the item in the catalogue, and its site's number or [`NONE`].
    items: Vec<ItemIndex>,
    sites: Vec<u32>,
    /// By place in the catalogue: the number, or [`NONE`].
    numbers: Vec<u32>,
    hosts: HashMap<String, u32>,
    visits: Vec<Visit>,
    next: Next,
    tested: Tested,
    rediscovered: rediscover::Trial,
    learned: usize,
}

impl ClosedWorld {
    /// Takes in what the history has more than what is here.
    fn follow(&mut self, own: &OwnHistory, catalogue: &Catalogue) {
        self.numbers.resize(catalogue.len(), NONE);
        let timed = own.events().any(|(event, _)| event.time.is_some());
        let mut time = self.visits.last().and_then(|visit| visit.time).unwrap_or_default();
        for (event, starts) in own.events().skip(self.visits.len()) {
            time = event.time.map_or(time, |time| time as f64 / 1000.0);
            let item = self.number(event.item, catalogue);
            self.visits.push(Visit { item, time: timed.then_some(time), starts });
        }
    }

    fn number(&mut self, item: ItemIndex, catalogue: &Catalogue) -> u32 {
        let number = &mut self.numbers[item.index()];
        if *number == NONE {
            *number = self.items.len() as u32;
            self.items.push(item);
            let next = self.hosts.len() as u32;
            let site =
                host(&catalogue.item(item).id).map_or(NONE, |host| *self.hosts.entry(host.to_owned()).or_insert(next));
            self.sites.push(site);
        }
        *number
    }

    fn step(&mut self) {
        let visit = self.visits[self.learned];
        let predicted = (WORK / self.items.len().max(1)).max(LEAST_PREDICTED);
        if self.learned + predicted >= self.visits.len() {
            self.next.predict(visit.into());
            if self.learned > 0 && self.learned >= self.visits.len() / 2 {
                self.tested.cases.push(case(&self.next, visit, (self.learned / 20) as u32));
                self.rediscovered.judge(&self.next.past, visit, self.learned);
            }
        }
        self.next.learn(visit, self.sites[visit.item as usize]);
        self.learned += 1;
        self.tested.visits = self.learned;
    }

    fn learn_all(&mut self) {
        while self.learned < self.visits.len() {
            self.step();
        }
    }

    fn past(&self) -> &Past {
        &self.next.past
    }
}

/// Milliseconds since 1970 as a request of this moment.
fn request(past: &Past, now: f64) -> Request {
    let now = now / 1000.0;
    let starts = past.time.is_none_or(|last| now - last > GAP);
    Request { time: past.time.map(|last| now.max(last)), starts }
}

impl Recommender {
    /// Goes on learning for about `budget`.
    pub fn learn_history(&mut self, budget: Duration) -> HistoryProgress {
        let start = Instant::now();
        let mut world = self.followed();
        while world.learned < world.visits.len() && start.elapsed() < budget {
            for _ in 0..STEPS.min(world.visits.len() - world.learned) {
                world.step();
            }
        }
        let progress = HistoryProgress { learned: world.learned, of: world.visits.len() };
        self.world = Some(world);
        progress
    }

    /// The four shelves at a moment, in milliseconds since 1970, `k` items each at most.
    pub fn shelves(&mut self, now: f64, k: usize, exclude: &[String], pool: &[CatalogueItem]) -> Shelves {
        let mut world = self.learned_world();
        let barred: Vec<bool> =
            world.items.iter().map(|&item| exclude.iter().any(|id| *id == self.catalogue.item(item).id)).collect();
        let request = request(world.past(), now);
        let shelves = Shelves {
            next: self.next_shelf(&mut world, request, k, &barred),
            rediscover: self.rediscover_shelf(&world, request, k, &barred),
            unfinished: self.unfinished_shelf(&world, request, k, &barred),
            new: self.new_shelf(&world, k, exclude, pool),
        };
        self.world = Some(world);
        shelves
    }

    /// Items of the history by words of their titles.
    pub fn refind(&mut self, query: &str, k: usize, from: Option<f64>, to: Option<f64>) -> Refound {
        let world = self.learned_world();
        let found = self.refound(&world, query, k, from, to);
        self.world = Some(world);
        found
    }

    /// How well each predictor told the later half of the history.
    pub fn history_evaluation(&mut self) -> HistoryEvaluation {
        let world = self.learned_world();
        let answer = evaluation(&world.tested);
        self.world = Some(world);
        answer
    }

    /// What is learned so far, with what the history has more. Taken out: whoever takes it puts it back.
    fn followed(&mut self) -> ClosedWorld {
        let mut world = self.world.take().unwrap_or_default();
        if world.visits.len() > self.own.len() {
            world = ClosedWorld::default();
        }
        world.follow(&self.own, &self.catalogue);
        world
    }

    fn learned_world(&mut self) -> ClosedWorld {
        let mut world = self.followed();
        world.learn_all();
        world
    }

    fn next_shelf(&self, world: &mut ClosedWorld, request: Request, k: usize, barred: &[bool]) -> Shelf {
        world.next.predict(request);
        let next = &world.next;
        let mut places: Vec<usize> =
            (0..next.mixed().len()).filter(|&at| !barred[next.candidates()[at] as usize]).collect();
        let later = |at: usize| next.past.items[next.candidates()[at] as usize].last;
        places.sort_by(|&a, &b| next.mixed()[b].total_cmp(&next.mixed()[a]).then_with(|| later(b).cmp(&later(a))));
        places.truncate(k);
        let likely: f32 = places.iter().map(|&at| next.probability(at)).sum();
        let items = places
            .iter()
            .map(|&at| {
                let item = next.candidates()[at];
                let reasons = self.reasons(world, item, request);
                ShelfItem { reasons, ..self.shelf_item(world, item, next.probability(at)) }
            })
            .collect();
        Shelf {
            items,
            confidence: Some(likely.min(1.0)),
            abstains: likely < SILENT,
            verdict: next_verdict(&world.tested),
        }
    }

    fn shelf_item(&self, world: &ClosedWorld, item: u32, score: f32) -> ShelfItem {
        let past = &world.past().items[item as usize];
        ShelfItem {
            item: self.shown(world.items[item as usize]),
            score,
            visits: past.count as usize,
            last_visit: world.past().time.map(|_| past.last_time * 1000.0),
            trail: None,
            reasons: Vec::new(),
        }
    }
}

fn interval(blocks: &Blocks) -> [f64; 3] {
    blocks.mean().unwrap_or_default()
}

fn rate(tested: &Tested, row: usize, metric: Metric) -> Blocks {
    tested.by_day(Stratum::All, |case| metric.gain(case.ranks[row]))
}

/// The shelf beside the best of the simple predictors: the one with the highest hit rate on the same visits, which favours it.
fn next_verdict(tested: &Tested) -> Verdict {
    if tested.cases.len() < NEEDED {
        return Verdict::TooLittle { events: tested.cases.len(), needed: NEEDED };
    }
    let hits = Metric::HitRate(SHELF as u8);
    let mean = |row: usize| tested.mean(row, hits, Stratum::All).unwrap_or_default();
    let best = (1..=EXPERTS.len()).max_by(|&a, &b| mean(a).total_cmp(&mean(b))).unwrap_or(1);
    let gain = tested.by_day(Stratum::All, |case| hits.gain(case.ranks[0]) - hits.gain(case.ranks[best]));
    Verdict::Measured {
        events: tested.cases.len(),
        hit_rate: interval(&rate(tested, 0, hits)),
        baseline: next::name(best - 1).to_owned(),
        baseline_hit_rate: interval(&rate(tested, best, hits)),
        gain: interval(&gain),
    }
}

fn evaluation(tested: &Tested) -> HistoryEvaluation {
    let events = tested.cases.len();
    if events < NEEDED {
        return HistoryEvaluation::TooLittle { events, needed: NEEDED };
    }
    let novel = STRATA.iter().position(|&stratum| stratum == Stratum::Novel).unwrap_or_default();
    let is_novel = |case: &&Case| case.strata[novel];
    // The learned predictors are the mixture's own parts.
    let rows = (0..ROWS).take(1 + EXPERTS.len()).map(|row| row_of(tested, row)).collect();
    HistoryEvaluation::Measured {
        events,
        novel: tested.cases.iter().filter(is_novel).count() as f64 / events as f64,
        rows,
    }
}

fn row_of(tested: &Tested, row: usize) -> PredictorRow {
    let hits = Metric::HitRate(10);
    PredictorRow {
        model: if row == 0 { "mixture".to_owned() } else { next::name(row - 1).to_owned() },
        hit_rate5: interval(&rate(tested, row, Metric::HitRate(5))),
        hit_rate10: interval(&rate(tested, row, hits)),
        mrr10: interval(&rate(tested, row, Metric::Mrr)),
        starts: tested.mean(row, hits, Stratum::Start),
        inside: tested.mean(row, hits, Stratum::Inside),
        gap: tested.mean(row, hits, Stratum::Gap),
        ece: (row == 0).then(|| tested.ece(0)),
    }
}
