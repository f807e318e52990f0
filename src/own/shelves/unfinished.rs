//! Unfinished: trails of research that stopped. A trail is the pages that share a telling word of their titles (or, where it has no word,
//! a site), read in two sittings or more within a month, most of them once or twice, and last between a day and 60 days ago.

use std::collections::HashSet;

use crate::own::evaluation::Blocks;
use crate::own::logistic::Logistic;
use crate::own::past::{Past, Visit};
use crate::own::words::Words;

const DAY: f64 = 86_400.0;
/// Pages of a trail, at least, and of a word that tells one, at most.
const PAGES: [usize; 2] = [4, 120];
/// Visits from which on a page is a habit, not research.
const HABIT: u32 = 6;

/// A trail that stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// Its pages, the last read first.
    pub items: Vec<u32>,
    /// The word that they share.
    pub word: u32,
    /// Sittings, at most, that a page of it was read in, added up.
    pub sittings: usize,
    /// How likely it goes on within a week, 0..1.
    pub score: f32,
    signs: Signs,
}

/// What tells whether a trail goes on: 1, and the logarithms of its pause in days, its pages and its days.
type Signs = [f32; 4];

/// How likely trails go on, learned from what became of earlier ones.
#[derive(Debug, Clone)]
pub struct Going(Logistic<4>);

impl Default for Going {
    fn default() -> Self {
        // A trail that has just been left goes on most likely.
        Self(Logistic::new([0.5, -1.0, 0.1, 0.1], 0.05))
    }
}

/// Trails, the best first; no page is on two of them.
#[must_use]
pub fn trails(past: &Past, words: &Words, going: &Going, now: f64) -> Vec<Trail> {
    let mut by_word: Vec<Vec<u32>> = vec![Vec::new(); words.words.len()];
    // Of what was visited so far only: `words` may know titles that come later.
    let mut titles = vec![0_usize; words.words.len()];
    for (item, known) in past.items.iter().enumerate() {
        let own = words.of.get(item).map_or(&[][..], Vec::as_slice);
        own.iter().for_each(|&word| titles[word as usize] += 1);
        if known.count < HABIT && now - known.last_time < 90.0 * DAY {
            own.iter().for_each(|&word| by_word[word as usize].push(item as u32));
        }
    }
    let few = |pages: &&Vec<u32>| (PAGES[0]..=PAGES[1]).contains(&pages.len());
    let mut trails: Vec<Trail> = by_word
        .iter()
        .enumerate()
        .filter(|(_, pages)| few(pages))
        .filter_map(|(word, pages)| trail(past, titles[word], word as u32, pages, now))
        .map(|trail| Trail { score: going.0.probability(&trail.signs), ..trail })
        .collect();
    trails.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.word.cmp(&b.word)));
    let mut taken = vec![false; past.items.len()];
    trails.retain(|trail| {
        let free = trail.items.iter().filter(|&&item| !taken[item as usize]).count();
        let keep = 2 * free > trail.items.len();
        if keep {
            trail.items.iter().for_each(|&item| taken[item as usize] = true);
        }
        keep
    });
    trails
}

fn trail(past: &Past, titles: usize, word: u32, pages: &[u32], now: f64) -> Option<Trail> {
    let known = |item: &u32| &past.items[*item as usize];
    // A word that most titles outside the trail have, too, tells nothing.
    if titles > 2 * pages.len() {
        return None;
    }
    let mut items = pages.to_vec();
    items.sort_by_key(|item| std::cmp::Reverse(known(item).last));
    let last = known(&items[0]).last_time;
    let within = |item: &u32| last - known(item).last_time <= 30.0 * DAY;
    items.retain(within);
    let mut days: Vec<i64> = items.iter().map(|item| (known(item).last_time / DAY) as i64).collect();
    days.dedup();
    let pause = (now - last) / DAY;
    if items.len() < PAGES[0] || days.len() < 2 || !(1.0..=60.0).contains(&pause) {
        return None;
    }
    let [pages, read] = [items.len(), days.len()].map(|count| (count as f32).ln());
    let signs = [1.0, (pause as f32).ln(), pages, read];
    Some(Trail { items, word, sittings: days.len(), score: 0.0, signs })
}

/// How many trails are judged at a time.
pub const LISTED: usize = 3;
/// A trail goes on if a page with its word is visited within so many seconds.
const WITHIN: f64 = 7.0 * DAY;

/// What the shelf would have held at a moment, and simple lists of the same trails: those left last, and those of the most pages.
#[derive(Debug, Clone)]
pub struct Check {
    time: f64,
    /// The visit that comes next.
    next: usize,
    /// The words of the trails of each list.
    lists: [Vec<u32>; 3],
    /// All trails.
    pool: Vec<(u32, Signs)>,
}

impl Check {
    /// Before a visit; `None` where there are no more trails than are judged, so that every list is the same.
    #[must_use]
    pub fn new(past: &Past, words: &Words, going: &Going, now: f64) -> Option<Self> {
        let all = trails(past, words, going, now);
        if all.len() <= LISTED {
            return None;
        }
        let listed = |mut trails: Vec<&Trail>, key: &dyn Fn(&Trail) -> usize| -> Vec<u32> {
            trails.sort_by_key(|trail| std::cmp::Reverse(key(trail)));
            trails.iter().take(LISTED).map(|trail| trail.word).collect()
        };
        let lists = [
            all.iter().take(LISTED).map(|trail| trail.word).collect(),
            listed(all.iter().collect(), &|trail| past.items[trail.items[0] as usize].last),
            listed(all.iter().collect(), &|trail| trail.items.len()),
        ];
        let pool = all.iter().map(|trail| (trail.word, trail.signs)).collect();
        Some(Self { time: now, next: past.visits.len(), lists, pool })
    }

    /// The words of the pages that were visited within the time; `None` while it is not over.
    fn met(&self, visits: &[Visit], words: &Words) -> Option<HashSet<u32>> {
        let until = self.time + WITHIN;
        if visits.last()?.time? < until {
            return None;
        }
        let after = visits.get(self.next..)?.iter().take_while(|visit| visit.time.is_some_and(|time| time < until));
        Some(after.filter_map(|visit| words.of.get(visit.item as usize)).flatten().copied().collect())
    }

    /// Its share of trails that went on, list by list; `None` while the time is not over.
    fn hits(&self, visits: &[Visit], words: &Words) -> Option<[f64; 3]> {
        let met = self.met(visits, words)?;
        let share = |list: &Vec<u32>| list.iter().filter(|word| met.contains(word)).count() as f64 / LISTED as f64;
        Some([share(&self.lists[0]), share(&self.lists[1]), share(&self.lists[2])])
    }

    /// Tells what became of its trails; false while the time is not over.
    pub fn teach(&self, visits: &[Visit], words: &Words, going: &mut Going) -> bool {
        let Some(met) = self.met(visits, words) else { return false };
        self.pool.iter().for_each(|(word, signs)| going.0.learn(signs, met.contains(word)));
        true
    }
}

/// How many trails were judged, the share of each list that went on, and by how much the shelf's is above each simple list's, by the week.
#[must_use]
pub fn judged(checks: &[Check], visits: &[Visit], words: &Words) -> (usize, [Blocks; 3], [Blocks; 2]) {
    let (mut trails, mut shares, mut gains) = (0, <[Blocks; 3]>::default(), <[Blocks; 2]>::default());
    for check in checks {
        let Some(hits) = check.hits(visits, words) else { continue };
        let week = (check.time / (7.0 * DAY)) as u32;
        trails += LISTED;
        shares.iter_mut().zip(hits).for_each(|(blocks, hit)| blocks.add(week, hit));
        gains.iter_mut().zip(&hits[1..]).for_each(|(blocks, hit)| blocks.add(week, hits[0] - hit));
    }
    (trails, shares, gains)
}
