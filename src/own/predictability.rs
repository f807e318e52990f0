//! How much of a history is predictable at all: the entropy of its order, and the ceiling that it sets (Song, Qu, Blumm & Barabási, "Limits
//! of predictability in human mobility", Science, 2010).
//!
//! The entropy rate is estimated after Lempel and Ziv (Kontoyiannis et al., 1998): `S = n log2 n / Σ Λ_i`, where `Λ_i` is the length of the
//! shortest run of visits from i on that does not appear before i. Fano's inequality, for lists of k of N items, turns it into a ceiling:
//! nobody's share of hits P exceeds the largest one with
//!
//! ```text
//! S ≤ h(P) + P log2 k + (1 − P) log2(N − k)        h: the entropy of a coin that falls P to 1 − P
//! ```
//!
//! It is an estimate and no law. The history is taken for stationary and long; of a short one the estimate is off to both sides. It is of
//! what the order tells: who knows the time, too, may be above it. And Fano's inequality takes all misses for equally likely, so that the
//! ceiling is high.

use super::past::Visit;

/// The latest visits only are looked at, at most so many.
const MOST: usize = 20_000;

/// An entropy, and what it allows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Predictability {
    /// Bits a visit.
    pub entropy: f64,
    /// Different items.
    pub items: usize,
}

impl Predictability {
    /// Of visits, oldest first.
    #[must_use]
    pub fn of(visits: &[Visit]) -> Self {
        let visits = &visits[visits.len().saturating_sub(MOST)..];
        let items: Vec<u32> = visits.iter().map(|visit| visit.item).collect();
        let most = items.iter().max().map_or(0, |&item| item as usize + 1);
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); most];
        let mut sum = 0;
        for (at, &item) in items.iter().enumerate() {
            sum += longest_before(&items, &places[item as usize], at) + 1;
            places[item as usize].push(at);
        }
        let n = items.len() as f64;
        let entropy = if sum > 0 { n * n.log2() / sum as f64 } else { 0.0 };
        Self { entropy, items: places.iter().filter(|places| !places.is_empty()).count() }
    }

    /// The largest share of hits in lists of `k` items.
    #[must_use]
    pub fn ceiling(&self, k: usize) -> f64 {
        if self.items <= k {
            return 1.0;
        }
        let (listed, others) = ((k as f64).log2(), ((self.items - k) as f64).log2());
        let coin = |p: f64| if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() };
        let allowed = |p: f64| coin(p) + p * listed + (1.0 - p) * others;
        // From guessing on, a larger share allows less.
        let (mut low, mut high) = (k as f64 / self.items as f64, 1.0);
        if allowed(low) <= self.entropy {
            return low;
        }
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if allowed(middle) >= self.entropy { low = middle } else { high = middle }
        }
        low
    }
}

/// The length of the longest run of visits from `at` on that also lies wholly before it; `places` are the earlier visits of the first item.
fn longest_before(items: &[u32], places: &[usize], at: usize) -> usize {
    let mut best = 0;
    for &place in places {
        // A run that overlaps `at`, or differs where the best one ends, is no longer than that.
        if at - place <= best || items.get(at + best).is_none_or(|&item| items[place + best] != item) {
            continue;
        }
        let length = items[place..at].iter().zip(&items[at..]).take_while(|(a, b)| a == b).count();
        best = best.max(length);
    }
    best
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::rng::{Stream, generator};

    fn of(items: impl Iterator<Item = u32>) -> Predictability {
        Predictability::of(&items.map(|item| Visit { item, time: None, starts: false }).collect::<Vec<_>>())
    }

    #[test]
    fn chance_has_the_entropy_that_it_has_and_a_circle_none() {
        let mut random = generator(1, Stream::Control, 0);
        let chance = of((0..20_000).map(|_| random.random_range(0..16_u32)));
        // The estimate comes from below, and slowly.
        assert!((3.5..4.0).contains(&chance.entropy), "{}", chance.entropy);
        assert!(chance.ceiling(1) < 0.3 && chance.ceiling(10) > 0.6, "{} {}", chance.ceiling(1), chance.ceiling(10));
        let circle = of((0..20_000).map(|at| at % 16));
        assert!(circle.entropy < 0.05 && circle.ceiling(1) > 0.99);
        assert!(of((0..20_000).map(|_| 3)).entropy < 0.05, "one item, in no time");
    }

    #[test]
    fn a_coin_that_is_followed_nine_times_in_ten_is_predicted_as_often() {
        let mut random = generator(2, Stream::Control, 0);
        let mut last = 0;
        let steps = of((0..20_000).map(|_| {
            last = if random.random_range(0..10) < 9 { (last + 1) % 8 } else { random.random_range(0..8_u32) };
            last
        }));
        assert!((0.88..0.97).contains(&steps.ceiling(1)), "{}", steps.ceiling(1));
    }

    #[test]
    fn few_items_and_few_visits_are_no_accident() {
        assert_eq!((of([].into_iter()).ceiling(1), of([5].into_iter()).ceiling(1)), (1.0, 1.0));
        assert_eq!(of([0, 1, 2].into_iter()).ceiling(10), 1.0);
        assert!(of(0..200).ceiling(1) < 0.02, "all new");
    }
}
