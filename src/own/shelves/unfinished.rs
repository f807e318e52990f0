//! Unfinished: trails of research that stopped. A trail is the pages that share a telling word of their titles (or, where it has no word,
//! a site), read in two sittings or more within a month, most of them once or twice, and last between a day and 60 days ago.

use crate::own::past::Past;
use crate::own::shelves::words::Words;

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
    /// How likely it goes on, 0..1: more pages and days, and a shorter pause.
    pub score: f32,
}

/// Trails, the best first; no page is on two of them.
#[must_use]
pub fn trails(past: &Past, words: &Words, now: f64) -> Vec<Trail> {
    let mut by_word: Vec<Vec<u32>> = vec![Vec::new(); words.words.len()];
    for (item, known) in past.items.iter().enumerate() {
        if known.count < HABIT && now - known.last_time < 90.0 * DAY {
            words.of.get(item).into_iter().flatten().for_each(|&word| by_word[word as usize].push(item as u32));
        }
    }
    let few = |pages: &&Vec<u32>| (PAGES[0]..=PAGES[1]).contains(&pages.len());
    let mut trails: Vec<Trail> = by_word
        .iter()
        .enumerate()
        .filter(|(_, pages)| few(pages))
        .filter_map(|(word, pages)| trail(past, words, word as u32, pages, now))
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

fn trail(past: &Past, words: &Words, word: u32, pages: &[u32], now: f64) -> Option<Trail> {
    let known = |item: &u32| &past.items[*item as usize];
    // A word that most titles outside the trail have, too, tells nothing.
    if words.titles[word as usize] as usize > 2 * pages.len() {
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
    let strength = (items.len() as f32).ln() + (days.len() as f32).ln();
    let score = strength / (strength + 2.0) * (1.0 + pause as f32 / 7.0).recip().sqrt();
    Some(Trail { items, word, sittings: days.len(), score })
}
