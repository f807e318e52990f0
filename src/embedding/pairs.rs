//! Skip-gram's pairs: sessions, thinned by subsampling, walked with a window of drawn width.

use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;

use super::Window;
use crate::catalogue::ItemIndex;
use crate::rng::{Stream, generator};
use crate::sequences::Sequences;

/// Subsampling keeps at least this share of an item's events: in a small catalogue every item is frequent.
const KEPT_AT_LEAST: f64 = 0.05;

/// A centre and an item seen near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) centre: u32,
    pub(super) context: u32,
}

/// Each item's probability of taking part (Mikolov et al., 2013, as word2vec computes it): √(t/f) + t/f for an item that makes up
/// the share f of all events, never under [`KEPT_AT_LEAST`]; t = 0 keeps all. Items of fewer than `min_count` views never take part.
pub(super) fn keep_probabilities(counts: &[u32], t: f64, min_count: u32) -> Vec<f32> {
    let total: f64 = counts.iter().filter(|&&count| count >= min_count).map(|&count| f64::from(count)).sum();
    let keep = |count: u32| {
        if count == 0 || count < min_count {
            return 0.0;
        }
        let ratio = t * total / f64::from(count);
        if t == 0.0 { 1.0 } else { (ratio.sqrt() + ratio).clamp(KEPT_AT_LEAST, 1.0) }
    };
    counts.iter().map(|&count| keep(count) as f32).collect()
}

/// An endless stream of pairs, session by session, each epoch in its own order.
#[derive(Debug, Clone)]
pub(super) struct PairStream {
    sequences: Arc<Sequences>,
    window: Window,
    keep: Vec<f32>,
    seed: u64,
    epoch: u64,
    order: Vec<u32>,
    next: usize,
    random: Pcg32,
    /// The events of the current session that take part.
    kept: Vec<ItemIndex>,
    /// Pairs of the current session that the last step had no room for.
    waiting: Vec<Pair>,
}

impl PairStream {
    /// `None` where no session has two items that may take part.
    pub(super) fn new(sequences: Arc<Sequences>, window: Window, keep: Vec<f32>, seed: u64) -> Option<Self> {
        let pairs = |session: &[ItemIndex]| session.iter().filter(|item| keep[item.index()] > 0.0).nth(1).is_some();
        let order: Vec<u32> =
            (0..sequences.sessions.len() as u32).filter(|&s| pairs(&sequences.sessions[s as usize])).collect();
        if order.is_empty() {
            return None;
        }
        let random = generator(seed, Stream::Pairs, 0);
        let (kept, waiting) = (Vec::new(), Vec::new());
        let mut stream = Self { sequences, window, keep, seed, epoch: 0, order, next: 0, random, kept, waiting };
        stream.shuffle();
        Some(stream)
    }

    fn shuffle(&mut self) {
        self.order.sort_unstable();
        self.order.shuffle(&mut generator(self.seed, Stream::Pairs, 1 + 2 * self.epoch));
        self.random = generator(self.seed, Stream::Pairs, 2 + 2 * self.epoch);
        self.next = 0;
    }

    /// Pairs of the first pass; the others draw anew and come close to it.
    pub(super) fn first_pass(&self) -> usize {
        let mut stream = self.clone();
        let (mut count, mut pairs) = (0, Vec::new());
        while stream.next < stream.order.len() {
            stream.next_session(&mut pairs);
            count += pairs.len();
            pairs.clear();
        }
        count
    }

    /// Exactly `count` pairs.
    pub(super) fn take(&mut self, count: usize) -> Vec<Pair> {
        let mut pairs = std::mem::take(&mut self.waiting);
        while pairs.len() < count {
            if self.next == self.order.len() {
                self.epoch += 1;
                self.shuffle();
            }
            self.next_session(&mut pairs);
        }
        self.waiting = pairs.split_off(count);
        pairs
    }

    fn next_session(&mut self, pairs: &mut Vec<Pair>) {
        let Self { sequences, window, keep, order, next, random, kept, .. } = self;
        kept.clear();
        kept.extend(sequences.sessions[order[*next] as usize].iter().copied().filter(|item| {
            let keep = keep[item.index()];
            keep >= 1.0 || (keep > 0.0 && random.random::<f32>() < keep)
        }));
        *next += 1;
        for (at, centre) in kept.iter().enumerate() {
            let reach = random.random_range(1..=window.size as u32) as usize;
            let near = window.around(at, reach, kept.len()).filter(|&other| other != at);
            pairs.extend(near.map(|other| Pair { centre: centre.0, context: kept[other].0 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { size: 2, directed: false };

    fn stream(sessions: &[&[u32]], window: Window, keep: f32) -> PairStream {
        let sessions = sessions.iter().map(|s| s.iter().map(|&i| ItemIndex(i)).collect()).collect();
        PairStream::new(Arc::new(Sequences { items: 10, sessions }), window, vec![keep; 10], 1).unwrap()
    }

    #[test]
    fn pairs_stay_within_the_window_and_the_session() {
        for pair in stream(&[&[0, 1, 2, 3, 4], &[8, 9]], WINDOW, 1.0).take(500) {
            let far = pair.centre.abs_diff(pair.context);
            assert!((1..=2).contains(&far), "{pair:?}");
        }
    }

    #[test]
    fn directed_pairs_look_ahead() {
        let pairs = stream(&[&[0, 1, 2, 3, 4]], Window { directed: true, ..WINDOW }, 1.0).take(200);
        assert!(pairs.iter().all(|pair| (1..=2).contains(&(i64::from(pair.context) - i64::from(pair.centre)))));
    }

    #[test]
    fn every_pass_has_about_as_many_pairs_as_the_first() {
        for keep in [1.0, 0.4] {
            let mut stream = stream(&[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3]], WINDOW, keep);
            let first: usize = (0..2000).map(|seed| PairStream { seed, ..stream.clone() }).fold(0, |sum, mut other| {
                other.shuffle();
                sum + other.first_pass()
            });
            let mut drawn = 0;
            while stream.epoch < 2000 {
                drawn += stream.take(1).len();
            }
            assert!(drawn.abs_diff(first) * 20 < first, "keep {keep}: {drawn} against {first}");
        }
    }

    #[test]
    fn frequent_items_are_thinned_by_mikolovs_formula() {
        // f = 0.9, 0.09, 0.01 and t = 0.01: √(t/f) + t/f = 0.1165, 0.4444 and 2.
        let keep = keep_probabilities(&[900, 90, 10, 0], 0.01, 1);
        for (ours, expected) in keep.iter().zip([0.116_52, 0.444_44, 1.0, 0.0]) {
            assert!((ours - expected).abs() < 1e-4, "{keep:?}");
        }
        assert_eq!(keep_probabilities(&[900, 90, 10, 0], 0.0, 1), [1.0, 1.0, 1.0, 0.0]);
        assert_eq!(keep_probabilities(&[900, 1], 1e-9, 1)[0], 0.05);
    }

    #[test]
    fn thinning_widens_the_window() {
        // word2vec thins before it windows: 0 and 2 become neighbours where 1 is left out.
        let sessions: Vec<Vec<ItemIndex>> = vec![(0..3).map(ItemIndex).collect()];
        let keep = vec![1.0, 0.0, 1.0];
        let window = Window { size: 1, directed: false };
        let mut stream = PairStream::new(Arc::new(Sequences { items: 3, sessions }), window, keep, 1).unwrap();
        assert_eq!(stream.take(2), [Pair { centre: 0, context: 2 }, Pair { centre: 2, context: 0 }]);
    }

    #[test]
    fn rare_items_take_no_part_and_without_two_others_there_is_no_stream() {
        assert_eq!(keep_probabilities(&[3, 2, 1], 0.0, 2), [1.0, 1.0, 0.0]);
        let sequences = Arc::new(Sequences { items: 2, sessions: vec![vec![ItemIndex(0), ItemIndex(1)]] });
        assert!(PairStream::new(sequences, WINDOW, vec![1.0, 0.0], 1).is_none());
    }
}
