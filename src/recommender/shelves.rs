//! The visitor's own history as a closed world: shelves, refinding, and how well all that does.

use std::collections::{HashMap, HashSet};

use web_time::{Duration, Instant};

use super::Recommender;
use super::own::{OwnHistory, checked_time};
use super::pool::Pool;
use crate::catalogue::{Catalogue, Item, ItemIndex};
use crate::error::Result;
use crate::own::evaluation::{Blocks, LIST, Metric, NEEDED, STRATA, Stratum, Tested};
use crate::own::experts::BASELINES;
use crate::own::past::{NONE, Request, Visit, hour_of_week};
use crate::own::person::{Person, host, starts};
use crate::own::scene::SPEAKERS;
use crate::own::shelves::{new, rediscover, refind, unfinished};
use crate::own::study::Study;
use crate::protocol::{
    CatalogueItem, HistoryEvaluation, HistoryProgress, PredictorRow, Reason, Refound, Shelf, ShelfItem, Shelves,
    Verdict,
};

/// Next keeps silent where the ten likeliest items together are less likely than this.
const SILENT: f32 = 0.2;
/// Rows of [`HistoryEvaluation`] and their places among the evaluated ones: the mixture, then the baselines.
const ROWS: std::ops::RangeInclusive<usize> = 0..=BASELINES;
/// Features that a reason stands for.
const AFTER: [usize; 4] = [6, 7, 8, 24];
const HABIT: [usize; 2] = [21, 22];
const OFTEN: [usize; 4] = [0, 5, 19, 20];
const RECENT: [usize; 4] = [1, 2, 3, 16];
const WORDS: [usize; 2] = [28, 29];
/// Words of a title that a reason names, at most.
const NAMED: usize = 3;

/// What was learned, and how it numbers the catalogue's items.
pub(super) struct Learned {
    study: Study,
    /// The catalogue's item of each number.
    items: Vec<ItemIndex>,
    numbers: HashMap<ItemIndex, u32>,
    sites: HashMap<String, u32>,
    timed: bool,
}

impl Learned {
    fn new(own: &OwnHistory, catalogue: &Catalogue) -> Self {
        let timed = own.events().any(|(event, _)| event.time.is_some());
        let mut learned = Self {
            study: Study::new(Person::default()),
            items: Vec::new(),
            numbers: HashMap::new(),
            sites: HashMap::new(),
            timed,
        };
        own.events().for_each(|(event, starts)| learned.push(catalogue, event.item, event.time, starts));
        learned
    }

    /// Where the catalogue has each item, and its id.
    pub(super) fn names(&self) -> impl Iterator<Item = (ItemIndex, &String)> {
        self.items.iter().copied().zip(&self.study.person.ids)
    }

    /// Appends a visit.
    fn push(&mut self, catalogue: &Catalogue, item: ItemIndex, time: Option<i64>, starts: bool) {
        let number = self.numbers.get(&item).copied().unwrap_or_else(|| self.add(catalogue, item));
        let person = &mut self.study.person;
        let before = person.visits.last().and_then(|visit| visit.time);
        let seconds = time.map(|time| time as f64 / 1000.0).or(before).or(Some(0.0));
        person.visits.push(Visit { item: number, time: seconds.filter(|_| self.timed), starts });
    }

    fn add(&mut self, catalogue: &Catalogue, item: ItemIndex) -> u32 {
        let Item { id, title, .. } = catalogue.item(item);
        let next = self.sites.len() as u32;
        let site = host(id).map_or(NONE, |host| *self.sites.entry(host.to_owned()).or_insert(next));
        let number = self.study.person.add(id, Some(title), site);
        self.numbers.insert(item, number);
        self.items.push(item);
        number
    }

    /// Of a pool, `k` pages of the sites that were visited most; in the order of the pool where they were visited alike.
    fn most_visited_sites(&self, pool: &[Item], k: usize) -> HashSet<String> {
        let mut visits = vec![0_u32; self.items.len()];
        let past = self.study.past();
        past.items.iter().filter(|item| item.site != NONE).for_each(|item| visits[item.site as usize] += item.count);
        let of = |item: &&Item| {
            host(&item.id).and_then(|host| self.sites.get(host)).map_or(0, |&site| visits[site as usize])
        };
        let mut listed: Vec<&Item> = pool.iter().collect();
        listed.sort_by_key(|item| std::cmp::Reverse(of(item)));
        listed.into_iter().take(k).map(|item| item.id.clone()).collect()
    }

    fn request(&self, now: i64) -> Request {
        let time = self.timed.then_some(now as f64 / 1000.0);
        Request { time, starts: starts(self.study.past().time, time) }
    }
}

impl Recommender {
    /// Goes on learning the own history as a closed world, for about so long.
    pub fn learn_history(&mut self, budget: Duration) -> HistoryProgress {
        let start = Instant::now();
        let learned = self.learned(|| start.elapsed() >= budget);
        HistoryProgress { learned: learned.study.learned(), of: learned.study.person.visits.len() }
    }

    /// Tells what was learned that a visit was recorded.
    pub(super) fn learn_visit(&mut self, item: ItemIndex, time: Option<i64>, starts: bool) {
        match &mut self.learned {
            // The first time of all changes more than a visit.
            Some(learned) if learned.timed == time.is_some() => {
                learned.push(&self.catalogue, item, time, starts);
            }
            learned => *learned = None,
        }
    }

    fn learned(&mut self, stop: impl FnMut() -> bool) -> &mut Learned {
        let learned = self.learned.get_or_insert_with(|| Learned::new(&self.own, &self.catalogue));
        learned.study.learn(stop);
        learned
    }

    /// The four shelves, each of `k` items at most.
    ///
    /// # Errors
    /// [`Error::Format`](crate::error::Error::Format) for a time that is not one.
    pub fn shelves(&mut self, now: f64, k: usize, exclude: &[String], pool: Vec<CatalogueItem>) -> Result<Shelves> {
        let now = checked_time(now)?;
        let learned = self.learned(|| false);
        let request = learned.request(now);
        learned.study.next.predict(request, &learned.study.person.words);
        let blocked: Vec<ItemIndex> = exclude.iter().filter_map(|id| self.catalogue.get(id)).collect();
        let Some(learned) = &self.learned else { return Ok(empty()) };
        if learned.items.is_empty() {
            return Ok(empty());
        }
        let allowed = |number: u32| {
            let item = learned.items[number as usize];
            !blocked.contains(&item) && !self.catalogue.item(item).hidden
        };
        let pool = self.unopened(learned, exclude, pool);
        let shelves = Shelves {
            next: self.next_shelf(learned, request, k, &allowed),
            rediscover: self.rediscover_shelf(learned, request, k, &allowed),
            unfinished: self.unfinished_shelf(learned, request, k, &allowed),
            new: self.new_shelf(learned, k, &pool),
        };
        let shelf = shelves.new.items.iter().map(|entry| entry.item.id.clone()).collect();
        let list = learned.most_visited_sites(&pool, shelves.new.items.len());
        self.pool.offer(pool, [&shelf, &list]);
        Ok(shelves)
    }

    fn shelf_item(&self, learned: &Learned, number: u32, score: f32, reasons: Vec<Reason>) -> ShelfItem {
        let known = &learned.study.past().items[number as usize];
        ShelfItem {
            item: self.shown(learned.items[number as usize]),
            score,
            visits: known.count as usize,
            last_visit: learned.timed.then_some(known.last_time * 1000.0),
            trail: None,
            reasons,
        }
    }

    fn next_shelf(&self, learned: &Learned, request: Request, k: usize, allowed: &dyn Fn(u32) -> bool) -> Shelf {
        let next = &learned.study.next;
        let mut places: Vec<usize> =
            (0..next.candidates().len()).filter(|&at| allowed(next.candidates()[at])).collect();
        places.sort_by(|&a, &b| next.mixed()[b].total_cmp(&next.mixed()[a]));
        places.truncate(k);
        let item = |&place: &usize| {
            let number = next.candidates()[place];
            let reasons = self.next_reasons(learned, request, place);
            self.shelf_item(learned, number, next.probability(place), reasons)
        };
        let items: Vec<ShelfItem> = places.iter().map(item).collect();
        let confidence = items.iter().map(|item| item.score).sum::<f32>().min(1.0);
        Shelf {
            items,
            confidence: Some(confidence),
            abstains: confidence < SILENT,
            verdict: next_verdict(&learned.study),
        }
    }

    fn next_reasons(&self, learned: &Learned, request: Request, place: usize) -> Vec<Reason> {
        let (next, past) = (&learned.study.next, learned.study.past());
        let number = next.candidates()[place];
        let known = &past.items[number as usize];
        let without = |features: &[usize]| Some(next.place_without(place, features));
        let mut reasons = Vec::new();
        let last = past.back(0);
        if last != NONE && !request.starts {
            let followed = past.followers[last as usize].weight(number);
            if followed >= 2.0 {
                let item = Some(self.shown(learned.items[last as usize]));
                let (times, of) = (Some(followed as usize), Some(past.items[last as usize].count as usize));
                reasons.push(Reason { item, times, of, place_without: without(&AFTER), ..reason("after") });
            }
        }
        if let Some(time) = request.time {
            // A visit at the hour itself counts 0.34 of one.
            let about = past
                .habits
                .by_week(number, hour_of_week(time))
                .max(0.5 * past.habits.by_day(number, hour_of_week(time)))
                / 0.34;
            if about >= 2.0 && about >= 0.15 * known.count as f32 {
                let times = Some((about.round() as usize).min(known.count as usize));
                reasons.push(Reason {
                    times,
                    of: Some(known.count as usize),
                    place_without: without(&HABIT),
                    ..reason("habit")
                });
            }
        }
        if past.visits.len() - known.last <= 10 {
            reasons.push(Reason { place_without: without(&RECENT), ..reason("recent") });
        }
        if past.most_visited(20).contains(&number) && known.count > 2 {
            reasons.push(Reason {
                times: Some(known.count as usize),
                place_without: without(&OFTEN),
                ..reason("often")
            });
        }
        let words = shared_words(learned, number);
        if !words.is_empty() && !request.starts {
            reasons.push(Reason { words, place_without: without(&WORDS), ..reason("words") });
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.place_without));
        reasons.truncate(3);
        reasons
    }

    fn rediscover_shelf(&self, learned: &Learned, request: Request, k: usize, allowed: &dyn Fn(u32) -> bool) -> Shelf {
        let past = learned.study.past();
        let mut scored = rediscover::scored(past, request);
        scored.retain(|&(item, _)| allowed(item));
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        scored.truncate(k);
        let items = scored.into_iter().map(|(item, score)| {
            let (pauses, mean, _) = past.rhythm(item);
            let rhythm = Reason { hours: Some(mean.exp()), times: Some(pauses as usize), ..reason("rhythm") };
            let reasons = if pauses >= 2.0 { vec![rhythm] } else { Vec::new() };
            self.shelf_item(learned, item, 1.0 / (1.0 + (-score).exp()), reasons)
        });
        shelf(items.collect(), rediscover_verdict(&learned.study))
    }

    fn unfinished_shelf(&self, learned: &Learned, request: Request, k: usize, allowed: &dyn Fn(u32) -> bool) -> Shelf {
        let Some(now) = request.time else { return shelf(Vec::new(), too_little(0)) };
        let mut items = Vec::new();
        for (number, trail) in
            unfinished::trails(learned.study.past(), &learned.study.person.words, &learned.study.going, now)
                .iter()
                .take(k)
                .enumerate()
        {
            let word = learned.study.person.words.words[trail.word as usize].clone();
            let (times, of) = (Some(trail.items.len()), Some(trail.sittings));
            let reason = Reason { times, of, words: vec![word], ..reason("trail") };
            for &item in trail.items.iter().filter(|&&item| allowed(item)).take(LIST) {
                let item = self.shelf_item(learned, item, trail.score, vec![reason.clone()]);
                items.push(ShelfItem { trail: Some(number), ..item });
            }
        }
        shelf(items, unfinished_verdict(&learned.study))
    }

    /// What of a pool the history does not hold.
    fn unopened(&self, learned: &Learned, exclude: &[String], mut pool: Vec<Item>) -> Vec<Item> {
        let seen = |item: &Item| self.catalogue.get(&item.id).is_some_and(|at| learned.numbers.contains_key(&at));
        pool.retain(|item| !seen(item) && !exclude.contains(&item.id));
        pool
    }

    fn new_shelf(&self, learned: &Learned, k: usize, pool: &[Item]) -> Shelf {
        let titles: Vec<&str> = pool.iter().map(|item| item.title.as_str()).collect();
        let scores = new::scored(learned.study.past(), &learned.study.person.words, &titles);
        let mut scored: Vec<(CatalogueItem, (f32, Vec<String>))> = pool.iter().cloned().zip(scores).collect();
        scored.retain(|(_, (score, _))| *score > 0.0);
        scored.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        scored.truncate(k);
        let item = |(item, (score, words)): (CatalogueItem, (f32, Vec<String>))| ShelfItem {
            item,
            score,
            visits: 0,
            last_visit: None,
            trail: None,
            reasons: vec![Reason { words, ..reason("words") }],
        };
        shelf(scored.into_iter().map(item).collect(), new_verdict(&self.pool))
    }

    /// Items of the history by words of their titles.
    ///
    /// # Errors
    /// [`Error::Format`](crate::error::Error::Format) for a time that is not one.
    pub fn refind(&mut self, query: &str, now: f64, k: usize, from: Option<f64>, to: Option<f64>) -> Result<Refound> {
        let now = checked_time(now)? as f64 / 1000.0;
        let [from, to] = [from, to].map(|time| time.map(|time| time / 1000.0));
        self.learned(|| false);
        let Some(learned) = &self.learned else { return Ok(Refound { items: Vec::new(), total: 0 }) };
        let past = learned.study.past();
        let visits = &learned.study.person.visits;
        let within = |item: u32| {
            past.occurrences[item as usize]
                .iter()
                .filter_map(|&at| visits[at as usize].time)
                .any(|time| from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to))
        };
        let mut found = refind::matches(&learned.study.person.words, query);
        found.retain(|&(item, _)| from.is_none() && to.is_none() || within(item));
        // Among titles that fit alike: visited often, and not long ago.
        for (item, score) in &mut found {
            let known = &past.items[*item as usize];
            let days = ((now - known.last_time) / 86_400.0).max(0.0) as f32;
            *score = (*score * (0.8 + 0.1 * (known.count as f32).ln().min(1.0) + 0.1 / (1.0 + days / 30.0))).min(1.0);
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let total = found.len();
        found.truncate(k);
        let items = found.into_iter().map(|(item, score)| self.shelf_item(learned, item, score, Vec::new())).collect();
        Ok(Refound { items, total })
    }

    /// How well the mixture and the baselines told the later half of the own history.
    pub fn history_evaluation(&mut self) -> HistoryEvaluation {
        let study = &self.learned(|| false).study;
        if study.cases.len() < NEEDED {
            return HistoryEvaluation::TooLittle { events: study.cases.len(), needed: NEEDED };
        }
        let tested = Tested { cases: study.cases.clone(), visits: study.person.visits.len(), ..Tested::default() };
        let row = |row: usize| {
            let told = |metric: Metric| {
                tested.by_day(Stratum::All, |case| metric.gain(case.ranks[row])).mean().unwrap_or_default()
            };
            let stratum = |stratum| tested.mean(row, Metric::HitRate(10), stratum);
            PredictorRow {
                model: if row == 0 { "mixture".into() } else { crate::own::next::name(row - 1).into() },
                hit_rate5: told(Metric::HitRate(5)),
                hit_rate10: told(Metric::HitRate(10)),
                mrr10: told(Metric::Mrr),
                starts: stratum(Stratum::Start),
                inside: stratum(Stratum::Inside),
                gap: stratum(Stratum::Gap),
                ece: (row == 0).then(|| tested.ece(0)),
            }
        };
        let novel = tested.of(Stratum::Novel).count() as f64 / tested.cases.len() as f64;
        HistoryEvaluation::Measured { events: tested.cases.len(), novel, rows: ROWS.map(row).collect() }
    }
}

/// The words that an item's title shares with those of the last items, the most telling first; none of itself.
fn shared_words(learned: &Learned, number: u32) -> Vec<String> {
    let (past, words) = (learned.study.past(), &learned.study.person.words);
    let speakers = || (0..SPEAKERS).map(|back| past.back(back)).filter(|&item| item != NONE && item != number);
    let is_shared = |word: &u32| speakers().any(|item| words.of(item).contains(word));
    let mut shared: Vec<u32> = words.of(number).iter().copied().filter(is_shared).collect();
    shared.sort_by_key(|&word| past.texts.holders(word).len());
    shared.into_iter().take(NAMED).map(|word| words.words[word as usize].clone()).collect()
}

fn reason(kind: &'static str) -> Reason {
    Reason { kind, item: None, times: None, of: None, hours: None, words: Vec::new(), place_without: None }
}

fn too_little(events: usize) -> Verdict {
    Verdict::TooLittle { events, needed: NEEDED }
}

fn shelf(items: Vec<ShelfItem>, verdict: Verdict) -> Shelf {
    Shelf { abstains: items.is_empty(), items, confidence: None, verdict }
}

fn empty() -> Shelves {
    let empty = || shelf(Vec::new(), too_little(0));
    Shelves { next: empty(), rediscover: empty(), unfinished: empty(), new: empty() }
}

/// Next beside the best baseline at ten.
fn next_verdict(study: &Study) -> Verdict {
    debug_assert_eq!(STRATA[0], Stratum::All);
    let tested = Tested { cases: study.cases.clone(), ..Tested::default() };
    let rate = |row: usize| tested.mean(row, Metric::HitRate(10), Stratum::All).unwrap_or(0.0);
    let Some(best) = (1..=BASELINES).max_by(|&a, &b| rate(a).total_cmp(&rate(b))) else { return too_little(0) };
    let worth = |rank: u8| Metric::HitRate(10).gain(rank);
    let told = [
        tested.by_day(Stratum::All, |case| worth(case.ranks[0])),
        tested.by_day(Stratum::All, |case| worth(case.ranks[best])),
        tested.by_day(Stratum::All, |case| worth(case.ranks[0]) - worth(case.ranks[best])),
    ];
    verdict(study.cases.len(), crate::own::next::name(best - 1), [&told[0], &told[1], &told[2]])
}

fn rediscover_verdict(study: &Study) -> Verdict {
    let rate = |at: usize| study.rediscovered[at].mean().map_or(0.0, |told| told[0]);
    let best = usize::from(rate(2) > rate(1));
    let name = ["frequent", "recent"][best];
    verdict(study.returns, name, [&study.rediscovered[0], &study.rediscovered[best + 1], &study.gains[best]])
}

fn unfinished_verdict(study: &Study) -> Verdict {
    let (trails, shares, gains) = unfinished::judged(&study.checks, &study.person.visits, &study.person.words);
    let rate = |at: usize| shares[at].mean().map_or(0.0, |told| told[0]);
    let best = usize::from(rate(2) > rate(1));
    verdict(trails, ["recent", "longest"][best], [&shares[0], &shares[best + 1], &gains[best]])
}

fn new_verdict(pool: &Pool) -> Verdict {
    verdict(pool.opened, "most-visited-sites", [&pool.shares[0], &pool.shares[1], &pool.gain])
}

fn verdict(events: usize, baseline: &str, [mine, theirs, gain]: [&Blocks; 3]) -> Verdict {
    match (mine.mean(), theirs.mean(), gain.mean()) {
        (Some(hit_rate), Some(baseline_hit_rate), Some(gain)) if events >= NEEDED => {
            Verdict::Measured { events, hit_rate, baseline: baseline.into(), baseline_hit_rate, gain }
        }
        _ => too_little(events),
    }
}
