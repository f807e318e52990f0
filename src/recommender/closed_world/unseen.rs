//! What was never opened, by what its title shares with the titles visited lately.

use std::collections::{HashMap, HashSet};

use super::super::Recommender;
use super::words::words;
use super::{ClosedWorld, NEEDED};
use crate::catalogue::ItemIndex;
use crate::protocol::{CatalogueItem, Reason, Shelf, ShelfItem, Verdict};

/// Visits that say what is of interest now, the last half as important as the first for each so many.
const RECENT: usize = 500;
const HALF_LIFE: f32 = 100.0;
const WORDS: usize = 3;

impl Recommender {
    /// The words of an item's title and of its address.
    pub(super) fn texts_of(&self, item: ItemIndex) -> Vec<String> {
        let item = self.catalogue.item(item);
        let mut found: Vec<String> = words(&item.title).collect();
        found.extend(words(item.id.split_once("://").map_or(item.id.as_str(), |(_, rest)| rest)));
        found
    }

    pub(super) fn new_shelf(&self, world: &ClosedWorld, k: usize, exclude: &[String], pool: &[CatalogueItem]) -> Shelf {
        let interest = self.interest(world);
        let excluded: HashSet<&str> = exclude.iter().map(String::as_str).collect();
        let seen = |id: &str| {
            self.catalogue
                .get(id)
                .is_some_and(|item| world.numbers.get(item.index()).is_some_and(|&n| n != crate::own::past::NONE))
        };
        let mut found: Vec<(f32, Vec<String>, &CatalogueItem)> = pool
            .iter()
            .filter(|item| !excluded.contains(item.id.as_str()) && !seen(&item.id))
            .map(|item| {
                let own: HashSet<String> = words(&item.title).collect();
                let size = (own.len().max(1) as f32).sqrt();
                let mut shared: Vec<(f32, String)> =
                    own.into_iter().filter_map(|word| Some((*interest.get(&word)?, word))).collect();
                shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
                let score = shared.iter().map(|(weight, _)| weight).sum::<f32>() / size;
                (score, shared.into_iter().take(WORDS).map(|(_, word)| word).collect(), item)
            })
            .filter(|(score, ..)| *score > 0.0)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let items = found
            .into_iter()
            .take(k)
            .map(|(score, shared, item)| ShelfItem {
                item: item.clone(),
                score: score / (1.0 + score),
                visits: 0,
                last_visit: None,
                trail: None,
                reasons: vec![Reason { words: shared, ..super::reasons::reason("words") }],
            })
            .collect();
        // Nothing of it was visited: there is nothing to test it on.
        let verdict = Verdict::TooLittle { events: 0, needed: NEEDED };
        Shelf { items, confidence: None, abstains: false, verdict }
    }

    /// Words of the titles visited lately, rare ones weighing more.
    fn interest(&self, world: &ClosedWorld) -> HashMap<String, f32> {
        let mut titles: HashMap<String, f32> = HashMap::new();
        for &item in &world.items {
            let title = &self.catalogue.item(item).title;
            words(title).collect::<HashSet<_>>().into_iter().for_each(|word| *titles.entry(word).or_default() += 1.0);
        }
        let mut interest: HashMap<String, f32> = HashMap::new();
        for (ago, visit) in world.visits.iter().rev().take(RECENT).enumerate() {
            let title = &self.catalogue.item(world.items[visit.item as usize]).title;
            let weight = (-(ago as f32) / HALF_LIFE).exp2();
            for word in words(title).collect::<HashSet<_>>() {
                let rare = (1.0 + world.items.len() as f32 / (1.0 + titles[&word])).ln();
                *interest.entry(word).or_default() += weight * rare;
            }
        }
        interest
    }
}
