//! The moment of a prediction, as experts see it: what is asked, and which items may be the answer.

mod likeness;

use self::likeness::Likeness;
pub use self::likeness::SPEAKERS;
use super::experts::{due, frecency};
use super::past::{About, Decayed, NONE, Past, Request, hour_of_week};
use super::words::Words;

/// The pool of candidates is everything, up to this many items.
const ALL: usize = 160;
/// Of more, those that score best are looked for among so many of the most visited: in years of browsing, most pages were visited once.
const LOOKED_AT: usize = 1000;
/// The last visits, which are candidates in any case.
const LAST: usize = 80;
/// What scores best is looked for anew after so many visits, or in another hour: until then, no score but those of the last visits can rise above others.
const FRESH: usize = 64;
/// Words of a title that items are looked for by, the rarest; and items for each.
const ALIKE_WORDS: usize = 4;
const ALIKE: usize = 16;

/// A prediction's circumstances.
pub struct Scene<'a> {
    /// What earlier visits tell.
    pub past: &'a Past,
    /// What is asked.
    pub request: Request,
    /// Items that may be the answer.
    pub candidates: &'a [u32],
    /// Where an item stands among the candidates, plus one; 0 where it does not.
    places: &'a [u32],
    alike: &'a [[f32; SPEAKERS]],
    /// Each candidate's visits, those long ago counting less.
    pub decayed: &'a [Decayed],
    /// Each candidate's visits about the hour of the request; in a history without times, none.
    pub about: &'a [About],
    /// How due each candidate is: its hazard, an hour.
    pub due: &'a [f32],
}

/// Which items may be the answer: kept between predictions, to allocate nothing.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    items: Vec<u32>,
    places: Vec<u32>,
    alike: Likeness,
    decayed: Vec<Decayed>,
    about: Vec<About>,
    due: Vec<f32>,
    /// The items that score best, and of which visits and hour.
    best: Vec<u32>,
    best_for: Option<(usize, Option<usize>)>,
}

impl Candidates {
    /// Collects the candidates of a request: every item while there are few, else those that any expert could rank among its first.
    pub fn gather<'a>(&'a mut self, past: &'a Past, request: Request, words: &Words) -> Scene<'a> {
        for &item in &self.items {
            self.places[item as usize] = 0;
        }
        self.items.clear();
        self.places.resize(past.items.len(), 0);
        if past.items.len() <= ALL {
            (0..past.items.len() as u32).for_each(|item| self.add(item));
        } else {
            self.nominate(past, request);
            self.nominate_alike(past, words);
        }
        self.alike.compare(past, words, &self.items);
        past.decayed(&self.items, request.time, &mut self.decayed);
        due(past, request, &self.items, &mut self.due);
        let hour = request.time.map(hour_of_week);
        let about = |&item| hour.map_or(About::default(), |hour| past.habits.about(item, hour));
        self.about.clear();
        self.about.extend(self.items.iter().map(about));
        Scene {
            past,
            request,
            candidates: &self.items,
            places: &self.places,
            alike: &self.alike.rows,
            decayed: &self.decayed,
            about: &self.about,
            due: &self.due,
        }
    }

    fn add(&mut self, item: u32) {
        let place = &mut self.places[item as usize];
        if *place == 0 {
            self.items.push(item);
            *place = self.items.len() as u32;
        }
    }

    fn nominate(&mut self, past: &Past, request: Request) {
        past.visits.iter().rev().take(LAST).for_each(|&item| self.add(item));
        past.most_visited(40).iter().for_each(|&item| self.add(item));
        let (last, before) = (past.back(0), past.back(1));
        if last != NONE {
            past.followers[last as usize].strongest(40).iter().for_each(|link| self.add(link.item));
            past.rules[last as usize].strongest(20).iter().for_each(|link| self.add(link.item));
            let site = past.items[last as usize].site;
            if site != NONE {
                past.site_followers[site as usize].strongest(20).iter().for_each(|link| self.add(link.item));
            }
        }
        if before != NONE {
            past.rules[before as usize].strongest(10).iter().for_each(|link| self.add(link.item));
            if let Some(links) = past.pairs.get(&(before, last)) {
                links.strongest(20).iter().for_each(|link| self.add(link.item));
            }
        }
        let of = (past.visits.len() / FRESH, request.time.map(hour_of_week));
        if self.best_for != Some(of) {
            self.best = best(past, request);
            self.best_for = Some(of);
        }
        for at in 0..self.best.len() {
            self.add(self.best[at]);
        }
    }

    /// Adds items whose titles share a telling word with those of the last two, the latest first.
    fn nominate_alike(&mut self, past: &Past, words: &Words) {
        for from in [past.back(0), past.back(1)].into_iter().filter(|&item| item != NONE) {
            let mut holders: Vec<&[u32]> = words.of(from).iter().map(|&word| past.texts.holders(word)).collect();
            holders.sort_by_key(|items| items.len());
            for items in holders.iter().take(ALIKE_WORDS) {
                items.iter().rev().take(ALIKE).for_each(|&item| self.add(item));
            }
        }
    }

    /// The candidates that were gathered last.
    #[must_use]
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Where an item stands among them.
    #[must_use]
    pub fn place(&self, item: u32) -> Option<usize> {
        self.places.get(item as usize).and_then(|&place| (place as usize).checked_sub(1))
    }
}

/// Of the items visited most, those that the hour and frecency speak for.
fn best(past: &Past, request: Request) -> Vec<u32> {
    let often = past.most_visited(LOOKED_AT);
    let mut decayed = Vec::new();
    past.decayed(often, request.time, &mut decayed);
    let mut best = best_of(past, 30, often, decayed.iter().map(|decayed| frecency(decayed, request)));
    if let Some(now) = request.time {
        let hour = hour_of_week(now);
        let about: Vec<About> = often.iter().map(|&item| past.habits.about(item, hour)).collect();
        let share = |(about, &item): (&About, &u32)| about.week / past.items[item as usize].count as f32;
        best.extend(best_of(past, 30, often, about.iter().map(|about| about.both())));
        best.extend(best_of(past, 20, often, about.iter().zip(often).map(share)));
    }
    best
}

/// The `count` items that score best, of equal ones those visited last.
fn best_of(past: &Past, count: usize, items: &[u32], scores: impl Iterator<Item = f32>) -> Vec<u32> {
    let later = |item: u32| past.items[item as usize].last;
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(count + 1);
    let mut least = f32::NEG_INFINITY;
    for (score, &item) in scores.zip(items) {
        if score < least {
            continue;
        }
        let is_before = |other: &(f32, u32)| other.0 > score || other.0 == score && later(other.1) > later(item);
        best.insert(best.partition_point(is_before), (score, item));
        best.truncate(count);
        if best.len() == count {
            least = best[count - 1].0;
        }
    }
    best.into_iter().map(|(_, item)| item).collect()
}

impl Scene<'_> {
    /// Where an item stands among the candidates.
    #[must_use]
    pub fn place(&self, item: u32) -> Option<usize> {
        self.places.get(item as usize).and_then(|&place| (place as usize).checked_sub(1))
    }

    /// How alike the titles of the candidate at a place and of each of the last items are, the last one first, 0..1; 0 for the item itself.
    #[must_use]
    pub fn alike(&self, place: usize) -> [f32; SPEAKERS] {
        self.alike[place]
    }

    /// The time of the request; 0 in a history without times.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.request.time.unwrap_or_default()
    }

    /// The hour of week of the request.
    #[must_use]
    pub fn hour(&self) -> Option<usize> {
        self.request.time.map(hour_of_week)
    }

    /// Was an item visited in the current sitting? None was where the request starts one.
    #[must_use]
    pub fn in_sitting(&self, item: u32) -> bool {
        !self.request.starts && self.past.in_sitting(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::past::Visit;

    #[test]
    fn the_best_are_the_best_and_of_equal_ones_the_latest() {
        let mut past = Past::default();
        (0..6).for_each(|item| past.learn(Visit { item, time: None, starts: false }, NONE));
        let scores = [1.0, 3.0, 2.0, 2.0, 2.0, 0.5];
        assert_eq!(best_of(&past, 3, &[0, 1, 2, 3, 4, 5], scores.into_iter()), [1, 4, 3]);
        assert_eq!(best_of(&past, 9, &[5, 0], [0.5, 1.0].into_iter()), [0, 5]);
    }

    #[test]
    fn habits_of_the_hour_are_candidates_as_soon_as_it_strikes() {
        // 199 items at noon of each of a hundred days, and item 0 at nine of the first twenty.
        let mut past = Past::default();
        let mut learn = |item, time| past.learn(Visit { item, time: Some(time), starts: false }, NONE);
        for day in 0..100_u32 {
            let midnight = f64::from(day) * 86_400.0;
            (0..u32::from(day < 20)).for_each(|item| learn(item, midnight + 9.0 * 3600.0));
            (1..200).for_each(|item| learn(item, midnight + 43_200.0 + f64::from(item)));
        }
        // Nothing follows these but what is visited at noon.
        [100, 50].into_iter().for_each(|item| learn(item, 99.0 * 86_400.0 + 50_000.0));
        let (words, mut candidates) = (Words::default(), Candidates::default());
        let at = |hour: f64| Request { time: Some(100.0 * 86_400.0 + hour * 3600.0), starts: true };
        candidates.gather(&past, at(3.0), &words);
        assert_eq!(candidates.place(0), None);
        candidates.gather(&past, at(9.0), &words);
        assert!(candidates.place(0).is_some());
    }
}
