//! What followed the last item before: a first-order Markov chain, falling back on popularity where it has nothing to say.

use std::collections::HashMap;

use super::Popularity;
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
    pub fn scores(&self, last: Option<ItemIndex>) -> Vec<f32> {
        let counts = self.popularity.scores();
        let most = counts.iter().copied().fold(1.0, f32::max);
        // Below one whole count, so that popularity only breaks ties.
        let mut scores: Vec<f32> = counts.iter().map(|c| 0.5 * c / most).collect();
        if let Some(last) = last {
            for (&item, &count) in &self.successors[last.index()] {
                scores[item as usize] += count;
            }
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successors_come_first_and_popularity_breaks_ties() {
        let session = |items: &[u32]| items.iter().map(|&i| ItemIndex(i)).collect::<Vec<_>>();
        let sequences = Sequences { items: 4, sessions: vec![session(&[0, 1, 0, 1, 0, 2]), session(&[3, 3])] };
        let chain = Markov::new(&sequences);
        let order =
            |last| crate::ranking::top_k(&chain.scores(last), 4, |_| true).iter().map(|r| r.item.0).collect::<Vec<_>>();
        assert_eq!(order(Some(ItemIndex(0))), [1, 2, 0, 3]);
        assert_eq!(order(None), [0, 1, 3, 2]);
    }
}
