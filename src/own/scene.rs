//! The moment of a prediction, as experts see it: what is asked, and which items may be the answer.

mod likeness;

use self::likeness::Likeness;
pub use self::likeness::SPEAKERS;
use super::past::{NONE, Past, Request, hour_of_week};
use super::words::Words;

/// The pool of candidates is everything, up to this many items.
const ALL: usize = 160;
/// Of more, those that score best are looked for among so many of the most visited: in years of browsing, most pages were visited once.
const LOOKED_AT: usize = 1000;
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
}

/// Which items may be the answer: kept between predictions, to allocate nothing.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    items: Vec<u32>,
    places: Vec<u32>,
    alike: Likeness,
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
        Scene { past, request, candidates: &self.items, places: &self.places, alike: &self.alike.rows }
    }

    fn add(&mut self, item: u32) {
        let place = &mut self.places[item as usize];
        if *place == 0 {
            self.items.push(item);
            *place = self.items.len() as u32;
        }
    }

    fn nominate(&mut self, past: &Past, request: Request) {
        past.visits.iter().rev().take(80).for_each(|&item| self.add(item));
        past.most_visited(40).for_each(|item| self.add(item));
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
        let now = request.time.unwrap_or_default();
        let frecency = |item: u32| match request.time {
            Some(_) => past.decayed_by_time(item, 3, now),
            None => past.decayed_by_visits(item, 2),
        };
        self.add_best(past, 30, past.most_visited(LOOKED_AT).map(|item| (frecency(item), item)).collect());
        if let Some(now) = request.time {
            let hour = hour_of_week(now);
            let about = |item| (item, past.habits.by_week(item, hour), past.habits.by_day(item, hour));
            let hours: Vec<(u32, f32, f32)> = past.most_visited(LOOKED_AT).map(about).collect();
            self.add_best(past, 30, hours.iter().map(|&(item, week, day)| (week + 0.5 * day, item)).collect());
            let share = |&(item, week, _): &(u32, f32, f32)| (week / past.items[item as usize].count as f32, item);
            self.add_best(past, 20, hours.iter().map(share).collect());
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

    /// Adds the items that score best, of equal ones those visited last.
    fn add_best(&mut self, past: &Past, count: usize, mut scored: Vec<(f32, u32)>) {
        let later = |item: u32| past.items[item as usize].last;
        if scored.len() > count {
            scored.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then_with(|| later(b.1).cmp(&later(a.1))));
            scored.truncate(count);
        }
        scored.iter().for_each(|&(_, item)| self.add(item));
    }
}

impl Candidates {
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
