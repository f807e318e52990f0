//! What similar sessions hold (vector multiplication session-based kNN: Ludewig & Jannach, "Evaluation of Session-based Recommendation
//! Algorithms", UMUAI 2018).

use std::cell::RefCell;
use std::cmp::Reverse;

use super::sums::Sums;
use super::{Baseline, Popularity, distinct, latest_first, sessions_of_items};
use crate::catalogue::ItemIndex;
use crate::lists::Lists;
use crate::sequences::Sequences;

/// Sessions compared with a context: the most recent ones that share an item with it.
const SAMPLE: usize = 1000;
/// k: the most similar of them vote.
const NEIGHBOURS: usize = 200;

/// A session's similarity is the sum of its shared items' weights, which fall linearly from 1 for the context's last item to 1/n for its
/// first. The 200 most similar of the 1,000 most recent vote for their items with `similarity / s * idf`: s counts the steps from the
/// context's end to the last item that is shared, idf is `ln(sessions / sessions with the item)`.
#[derive(Debug)]
pub struct VsKnn {
    sessions: Lists<u32>,
    containing: Lists<u32>,
    idf: Vec<f32>,
    popularity: Popularity,
    scratch: RefCell<Scratch>,
}

/// Per session, what a query needs; zero between queries, so that a query costs what it touches.
#[derive(Debug)]
struct Scratch {
    similarity: Vec<f32>,
    /// Steps from the context's end to the last shared item, from 1.
    steps: Vec<u32>,
}

/// A session that shares an item with a context.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Neighbour {
    session: u32,
    similarity: f32,
    steps: u32,
}

impl VsKnn {
    /// Indexes sessions, which come oldest first.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        let containing = sessions_of_items(sequences);
        let count = sequences.sessions.len();
        let idf = |item: usize| (count as f32 / containing.of(item).len().max(1) as f32).ln();
        Self {
            sessions: Lists::from_rows(sequences.sessions.iter().map(|session| distinct(session))),
            idf: (0..sequences.items).map(idf).collect(),
            containing,
            popularity: Popularity::new(sequences),
            scratch: RefCell::new(Scratch { similarity: vec![0.0; count], steps: vec![0; count] }),
        }
    }

    /// The sessions that vote, the most similar first, of equals the most recent.
    fn neighbours(&self, context: &[ItemIndex]) -> Vec<Neighbour> {
        let mut neighbours = most_recent(self.sharing(context));
        neighbours.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.session.cmp(&a.session)));
        neighbours.truncate(NEIGHBOURS);
        neighbours
    }

    /// Sessions that share an item; of each item only the most recent, since no others can be among the most recent of all.
    fn sharing(&self, context: &[ItemIndex]) -> Vec<Neighbour> {
        let Scratch { similarity, steps } = &mut *self.scratch.borrow_mut();
        let latest = latest_first(context);
        let mut touched = Vec::new();
        for (step, item) in latest.iter().enumerate() {
            let weight = (latest.len() - step) as f32 / latest.len() as f32;
            let sessions = self.containing.of(item.index());
            for &session in &sessions[sessions.len().saturating_sub(SAMPLE)..] {
                let at = session as usize;
                if similarity[at] == 0.0 {
                    touched.push(session);
                    steps[at] = step as u32 + 1;
                }
                similarity[at] += weight;
            }
        }
        let take = |session: u32| {
            let similarity = std::mem::take(&mut similarity[session as usize]);
            Neighbour { session, similarity, steps: steps[session as usize] }
        };
        touched.into_iter().map(take).collect()
    }
}

fn most_recent(mut sessions: Vec<Neighbour>) -> Vec<Neighbour> {
    if sessions.len() > SAMPLE {
        sessions.select_nth_unstable_by_key(SAMPLE - 1, |neighbour| Reverse(neighbour.session));
        sessions.truncate(SAMPLE);
    }
    sessions
}

impl Baseline for VsKnn {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let mut sums = Sums::new(self.idf.len());
        for Neighbour { session, similarity, steps } in self.neighbours(context) {
            let vote = similarity / steps as f32;
            for &item in self.sessions.of(session as usize) {
                sums.add(item, vote * self.idf[item as usize]);
            }
        }
        self.popularity.under(sums.take())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items, sequences};
    use super::*;

    #[test]
    fn neighbours_vote_with_similarity_decay_and_rarity() {
        let knn = VsKnn::new(&sequences(6, &[&[0, 3], &[1, 4, 1], &[0, 1, 4], &[5]]));
        // Context 0, 1: weights 1/2 and 1. Session 2 shares both, session 1 the last item, session 0 the first one.
        let neighbours = knn.neighbours(&items(&[0, 1]));
        assert_eq!(
            neighbours.iter().map(|n| (n.session, n.similarity, n.steps)).collect::<Vec<_>>(),
            [(2, 1.5, 1), (1, 1.0, 1), (0, 0.5, 2)]
        );
        let scores = knn.scores(&items(&[0, 1]));
        close(scores[4], (1.5 + 1.0) * 2.0_f32.ln());
        close(scores[3], 0.5 / 2.0 * 4.0_f32.ln());
        assert!(scores[5] <= 0.0);
        assert_eq!(scores, knn.scores(&items(&[0, 1])), "a query leaves nothing behind");
    }

    #[test]
    fn only_the_most_recent_sessions_are_compared() {
        let sessions: Vec<Neighbour> =
            (0..1500).map(|session| Neighbour { session, similarity: 1.0, steps: 1 }).collect();
        let mut kept: Vec<u32> = most_recent(sessions).iter().map(|neighbour| neighbour.session).collect();
        kept.sort_unstable();
        assert_eq!(kept, (500..1500).collect::<Vec<_>>());
    }
}
