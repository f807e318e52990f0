//! Finding again what was visited once, by words of its title.

use std::collections::HashMap;

use super::super::Recommender;
use super::ClosedWorld;
use super::words::{nearness, words};
use crate::protocol::{Refound, ShelfItem};

impl Recommender {
    /// Items whose titles or addresses come near at least half of the words, rare words counting more; of equal ones those visited last come first.
    pub(super) fn refound(
        &self,
        world: &ClosedWorld,
        query: &str,
        k: usize,
        from: Option<f64>,
        to: Option<f64>,
    ) -> Refound {
        let typed: Vec<String> = words(query).collect();
        let past = world.past();
        let inside = |item: u32| {
            (from.is_none() && to.is_none())
                || past.occurrences[item as usize].iter().any(|&visit| {
                    let time = world.visits[visit as usize].time.unwrap_or_default() * 1000.0;
                    from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to)
                })
        };
        let texts: Vec<Vec<String>> = world.items.iter().map(|&item| self.texts_of(item)).collect();
        // Each word of the history is compared once.
        let mut near: HashMap<&str, Vec<f32>> = HashMap::new();
        let mut shares = vec![0.0_f32; typed.len()];
        for text in &texts {
            for word in text {
                let found =
                    near.entry(word).or_insert_with(|| typed.iter().map(|typed| nearness(typed, word)).collect());
                shares.iter_mut().zip(&*found).for_each(|(share, &near)| *share += f32::from(u8::from(near > 0.0)));
            }
        }
        let weights: Vec<f32> = shares.iter().map(|&share| (1.0 + texts.len() as f32 / (1.0 + share)).ln()).collect();
        let all: f32 = weights.iter().sum();
        let mut found: Vec<(f32, u32)> = Vec::new();
        for (item, text) in texts.iter().enumerate() {
            let best = |at: usize| text.iter().map(|word| near[word.as_str()][at]).fold(0.0, f32::max);
            let scores: Vec<f32> = (0..typed.len()).map(best).collect();
            let matched = scores.iter().filter(|&&score| score > 0.0).count();
            let score: f32 = scores.iter().zip(&weights).map(|(score, weight)| score * weight).sum::<f32>() / all;
            if matched > 0 && matched * 2 >= typed.len() && inside(item as u32) {
                found.push((score, item as u32));
            }
        }
        let last = |item: u32| past.items[item as usize].last;
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| last(b.1).cmp(&last(a.1))));
        let items: Vec<ShelfItem> =
            found.iter().take(k).map(|&(score, item)| self.shelf_item(world, item, score)).collect();
        Refound { items, total: found.len() }
    }
}
