//! What one person's earlier visits tell, counted visit by visit: the only thing that experts look at.

mod habits;
mod links;
mod texts;

use std::collections::HashMap;
use std::f64::consts::LN_2;

use homebody_simd::exp_each;

pub use self::habits::{About, Habits, hour_of_week};
pub use self::links::{Link, Links};
pub use self::texts::Texts;
use super::logistic::at_least;

/// No item, or no site.
pub const NONE: u32 = u32::MAX;

const HOUR: f64 = 3600.0;
/// Half-lives of decayed counts, in visits.
pub const VISITS: [f64; 4] = [3.0, 10.0, 100.0, 500.0];
/// Half-lives of decayed counts, in seconds: four hours, a day, a week, 30 days.
pub const SECONDS: [f64; 4] = [4.0 * HOUR, 24.0 * HOUR, 168.0 * HOUR, 720.0 * HOUR];
/// ln 24.
const LOG_OF_A_DAY: f32 = 3.178_053_9;
/// How many earlier visits a visit is linked with as a sequential rule.
const WINDOW: usize = 8;

/// One visit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// The item, numbered by first appearance.
    pub item: u32,
    /// When, in seconds since 1970; `None` in a history without times.
    pub time: Option<f64>,
    /// Does it start a sitting?
    pub starts: bool,
}

/// The moment of a prediction: what is known of a visit before it is known what is visited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// When, in seconds since 1970; `None` in a history without times.
    pub time: Option<f64>,
    /// Does it start a sitting?
    pub starts: bool,
}

impl From<Visit> for Request {
    fn from(visit: Visit) -> Self {
        Self { time: visit.time, starts: visit.starts }
    }
}

/// What is known of one item.
#[derive(Debug, Clone)]
pub struct ItemPast {
    /// Visits.
    pub count: u32,
    /// Its first visit's number, from 0.
    pub first: usize,
    /// Its last visit's number, from 0.
    pub last: usize,
    /// Its last visit's time.
    pub last_time: f64,
    /// Visits that started a sitting.
    pub starts: u32,
    /// Sittings it was visited in.
    pub sittings: u32,
    /// Its site, or [`NONE`].
    pub site: u32,
    /// As of its last visit.
    decayed: Decayed,
    /// Pauses of more than an hour between its visits: how many, and the moments of the logarithms of their hours.
    pauses: [f32; 3],
    sitting: u32,
}

/// An item's visits decayed by the visits since, one a half-life of [`VISITS`], and by the time since, one a half-life of [`SECONDS`].
pub type Decayed = [[f32; 4]; 2];

/// Everything that is counted.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Every item visited so far.
    pub items: Vec<ItemPast>,
    /// All visits' items, oldest first.
    pub visits: Vec<u32>,
    /// By item: the numbers of its visits.
    pub occurrences: Vec<Vec<u32>>,
    /// What followed an item.
    pub followers: Vec<Links>,
    /// What followed two items, in order.
    pub pairs: HashMap<(u32, u32), Links>,
    /// What came up to eight visits after an item, each weighted 1 / distance.
    pub rules: Vec<Links>,
    /// What came up to eight visits before an item, alike.
    pub rules_back: Vec<Links>,
    /// What followed a page of a site.
    pub site_followers: Vec<Links>,
    /// Visits by time of day and week.
    pub habits: Habits,
    /// The words of what was visited.
    pub texts: Texts,
    /// Sittings so far.
    pub sittings: u32,
    /// The first visit of the current round: the longest run of visits, up to the last one, in which nothing is visited twice.
    pub round: usize,
    /// The last visit's time.
    pub time: Option<f64>,
    /// Items, the most visited first.
    by_count: Vec<u32>,
    /// Where each item stands in `by_count`.
    place: Vec<u32>,
}

impl Past {
    /// The item visited `back` visits ago, 0 the last; [`NONE`] before the first.
    #[must_use]
    pub fn back(&self, back: usize) -> u32 {
        self.visits.len().checked_sub(back + 1).map_or(NONE, |at| self.visits[at])
    }

    /// Seconds between the last visit and a request; 0 in a history without times.
    #[must_use]
    pub fn pause(&self, request: Request) -> f64 {
        request.time.zip(self.time).map_or(0.0, |(now, then)| (now - then).max(0.0))
    }

    /// Items' visits, decayed by the number of visits since and by the time until `now` (of which nothing is left in a history without times),
    /// each for all half-lives.
    pub fn decayed(&self, items: &[u32], now: Option<f64>, out: &mut Vec<Decayed>) {
        out.clear();
        let fade = |since: f64, half_life: f64| (-LN_2 * since / half_life) as f32;
        out.extend(items.iter().map(|&item| {
            let past = &self.items[item as usize];
            let visits = (self.visits.len() - 1 - past.last) as f64;
            let seconds = now.map_or(f64::INFINITY, |now| (now - past.last_time).max(0.0));
            [VISITS.map(|life| fade(visits, life)), SECONDS.map(|life| fade(seconds, life))]
        }));
        exp_each(out.as_flattened_mut().as_flattened_mut());
        for (shares, &item) in out.iter_mut().zip(items) {
            let sums = self.items[item as usize].decayed.as_flattened();
            shares.as_flattened_mut().iter_mut().zip(sums).for_each(|(share, sum)| *share *= sum);
        }
    }

    /// An item's usual pause, longer ones than an hour only: how many there were, and mean and standard deviation of the logarithm of their
    /// hours.
    #[must_use]
    pub fn rhythm(&self, item: u32) -> (f32, f32, f32) {
        let [n, sum, squares] = self.items[item as usize].pauses;
        // As if two pauses of a day, give or take a factor of e², had been seen before.
        let mean = (sum + 2.0 * LOG_OF_A_DAY) / (n + 2.0);
        let seen = if n > 0.0 { at_least(0.0, squares - sum * sum / n) } else { 0.0 };
        (n, mean, at_least(0.25, ((seen + 2.0 * 4.0) / (n + 2.0)).sqrt()))
    }

    /// Was an item visited in the current sitting?
    #[must_use]
    pub fn in_sitting(&self, item: u32) -> bool {
        self.items[item as usize].sitting == self.sittings
    }

    /// The most visited items, at most `count`.
    #[must_use]
    pub fn most_visited(&self, count: usize) -> &[u32] {
        &self.by_count[..count.min(self.by_count.len())]
    }

    /// Takes a visit in. An item's number is at most the number of items so far; `site` is its site, or [`NONE`].
    pub fn learn(&mut self, visit: Visit, site: u32) {
        let item = visit.item;
        self.add(item, site);
        if visit.starts || self.visits.is_empty() {
            self.sittings += 1;
        }
        self.link(item);
        self.count(visit);
        self.habits.learn(item, visit.time);
        self.occurrences[item as usize].push(self.visits.len() as u32);
        self.visits.push(item);
        self.time = visit.time;
        self.promote(item);
    }

    fn add(&mut self, item: u32, site: u32) {
        if item as usize >= self.items.len() {
            self.items.push(ItemPast {
                count: 0,
                first: self.visits.len(),
                last: 0,
                last_time: 0.0,
                starts: 0,
                sittings: 0,
                site,
                decayed: Decayed::default(),
                pauses: [0.0; 3],
                sitting: 0,
            });
            self.followers.push(Links::default());
            self.rules.push(Links::default());
            self.rules_back.push(Links::default());
            self.occurrences.push(Vec::new());
            self.place.push(self.by_count.len() as u32);
            self.by_count.push(item);
        }
        if site != NONE && site as usize >= self.site_followers.len() {
            self.site_followers.resize_with(site as usize + 1, Links::default);
        }
    }

    fn link(&mut self, item: u32) {
        let [last, before] = [self.back(0), self.back(1)];
        if last == NONE {
            return;
        }
        self.followers[last as usize].add(item, 1.0);
        let site = self.items[last as usize].site;
        if site != NONE {
            self.site_followers[site as usize].add(item, 1.0);
        }
        if before != NONE {
            self.pairs.entry((before, last)).or_default().add(item, 1.0);
        }
        for back in 0..WINDOW.min(self.visits.len()) {
            let from = self.back(back);
            if from != item {
                self.rules[from as usize].add(item, 1.0 / (back + 1) as f32);
                self.rules_back[item as usize].add(from, 1.0 / (back + 1) as f32);
            }
        }
    }

    fn count(&mut self, visit: Visit) {
        let number = self.visits.len();
        let sittings = self.sittings;
        let past = &mut self.items[visit.item as usize];
        let time = visit.time.unwrap_or_default();
        let first = past.count == 0;
        if !first {
            self.round = self.round.max(past.last + 1);
        }
        let visits_since = (number - past.last) as f64;
        let seconds_since = (time - past.last_time).max(0.0);
        let decay = |value: f32, since: f64, half_life: f64| {
            if first { 1.0 } else { value * ((-since / half_life) as f32).exp2() + 1.0 }
        };
        let [by_visits, by_time] = &mut past.decayed;
        by_visits.iter_mut().zip(VISITS).for_each(|(sum, half_life)| *sum = decay(*sum, visits_since, half_life));
        by_time.iter_mut().zip(SECONDS).for_each(|(sum, half_life)| *sum = decay(*sum, seconds_since, half_life));
        if !first && seconds_since > HOUR {
            let hours = ((seconds_since / HOUR) as f32).ln();
            past.pauses[0] += 1.0;
            past.pauses[1] += hours;
            past.pauses[2] += hours * hours;
        }
        past.count += 1;
        past.last = number;
        past.last_time = if first { time } else { past.last_time.max(time) };
        past.starts += u32::from(visit.starts);
        if past.sitting != sittings {
            past.sitting = sittings;
            past.sittings += 1;
        }
    }

    /// Moves an item up among the most visited: it changes places with the first of those that are visited less now.
    fn promote(&mut self, item: u32) {
        let count = self.items[item as usize].count;
        let at = self.place[item as usize] as usize;
        let to = self.by_count[..at].partition_point(|&other| self.items[other as usize].count >= count);
        let other = self.by_count[to];
        self.by_count.swap(at, to);
        self.place[item as usize] = to as u32;
        self.place[other as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn past(items: &[u32]) -> Past {
        let mut past = Past::default();
        for (number, &item) in items.iter().enumerate() {
            past.learn(Visit { item, time: Some(number as f64 * 60.0), starts: number == 0 }, NONE);
        }
        past
    }

    #[test]
    fn the_most_visited_stay_in_order() {
        let past = past(&[0, 1, 2, 2, 1, 2, 3, 3, 3, 3]);
        assert_eq!(past.most_visited(9), [3, 2, 1, 0]);
        assert_eq!(past.most_visited(2).len(), 2);
    }

    #[test]
    fn decayed_counts_halve_in_a_half_life() {
        let past = past(&[0, 1, 1, 1, 1]);
        // Item 0 was visited once, 4 visits and 240 seconds ago.
        let mut decayed = Vec::new();
        past.decayed(&[0, 1], Some(86_400.0), &mut decayed);
        assert!((decayed[0][0][0] - 0.5_f32.powf(4.0 / 3.0)).abs() < 1e-6);
        assert!((decayed[0][1][1] - 0.5).abs() < 1e-6);
        let steps: f32 = (0..4).map(|ago| 0.5_f32.powf(ago as f32 / 3.0)).sum();
        assert!((decayed[1][0][0] - steps).abs() < 1e-5);
    }

    #[test]
    fn what_followed_is_counted() {
        let past = past(&[0, 1, 0, 2, 0, 1]);
        assert_eq!(
            (past.followers[0].weight(1), past.followers[0].weight(2), past.followers[0].total()),
            (2.0, 1.0, 3.0)
        );
        assert_eq!(past.pairs[&(1, 0)].weight(2), 1.0);
        assert_eq!((past.back(0), past.back(5), past.back(6)), (1, 0, NONE));
    }
}
