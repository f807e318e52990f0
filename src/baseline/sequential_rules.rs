//! What comes soon after the last item (sequential rules: Kamehkhosh, Jannach & Ludewig, "A Comparison of Frequent Pattern Techniques
//! and a Deep Learning Method for Session-Based Recommendation", `RecTemp` 2017).

use super::sums::Sums;
use super::{Baseline, Popularity};
use crate::catalogue::ItemIndex;
use crate::lists::Lists;
use crate::sequences::Sequences;

/// How far ahead a rule looks.
const WINDOW: usize = 10;
/// Popularity's part of a score: below the least difference of two different sums of 1 / distance, 1 / 2520, so that it only breaks ties.
const TIE: f32 = 1e-4;

/// Rules "after a comes b", each the sum of 1 / distance over all places where b follows a by at most 10 steps in a session.
#[derive(Debug, Clone)]
pub struct SequentialRules {
    rules: Lists<(u32, f32)>,
    popularity: Popularity,
}

impl SequentialRules {
    /// Counts them.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        let places = places(sequences);
        let mut sums = Sums::new(sequences.items);
        let rules = Lists::from_rows((0..sequences.items).map(|item| {
            for &(session, place) in places.of(item) {
                let after = &sequences.sessions[session as usize][place as usize + 1..];
                after.iter().take(WINDOW).zip(1_u8..).for_each(|(next, far)| sums.add(next.0, 1.0 / f32::from(far)));
            }
            sums.take()
        }));
        Self { rules, popularity: Popularity::new(sequences) }
    }
}

/// Where each item stands: session and position.
fn places(sequences: &Sequences) -> Lists<(u32, u32)> {
    let places: Vec<_> = sequences
        .sessions
        .iter()
        .zip(0_u32..)
        .flat_map(|(session, at)| session.iter().zip(0_u32..).map(move |(item, place)| (item.index(), (at, place))))
        .collect();
    Lists::grouped(sequences.items, &places)
}

impl Baseline for SequentialRules {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let mut scores = self.popularity.up_to(TIE);
        if let Some(last) = context.last() {
            self.rules.of(last.index()).iter().for_each(|&(item, weight)| scores[item as usize] += weight);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items, order, sequences};
    use super::*;

    #[test]
    fn a_rule_weighs_one_over_the_distance() {
        let rules = SequentialRules::new(&sequences(5, &[&[0, 1, 2], &[0, 2, 3, 0]]));
        let scores = rules.scores(&items(&[3, 0]));
        close(scores[1], 1.0 + 1e-4 / 3.0); // next once; popularity 1 of 3
        close(scores[2], 0.5 + 1.0 + 2e-4 / 3.0);
        close(scores[3], 0.5 + 1e-4 / 3.0);
        assert_eq!(order(&rules, &[0]), [2, 1, 3, 0, 4]);
        assert_eq!(order(&rules, &[]), [0, 2, 1, 3, 4]);
    }

    #[test]
    fn a_rule_reaches_ten_steps() {
        let walk: Vec<u32> = (0..12).collect();
        let scores = SequentialRules::new(&sequences(12, &[&walk])).scores(&items(&[0]));
        close(scores[10], 0.1 + 1e-4);
        close(scores[11], 1e-4);
    }
}
