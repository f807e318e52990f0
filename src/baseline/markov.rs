//! What followed the last item before: a first-order Markov chain, falling back on popularity where it has nothing to say.

use std::collections::HashMap;

use super::{Baseline, Popularity};
use crate::catalogue::ItemIndex;
use crate::sequences::Sequences;

/// Counts of successors.
#[derive(Debug, Clone)]
pub struct Markov {
    successors: Vec<HashMap<u32, f32>>,
    popularity: Popularity,
}

impl Markov {
    /// Counts which item followed which, within sessions.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        let mut chain =
            Self { successors: vec![HashMap::new(); sequences.items], popularity: Popularity::new(sequences) };
        for pair in sequences.sessions.iter().flat_map(|session| session.windows(2)) {
            *chain.successors[pair[0].index()].entry(pair[1].0).or_default() += 1.0;
        }
        chain
    }

    /// Counts one more event.
    pub fn learn(&mut self, before: Option<ItemIndex>, item: ItemIndex) {
        if let Some(before) = before {
            *self.successors[before.index()].entry(item.0).or_default() += 1.0;
        }
        self.popularity.learn(item);
    }

    /// Scores of all items after `last`: how often each followed it; equal counts, none among them, in order of popularity.
    #[must_use]
    pub fn after(&self, last: Option<ItemIndex>) -> Vec<f32> {
        // Below one whole count, so that popularity only breaks ties.
        let mut scores = self.popularity.up_to(0.5);
        if let Some(last) = last {
            for (&item, &count) in &self.successors[last.index()] {
                scores[item as usize] += count;
            }
        }
        scores
    }
}

impl Baseline for Markov {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        self.after(context.last().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{order, sequences};
    use super::*;

    #[test]
    fn successors_come_first_and_popularity_breaks_ties() {
        let chain = Markov::new(&sequences(4, &[&[0, 1, 0, 1, 0, 2], &[3, 3]]));
        assert_eq!(order(&chain, &[0]), [1, 2, 0, 3]);
        assert_eq!(order(&chain, &[]), [0, 1, 3, 2]);
    }
}
