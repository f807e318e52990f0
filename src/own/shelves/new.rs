//! New: pages of a pool, by the words of their titles that what was visited has, too, the latest most.

use std::collections::HashMap;

use crate::own::past::Past;
use crate::own::words::{Words, split};

/// After how many visits a visit counts half, and what it counts at least: an interest that has rested is one still.
const HALF: f32 = 60.0;
const RESTED: f32 = 0.02;

/// How near each title of a pool is to what was visited, the latest most, 0..1, and the shared words, the most telling first.
#[must_use]
pub fn scored(past: &Past, words: &Words, pool: &[&str]) -> Vec<(f32, Vec<String>)> {
    let mut interest: HashMap<u32, f32> = HashMap::new();
    for (ago, &item) in past.visits.iter().rev().enumerate() {
        let weight = (-(ago as f32) / HALF).exp2().max(RESTED);
        words
            .of
            .get(item as usize)
            .into_iter()
            .flatten()
            .for_each(|&word| *interest.entry(word).or_default() += weight);
    }
    let score = |title: &&str| {
        let mut shared: Vec<(f32, String)> = split(title)
            .filter_map(|word| {
                let number = words.get(&word)?;
                let interest = interest.get(&number)?;
                Some((interest.ln_1p() * words.idf(number), word))
            })
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        shared.dedup_by(|a, b| a.1 == b.1);
        let sum: f32 = shared.iter().map(|(weight, _)| weight).sum();
        (sum / (sum + 5.0), shared.into_iter().take(3).map(|(_, word)| word).collect())
    };
    pool.iter().map(score).collect()
}
